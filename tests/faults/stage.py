"""Servers, workers and their database, which a test fills, kills and looks into."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from tests.faults.load import wait_until
from tests.serving import PATIENCE, ServedProcess

WAITING = "SELECT count(*) FROM workflows_run WHERE status = 'waiting'"
TEXTS = "SELECT text FROM messaging_message"
RUNS = "SELECT run_id, status FROM workflows_run"


class Stage:
    """Some servers on one database, SQLite unless `env` names another."""

    def __init__(self, folder: Path, *, servers: int = 1, **env: str) -> None:
        self.folder = folder
        self.database_url = env.get("DATABASE_URL", "")
        self.servers = [ServedProcess(folder, **env) for _ in range(servers)]

    @property
    def server(self) -> ServedProcess:
        return self.servers[0]

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def seed(self, workflows: int, *steps: tuple[str, Any]) -> list[str]:
        """Make workflows with these steps; return the paths of their request URLs."""
        paths: list[str] = json.loads(self.do(f"seed({workflows}, *{steps!r})"))
        return paths

    def do(self, call: str) -> str:
        """Call a function of `tests/faults/seeding.py`; return what it printed."""
        code = f"from tests.faults.seeding import *; {call}"
        return self.server.manage("shell", "--no-imports", "--command", code).stdout

    def start_all(self) -> None:
        """Start the servers side by side."""
        with ThreadPoolExecutor(len(self.servers)) as starters:
            list(starters.map(ServedProcess.start, self.servers))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database, from outside."""
        if self.database_url:
            with psycopg.connect(self.database_url) as outside:
                return outside.execute(query).fetchall()
        outside = sqlite3.connect(self.folder / "declic.sqlite3", timeout=PATIENCE)
        try:
            return outside.execute(query).fetchall()
        finally:
            outside.close()

    def texts(self) -> Counter[str]:
        """What stands in all channels, and how often."""
        return Counter(text for (text,) in self.ask(TEXTS))

    def wait_until_nothing_waits(self) -> None:
        wait_until(
            lambda: self.ask(WAITING) == [(0,)],
            says=lambda: self.ask("SELECT * FROM workflows_run WHERE status = 'waiting'"),
        )

    def end(self) -> None:
        for server in self.servers:
            if server.process is not None:
                server.kill()


def expected(numbers: Sequence[str], *templates: str) -> Counter[str]:
    """Each text once for each number, and nothing else."""
    return Counter(template.format(number) for number in numbers for template in templates)


class CeleryProcess:
    """`celery -A config …`, with its children in a group of their own."""

    def __init__(self, log: Path, env: dict[str, str], *arguments: str) -> None:
        self.log = log
        self.env = env
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "config", *self.arguments],
                env=self.env,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it and its children as `kill -9` does."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> int:
        """Ask it to end and return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        if self.process is not None:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)
        self.process = None
