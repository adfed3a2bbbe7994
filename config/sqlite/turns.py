"""Turns at writing: one connection of this process at a time."""

import threading

_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def lock_for(path: str) -> threading.Lock:
    """Return the write lock of one database file, shared by every connection of this process."""
    with _guard:
        return _locks.setdefault(path, threading.Lock())


class Turn:
    """One connection's place among the writers; it frees itself when it is forgotten.

    Threads that race for SQLite's own lock sleep and wake badly: a lock of ours before it lets
    one in when the other is done (docs/decisions/0008-a-plain-lock-for-writers.md).
    """

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self.is_held = False

    def take(self, timeout: float) -> bool:
        """Wait for the turn; it can be held only once."""
        if not self.is_held:
            self.is_held = self._lock.acquire(timeout=timeout)
        return self.is_held

    def give_back(self) -> None:
        """Let the next writer go on, if this one has the turn; any thread may do it."""
        if self.is_held:
            self.is_held = False
            self._lock.release()

    def __del__(self) -> None:
        self.give_back()
