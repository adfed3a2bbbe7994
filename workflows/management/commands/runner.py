"""Carry on runs in a process of its own."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflows.runs import dispatch
from workflows.server import serving
from workflows.server.data_lock import DataFolderError
from workflows.server.database import DatabaseNotReadyError, require_migrated


class Command(BaseCommand):
    """A runner of its own, for several processes on PostgreSQL."""

    help = "Carry on runs that wait, until stopped. With SQLite the server does it itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="carry on what is due, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        try:
            with serving.data_folder("runner"):
                if once:
                    require_migrated()
                    self._carry_on_once()
                else:
                    self._carry_on_until_stopped()
        except (DataFolderError, DatabaseNotReadyError) as error:
            raise CommandError(str(error)) from None

    def _carry_on_once(self) -> None:
        if settings.IS_EMBEDDED:
            dispatch.free_leases()
        owner, count = dispatch.new_owner(), 0
        while done := dispatch.run_due(owner):
            count += done
        self.stdout.write(f"Runs carried on: {count}")

    def _carry_on_until_stopped(self) -> None:
        done = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: done.set())
        dispatch.start_runner()
        self.stderr.write("The runner is looking for due runs.")
        done.wait()
        dispatch.stop_runner()
