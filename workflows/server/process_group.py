"""Several server processes on one port: started, watched and ended as one (PostgreSQL only)."""

import contextlib
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from django.conf import settings

from workflows.server.serving import ENDS_WITHIN, PortTakenError, listening_socket

logger = logging.getLogger("declic.server")

LOOK_EVERY = 0.2  # seconds between two looks at who ended
FIRST_PAUSE = 0.5  # before one that ended is started again; twice as long each time
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 60.0  # after which an end is no longer one of a row
READY = "ready"


def listening_sockets(host: str, port: int, count: int) -> list[socket.socket]:
    """Return so many sockets on one port, among which the kernel shares connections out.

    Raise PortTakenError where anybody else has the port: only these share it.
    """
    alone = listening_socket(host, port)
    port = alone.getsockname()[1]
    alone.close()
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(listening_socket(host, port, is_shared=True))
    except PortTakenError:
        close_all(opened)
        raise
    return opened


def close_all(sockets: Sequence[socket.socket]) -> None:
    """Close the sockets: what waits on them is refused once nobody else has them."""
    for one in sockets:
        one.close()


class Place:
    """One of the processes, and whoever takes its place when it ends.

    The socket stays open in between, so that connections wait and none is refused.
    """

    def __init__(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        self.listener = listener
        self.on_ready = on_ready
        self.process: subprocess.Popen[str] | None = None
        self._ends = 0  # in a row
        self._started_at = 0.0
        self._starts_at = 0.0

    def start(self) -> None:
        """Start a process on the socket."""
        number = self.listener.fileno()
        self._started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                str(settings.BASE_DIR / "manage.py"),
                "serve",
                "--socket",
                str(number),
            ],
            pass_fds=[number],
            stdin=subprocess.PIPE,  # its end tells the process that this one is gone
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._hear, args=(self.process,), daemon=True).start()

    def look(self) -> None:
        """Start another process where the last one ended, a little later each time."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._starts_at:
                self.start()
            return
        status = self.process.poll()
        if status is None:
            return
        self._ends = 0 if now - self._started_at > STEADY_SECONDS else self._ends
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._ends, 16))
        self._ends += 1
        self._starts_at = now + pause
        logger.warning(
            "Server process %d ended (%d) and is started again in %.1f s",
            self.process.pid,
            status,
            pause,
        )
        self._forget()

    def ask_to_end(self) -> None:
        """Have the process finish what is in flight."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self, seconds: float) -> bool:
        """Wait for the process to end, and end it; return whether it did by itself."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False
        finally:
            self._forget()
        return True

    def _hear(self, process: "subprocess.Popen[str]") -> None:
        if process.stdout is None:
            return
        with process.stdout:
            for line in process.stdout:
                if line.strip() == READY:
                    self.on_ready()

    def _forget(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None


class Processes:
    """All of them, until SIGTERM or SIGINT."""

    def __init__(self, listeners: Sequence[socket.socket], on_ready: Callable[[], None]) -> None:
        self.listeners = listeners
        self.on_ready = on_ready
        self.places = [Place(one, self._one_is_ready) for one in listeners]
        self._guard = threading.Lock()
        self._ready = 0
        self._is_told_to_stop = threading.Event()

    def run(self) -> None:
        """Start them, start anew what ends, and end them together."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._is_told_to_stop.set())
        try:
            while not self._is_told_to_stop.is_set():
                for place in self.places:
                    place.look()
                self._is_told_to_stop.wait(LOOK_EVERY)
        finally:
            self._end()

    def _one_is_ready(self) -> None:
        """Say that the port answers as soon as all of them do, once."""
        with self._guard:
            self._ready += 1
            if self._ready == len(self.places):
                self.on_ready()

    def _end(self) -> None:
        close_all(self.listeners)  # the processes' own copies are closed as each of them ends
        for place in self.places:
            place.ask_to_end()
        deadline = time.monotonic() + ENDS_WITHIN
        for place in self.places:
            if not place.end(max(0.0, deadline - time.monotonic())):
                logger.warning("A server process did not end and was killed")


def end_with_parent(stop: Callable[[], None]) -> None:
    """Call `stop` when the process that started this one is gone (in a thread of its own)."""

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            while sys.stdin.readline():
                pass
        stop()

    threading.Thread(target=wait, name="declic-parent", daemon=True).start()
