"""Turns at writing: who waits longest is next."""

import threading
from collections import deque


class WriteTurns:
    """A lock that is handed over in the order in which it was asked for.

    Threads that race for SQLite's own lock sleep and wake badly (p99 rises tenfold), and a plain
    `threading.Lock` lets whoever just released it take it again before the others have woken.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the turn; tell whether it came."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=timeout):
            return True
        with self._guard:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return False
        return True  # It was handed over just when the patience ended.

    def release(self) -> None:
        """Hand the turn to who waits longest; any thread may do it."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


_turns_of: dict[str, WriteTurns] = {}
_turns_guard = threading.Lock()


def turns_for(path: str) -> WriteTurns:
    """Return the turns of one database file, shared by every connection of this process."""
    with _turns_guard:
        return _turns_of.setdefault(path, WriteTurns())


class Turn:
    """One connection's place among the writers; it frees itself when it is forgotten."""

    def __init__(self, turns: WriteTurns) -> None:
        self._turns = turns
        self.is_held = False

    def take(self, timeout: float) -> bool:
        """Wait for the turn; it can be held only once."""
        if not self.is_held:
            self.is_held = self._turns.acquire(timeout)
        return self.is_held

    def give_back(self) -> None:
        """Let the next writer go on, if this one has the turn."""
        if self.is_held:
            self.is_held = False
            self._turns.release()

    def __del__(self) -> None:
        self.give_back()
