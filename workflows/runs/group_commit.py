"""Commits what waits together: SQLite syncs the disk once for several hooks.

Whoever comes first leads: once it holds the write lock it does the jobs of all who wait by then in
one transaction; who comes meanwhile is led by the first of them.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import IntegrityError, OperationalError, transaction

Job = TypeVar("Job")
Result = TypeVar("Result")

MOST = 32  # jobs in one transaction: pages and the runner wait as long


class _Place(Generic[Job, Result]):
    """A job in the queue, and how its thread hears what became of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.result: Result | None = None
        self.refusal: Exception | None = None
        self.is_done = False
        self._bell = threading.Lock()
        self._bell.acquire()

    def wait(self) -> None:
        """Wait until the job was done, or until it is this one's turn to lead."""
        self._bell.acquire()

    def ring(self) -> None:
        """Wake the job's thread."""
        self._bell.release()

    def give(self) -> Result | None:
        """Return the job's result, None where it was not stored; raise what refused it."""
        if self.refusal is not None:
            raise self.refusal
        return self.result


class GroupCommit(Generic[Job, Result]):
    """Stores jobs in as few transactions as there is time for.

    `store` stores one job inside a transaction that it doesn't end. What it raises undoes the
    whole group, except for `harmless` exceptions: those are raised before anything was written.
    """

    def __init__(
        self, store: Callable[[Job], Result], *, harmless: type[Exception] | tuple[()] = ()
    ) -> None:
        self._store = store
        self._harmless = harmless
        self._guard = threading.Lock()
        self._waiting: deque[_Place[Job, Result]] = deque()
        self._is_led = False

    def run(self, job: Job) -> Result | None:
        """Store the job and return its result after the commit.

        Return None where something in its group raised: nothing of the job is stored, and it has
        to be stored alone. Raise a harmless exception of the job's own, and OperationalError where
        the database can't be written or the commit failed.
        """
        place: _Place[Job, Result] = _Place(job)
        with self._guard:
            self._waiting.append(place)
            leads, self._is_led = not self._is_led, True
        if not leads:
            place.wait()
        if not place.is_done:
            self._lead()
        return place.give()

    def _lead(self) -> None:
        group: list[_Place[Job, Result]] = []
        try:
            self._store_together(group)
        except BaseException as error:
            if not group:
                self._take(group)  # they wait for a lock that isn't to be had
            for one in group:  # each gets its own: threads share no exception
                refusal = OperationalError("The group could not be stored.")
                refusal.__cause__ = error
                one.result, one.refusal = None, refusal
            if not isinstance(error, Exception):
                raise
        finally:
            self._dismiss(group)

    def _store_together(self, group: list[_Place[Job, Result]]) -> None:
        """Do the jobs in one transaction; leave them without result where one of them raised."""
        is_written = False
        try:
            with transaction.atomic():
                self._take(group)
                for one in group:
                    try:
                        one.result = self._store(one.job)
                    except self._harmless as refusal:
                        one.refusal = refusal
                is_written = True
        except Exception as error:
            # What a commit leaves is certain only where it names a row that is not allowed.
            if not group or (is_written and not isinstance(error, IntegrityError)):
                raise
            for one in group:
                one.result = one.refusal = None

    def _take(self, group: list[_Place[Job, Result]]) -> None:
        with self._guard:
            while self._waiting and len(group) < MOST:
                group.append(self._waiting.popleft())

    def _dismiss(self, group: list[_Place[Job, Result]]) -> None:
        """Tell the group what came of it; have the first who waits lead the next one."""
        with self._guard:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        for one in group:
            one.is_done = True
            one.ring()
        if following is not None:
            following.ring()
