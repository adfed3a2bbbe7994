"""Carry on runs in a process of its own."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflows import dispatch


class Command(BaseCommand):
    """A runner of its own, for several processes on PostgreSQL."""

    help = "Carry on runs that wait, until stopped. With SQLite the server does it itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="carry on what is due, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_EMBEDDED:
            self._take_lock()
        if options["once"]:
            self.stdout.write(f"{dispatch.run_due(dispatch.new_owner())} runs carried on")
            return
        done = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: done.set())
        dispatch.start_runner()
        self.stderr.write("The runner is looking for due runs.")
        done.wait()
        dispatch.stop_runner()

    def _take_lock(self) -> None:
        raise CommandError("SQLite has one process: `manage.py serve` carries on runs itself.")
