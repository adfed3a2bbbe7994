"""The servers under load, and what they take of processor and memory."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

PATIENCE = 60.0  # seconds for a server to end


class ServerFailed(Exception):
    """Raised where a server did not start; its text is what it said."""


class ServerProcess:
    """A running server, seen from outside."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def cpu_seconds(self) -> float | None:
        """Return the processor time used so far; None where there is no /proc."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float | None:
        """Return the memory in use now; None where there is no /proc."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return None
        lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return int(lines["VmRSS"].split()[0]) / 1024


@contextlib.contextmanager
def running(*arguments: str, env: Mapping[str, str], log: Path) -> Iterator[ServerProcess]:
    """Start a Python program that serves on the port given last; end it afterwards.

    `{port}` in the arguments becomes a free port. Raise ServerFailed where it ends at once.
    """
    port = _free_port()
    command = [sys.executable, *(one.replace("{port}", str(port)) for one in arguments)]
    with (
        log.open("w") as errors,
        subprocess.Popen(  # noqa: S603
            command,
            env={**os.environ, **env},
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            if process.stdout is None or not process.stdout.readline():
                raise ServerFailed(log.read_text().strip() or "A server did not start.")
            yield ServerProcess(process, port)
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
