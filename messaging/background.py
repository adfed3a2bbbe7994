"""Threads that work in the background: each goes on, whatever is raised, until it is stopped."""

import logging
import threading
import weakref
from collections.abc import Callable

from django.db import Error, close_old_connections, connections

FIRST_PAUSE = 0.5  # seconds after a round that failed; twice as long after each further one
LONGEST_PAUSE = 10.0  # what was held by a process that ended is to be carried on in that time
EXPECTED: tuple[type[Exception], ...] = (Error, OSError)  # what is down, locked or full

_all: "weakref.WeakSet[BackgroundThread]" = weakref.WeakSet()


class BackgroundThread:
    """A named thread that does one round of work after the other.

    `work` does a round and returns how long to rest, in seconds: nothing is until it is woken.
    What it raises is logged in one line, with a traceback unless it is `expected`; then the
    connections are closed, and the round is done again after a pause that grows and that nobody
    cuts short. The thread doesn't keep the process alive; started again after a fork, it is a new
    one. Once stopped it stays so.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], float | None],
        *,
        logger: logging.Logger,
        expected: tuple[type[Exception], ...] = EXPECTED,
        is_vital: bool = False,
    ) -> None:
        self.name = name
        self.is_vital = is_vital  # whether the process is of no use while it fails
        self.failures = 0  # rounds that failed in a row
        self._work = work
        self._logger = logger
        self._expected = expected
        self._guard = threading.Lock()
        self._woken = threading.Event()
        self._is_stopping = threading.Event()
        self._thread: threading.Thread | None = None
        _all.add(self)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def should_stop(self) -> bool:
        """Whether the work is to end soon."""
        return self._is_stopping.is_set()

    def start(self) -> None:
        """Start the thread, unless it runs or was stopped."""
        if self.is_alive:
            return
        with self._guard:
            if not self.is_alive and not self.should_stop:
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """End the rest, or make the next one none."""
        self._woken.set()

    def stop(self, seconds: float) -> None:
        """Have the thread end after its round; wait for that at most `seconds`."""
        self._is_stopping.set()
        self._woken.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def rest(self, seconds: float | None = None) -> bool:
        """Rest until it is woken, or for that long; return whether it was (in the thread)."""
        is_woken = self._woken.wait(seconds)
        if is_woken and not self.should_stop:
            self._woken.clear()
        return is_woken

    def pause(self, seconds: float) -> None:
        """Wait for that long; only `stop` cuts it short (in the thread)."""
        self._is_stopping.wait(seconds)

    def _run(self) -> None:
        try:
            while not self.should_stop:
                self._do_round()
        finally:
            connections.close_all()

    def _do_round(self) -> None:
        try:
            close_old_connections()
            seconds = self._work()
        except Exception as error:
            self._recover(error)
            return
        self.failures = 0
        if seconds is None or seconds > 0:
            self.rest(seconds)

    def _recover(self, error: Exception) -> None:
        """Say what was raised, close what may be broken, and wait longer each time."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures, 16))
        self.failures += 1
        is_expected = isinstance(error, self._expected)
        self._logger.warning(
            "%s tries again in %.1f s: %s",
            self.name,
            pause,
            type(error).__name__,
            exc_info=None if is_expected else error,
        )
        try:
            connections.close_all()
        except Exception as trouble:
            self._logger.warning("%s could not close: %s", self.name, type(trouble).__name__)
        self.pause(pause)


def failing() -> list[str]:
    """Return the names of this process's vital threads whose last two rounds failed."""
    return sorted(
        one.name for one in tuple(_all) if one.is_vital and one.is_alive and one.failures > 1
    )
