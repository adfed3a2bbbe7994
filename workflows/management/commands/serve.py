"""Serve the workspace: pages, hooks, live updates and the runner, in one process on one port."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflows import base_url, server, server_safety
from workflows.data_lock import DataFolderError
from workflows.database import DatabaseNotReadyError


class Command(BaseCommand):
    help = "Serve the workspace on one port: pages, hooks, live updates and the runner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        base_url.follow_port(host, port)
        found = server_safety.problems(host)
        if found:
            raise CommandError("\n".join(found))
        try:
            with server.data_folder("serve", settings.DECLIC_BASE_URL):
                listener = server.listening_socket(host, port)
                server.migrate()
                code = server.first_run_code()
                server.serve(listener, on_ready=lambda: self.say_where(code))
        except (DataFolderError, server.PortTakenError, DatabaseNotReadyError) as error:
            raise CommandError(str(error)) from None

    def say_where(self, code: str | None) -> None:
        """Print the address that people type, and what the first of them needs."""
        self.stdout.write(f"Declic is open on {settings.DECLIC_BASE_URL}")
        if code is not None:
            self.stdout.write(
                "Nobody has an account yet. Open that address and make the owner's, "
                f"with this one-time code: {code}"
            )
        self.stdout.flush()
