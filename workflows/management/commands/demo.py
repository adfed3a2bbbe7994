"""Show Declic at work: a seeded workspace, served in one process."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflows.demo import Demo, RealWorkspace, ensure_demo
from workflows.drafts.examples import curl_with
from workflows.server import base_url, serving
from workflows.server.data_lock import DataFolderError
from workflows.server.database import DatabaseNotReadyError

HOST = "127.0.0.1"
BODY = {"support_ticket_link": "Example text", "assigned_support_agent": "U123456789"}


class Command(BaseCommand):
    """Migrate, seed, serve; safe to run twice."""

    help = "Seed a small workspace to look at and serve it on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        base_url.follow_port(HOST, port)
        try:
            with serving.data_folder("demo", settings.DECLIC_BASE_URL):
                listener = serving.listening_socket(HOST, port)
                serving.migrate()
                demo = ensure_demo()
                serving.serve(listener, on_ready=lambda: self._say(demo))
        except (DataFolderError, serving.PortTakenError, DatabaseNotReadyError) as error:
            raise CommandError(str(error)) from None
        except RealWorkspace:
            raise CommandError(
                "This database holds a real workspace: `manage.py serve` opens it. For a demo, "
                "set DECLIC_DATA_DIR to an empty folder (and leave DATABASE_URL unset)."
            ) from None

    def _say(self, demo: Demo) -> None:
        curl = curl_with(demo.request_url, json.dumps(BODY))
        self.stdout.write(
            f"""
Declic is open. Stop it with Ctrl-C.

  Address      {settings.DECLIC_BASE_URL}
  Sign in      {demo.email}
  Password     {demo.password}
  Request URL  {demo.request_url}

Open #support, then start the workflow “{demo.workflow.name}” from another terminal:

{curl}
"""
        )
        self.stdout.flush()
