"""Serve the workspace on one port: pages, hooks, live updates and the runner."""

import os
from argparse import SUPPRESS, ArgumentParser
from socket import socket as Socket  # noqa: N812 (an option has its name)
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workflows.server import base_url, process_group, safety, serving
from workflows.server.data_lock import DataFolderError
from workflows.server.database import DatabaseNotReadyError


class Command(BaseCommand):
    help = "Serve the workspace on one port: pages, hooks, live updates and the runner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--processes", type=int, default=1, help="on that port (more than one: PostgreSQL)"
        )
        parser.add_argument("--socket", type=int, help=SUPPRESS)  # one of these processes

    def handle(
        self, *args: Any, host: str, port: int, processes: int, socket: int | None, **options: Any
    ) -> None:
        if socket is not None:
            self._serve_on(socket)
            return
        self._check(host, port, processes)
        try:
            with serving.data_folder("serve", settings.DECLIC_BASE_URL):
                if processes > 1:
                    self._serve_together(host, port, processes)
                else:
                    self._serve_alone(host, port)
        except (DataFolderError, serving.PortTakenError, DatabaseNotReadyError) as error:
            raise CommandError(str(error)) from None

    def _check(self, host: str, port: int, processes: int) -> None:
        base_url.follow_port(host, port)
        found = safety.problems(host)
        if processes < 1:
            found.append("--processes must be at least 1.")
        if processes > 1 and settings.IS_EMBEDDED:
            found.append(
                f"--processes {processes}: with SQLite one process serves a data folder. Set "
                "DATABASE_URL to a PostgreSQL database for more."
            )
        if found:
            raise CommandError("\n".join(found))

    def _serve_alone(self, host: str, port: int) -> None:
        listener = serving.listening_socket(host, port)
        serving.migrate()
        code = serving.first_run_code()
        serving.serve(listener, on_ready=lambda: self.say_where(code))

    def _serve_together(self, host: str, port: int, processes: int) -> None:
        listeners = process_group.listening_sockets(host, port, processes)
        serving.migrate()
        code = serving.first_run_code()
        # Where it isn't set, the address follows the port: the processes don't know that.
        os.environ["DECLIC_BASE_URL"] = settings.DECLIC_BASE_URL
        process_group.Processes(listeners, lambda: self.say_where(code)).run()

    def _serve_on(self, number: int) -> None:
        """Serve on a socket that was opened by the process that watches this one."""

        def say_ready() -> None:
            self.stdout.write(process_group.READY)
            self.stdout.flush()

        serving.serve(
            Socket(fileno=number), on_ready=say_ready, watch=process_group.end_with_parent
        )

    def say_where(self, code: str | None) -> None:
        """Print the address that people type, and what the first of them needs."""
        self.stdout.write(f"Declic is open on {settings.DECLIC_BASE_URL}")
        if code is not None:
            self.stdout.write(
                "Nobody has an account yet. Open that address and make the owner's, "
                f"with this one-time code: {code}"
            )
        self.stdout.flush()
