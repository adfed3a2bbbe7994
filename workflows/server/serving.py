"""The server: one process, one port, for pages, hooks, live updates and the runner."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils.module_loading import import_string
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketSpec
from granian.server.embed import Server

from messaging import first_run
from workflows.runs import dispatch
from workflows.runs.plan import plans_made
from workflows.server.data_lock import DataLock
from workflows.server.database import DatabaseNotReadyError, require_connection, require_writable
from workflows.server.memory import SettledMemory

logger = logging.getLogger("declic.server")

BACKLOG = 2048  # connections that the kernel keeps until they are accepted
CONNECTIONS = 16_384  # open at the same time, at most: most of them are live streams
OTHER_FILES = 64  # descriptors for what isn't a connection, and four for each thread
HEADER_MILLISECONDS = 20_000  # for a request's head, and between two requests
STARTS_WITHIN = 5.0  # seconds until a server that says nothing counts as ready all the same
ENDS_WITHIN = 29.0  # seconds, whatever hangs: the parts below sum up to less
FINISH_SECONDS = 18.0  # for requests in flight, once the server stops
THREADS_SECONDS = 4.0  # for the threads that answered them, after that
RUNNER_SECONDS = 5.0  # for the run in hand, at last
MIGRATION_LOCK = 0x6465636C  # "decl": any number that nobody else takes
# Granian sets its own log up otherwise; what matters of it is said here.
QUIET = {"incremental": True, "formatters": {}, "handlers": {}, "loggers": {}}


class PortTakenError(Exception):
    """The address can't be listened on; its text says why."""


def listening_socket(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Return a socket that listens on the address, and on it alone unless others share it too.

    Granian's own would share the port with another process of the same user.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise PortTakenError(f"Cannot listen on {host} port {port}: {reason}.") from None
    listener.setblocking(False)
    return listener


def most_connections() -> int:
    """Return how many connections may be open, so that files are left for everything else.

    Where there were none left, accepting would fail and be tried again without end. More
    connections wait in the kernel, which refuses those that it has no place for.
    """
    files, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(1, min(CONNECTIONS, files - OTHER_FILES - 4 * settings.DECLIC_THREADS))


class EmbeddedServer(Server):
    """Granian in this process and event loop, on a socket that is already open."""

    def __init__(self, target: Any, listener: socket.socket) -> None:
        super().__init__(
            target,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=most_connections(),
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
            log_dictconfig=QUIET,
            log_level=LogLevels.critical,
            log_access=False,
        )
        self.listener = listener
        self._shd: Any = None

    def _init_shared_socket(self) -> None:
        holder: Any = type(SocketSpec("127.0.0.1", 0, BACKLOG).build())
        # From here on the worker owns the socket; it closes it when it stops accepting.
        self._shd = holder(self.listener.detach(), False, BACKLOG)

    def finish(self) -> None:
        """Stop accepting; `serve` returns once the requests in flight are answered."""
        self.signal_handler_interrupt()


class RunningServer:
    """The application on a socket, until `stop` is called (from any thread)."""

    def __init__(self, listener: socket.socket) -> None:
        self.application = import_string(settings.ASGI_APPLICATION)
        self.listener = listener
        self.address: str = listener.getsockname()[0]
        self.port: int = listener.getsockname()[1]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Event | None = None
        self._is_told_to_stop = False

    async def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Serve until told to stop, then finish what is in flight."""
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        if self._is_told_to_stop:
            self._told.set()
        server = EmbeddedServer(self.application, self.listener)
        serving = self._loop.create_task(server.serve())
        try:
            await self._wait_for_its_worker(serving)
            if on_ready is not None:
                on_ready()
            told = self._loop.create_task(self._told.wait())
            await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            await self._finish(server, serving)
        finally:
            self.application.stop(THREADS_SECONDS)
            self.listener.close()

    async def _wait_for_its_worker(self, serving: "asyncio.Task[None]") -> None:
        """Wait until the worker answers: it never hears of an end that it is told before."""
        asking = asyncio.create_task(self._ask_once())
        await asyncio.wait(
            {serving, asking}, timeout=STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED
        )
        asking.cancel()

    async def _ask_once(self) -> None:
        """Send what is no request, which the worker answers by itself."""
        own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.address, self.address)  # noqa: S104
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(own, self.port)
            writer.write(b"NOTHING\r\n\r\n")
            await reader.read(1)
            writer.close()

    def stop(self) -> None:
        """Have `run` finish (from any thread or a signal handler)."""
        self._is_told_to_stop = True
        if self._loop is not None and self._told is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._told.set)

    async def _finish(self, server: EmbeddedServer, serving: "asyncio.Task[None]") -> None:
        server.finish()
        self.application.end_streams()
        done, _pending = await asyncio.wait({serving}, timeout=FINISH_SECONDS)
        if not done:
            logger.warning("Some requests were not finished in %d seconds", FINISH_SECONDS)
            serving.cancel()
        else:
            serving.result()


def migrate() -> None:
    """Bring the database up to date; of several servers that start, one after the other.

    Raise `DatabaseNotReadyError` where there is none to speak to, or none to write to.
    """
    try:
        require_connection()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 0")
                cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        call_command("migrate", interactive=False, verbosity=0)
        require_writable()
    except OperationalError as error:
        raise DatabaseNotReadyError(
            f"The database could not be brought up to date: {' '.join(str(error).split())}"
        ) from None
    finally:
        connection.close()  # It frees the lock, and this thread asks the database nothing more.


def first_run_code() -> str | None:
    """Return the code that makes the owner's account, None where there is an account."""
    try:
        return first_run.ensure_code()
    finally:
        connection.close()


@contextlib.contextmanager
def data_folder(purpose: str, address: str = "") -> Iterator[None]:
    """Hold the data folder where the database is SQLite, do nothing elsewhere.

    The address is the one that is served, for commands that print links meanwhile.

    Raise `DataFolderError` when another server or runner has it, or nothing can be written there.
    """
    if not settings.IS_EMBEDDED:
        yield
        return
    with DataLock(settings.DECLIC_DATA_DIR, purpose, address):
        yield


@contextlib.contextmanager
def runner() -> Iterator[None]:
    """Run the embedded runner beside the server, unless Celery does that (not on SQLite)."""
    if settings.DECLIC_BROKER_URL and not settings.IS_EMBEDDED:
        yield
        return
    dispatch.start_runner()
    try:
        yield
    finally:
        dispatch.stop_runner(RUNNER_SECONDS)


def serve(
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    watch: Callable[[Callable[[], None]], None] = lambda stop: None,
) -> None:
    """Serve in this process until SIGTERM or SIGINT, then finish and return.

    `watch` is given what ends the server, for other reasons to end.
    """
    _raise_file_limit()
    server = RunningServer(listener)
    watch(server.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    memory = SettledMemory(plans_made)
    memory.start()
    try:
        with runner():
            asyncio.run(server.run(on_ready))
    finally:
        memory.stop()


def _raise_file_limit() -> None:
    """Allow as many open connections as the system lets this process have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
