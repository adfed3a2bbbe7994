"""The served application, for tests that speak to it over a socket.

`served_app` serves the test's own database from a thread; `ServedProcess` is `manage.py serve`
with a data folder of its own, for tests that kill it.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until a test that hangs is given up


@dataclass
class RawAnswer:
    """An answer as it came over the socket; status 0 where the connection ended without one."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


def read_answer(connection: socket.socket) -> RawAnswer:
    """Read one answer, by its Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            return RawAnswer()
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return RawAnswer(int(first.split()[1]), headers, body)


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), timeout=PATIENCE)


def send_raw(port: int, request: bytes) -> RawAnswer:
    """Send the bytes as they are and read the answer."""
    with connect(port) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return read_answer(connection)


def request_bytes(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a request, byte for byte; the names of headers take `_` for `-`."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class LiveReader:
    """Reads server-sent events from an open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.last_id = ""
        self._lines = response.iter_lines()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each event's data with its `id`; the stream's end ends it."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields and "event" not in fields:
                yield {"id": self.last_id, **json.loads(fields["data"])}
            fields.clear()

    def next(self) -> dict[str, Any]:
        """Wait for the next event."""
        return next(iter(self))

    def until(self, message: int) -> list[dict[str, Any]]:
        """Read on to the event of this message; return the events before it."""
        heard = []
        for event in self:
            if event.get("message") == message:
                return heard
            heard.append(event)
        raise AssertionError(f"The stream ended after {heard}.")

    def wait_for_end(self) -> list[dict[str, Any]]:
        """Read to the stream's end; return the events on the way."""
        return list(self)


class ServedApp:
    """The real server in a thread of this process, on the test's own database."""

    def __init__(self) -> None:
        from workflows.server.serving import RunningServer, listening_socket

        self.server = RunningServer(listening_socket(HOST, 0))
        self.port = self.server.port
        self.url = f"http://{HOST}:{self.port}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="served-app", daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(PATIENCE), "The server did not start."

    def stop(self) -> None:
        self.server.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "The server did not end."

    def _run(self) -> None:
        asyncio.run(self.server.run(self._ready.set))

    def raw(self, request: bytes) -> RawAnswer:
        return send_raw(self.port, request)

    def client(self, member: Any = None) -> httpx.Client:
        """Return a client of the served pages, signed in as the member."""
        cookies = {} if member is None else session_cookie(member)
        return httpx.Client(base_url=self.url, cookies=cookies, timeout=PATIENCE)

    @contextlib.contextmanager
    def live(self, member: Any = None, *, query: str = "", **headers: str) -> Iterator[LiveReader]:
        """Open the live updates; headers take `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with (
            self.client(member) as client,
            client.stream("GET", f"/live{query}", headers=sent) as response,
        ):
            yield LiveReader(response)


def session_cookie(member: Any) -> dict[str, str]:
    """Sign the member in and return the cookie."""
    from django.test import Client

    client = Client()
    client.force_login(member)
    name = django_settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value}


@pytest.fixture
def served_app(transactional_db: None, settings: Any) -> Iterator[ServedApp]:
    """The application on a free port, over the test's database; without a runner."""
    served = ServedApp()
    settings.DECLIC_BASE_URL = served.url
    settings.CSRF_TRUSTED_ORIGINS = [served.url]
    served.start()
    yield served
    served.stop()


class ServedProcess:
    """`manage.py serve` with a data folder of its own; SQLite unless `env` says otherwise."""

    def __init__(self, folder: Path, **env: str) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("DECLIC_") and name not in {"DATABASE_URL", "REDIS_URL"}
        }
        self.env = {
            **kept,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DECLIC_DATA_DIR": str(folder),
            **env,
        }
        self.folder = folder
        self.log = folder.with_name(f"{folder.name}.log")
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run another command on the same data."""
        return subprocess.run(
            self._command(*arguments),
            env=self.env,
            cwd=django_settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=check,
            timeout=PATIENCE,
        )

    def start(self, *arguments: str) -> None:
        """Start the server and wait until it says that it is open."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._command("serve", "--port", str(self.port), *arguments),
                env=self.env,
                cwd=django_settings.BASE_DIR,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self._stdout().readline()
        assert line.startswith("Declic is open"), self.log.read_text()

    def kill(self) -> None:
        """End the server as `kill -9` does."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """Ask the server to end and return its exit status."""
        return self._end(signal.SIGTERM)

    def raw(self, request: bytes) -> RawAnswer:
        return send_raw(self.port, request)

    def _end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self._stdout().close()
        self.process = None
        return status

    def _stdout(self) -> Any:
        assert self.process is not None
        return self.process.stdout

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(Path(django_settings.BASE_DIR) / "manage.py"), *arguments]


@pytest.fixture
def served_process(tmp_path: Path) -> Iterator[ServedProcess]:
    """A server process that a test starts and may kill."""
    process = ServedProcess(tmp_path / "data")
    yield process
    if process.process is not None:
        process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
