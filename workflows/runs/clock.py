"""A clock that is set back: what waits must not wait for as long again."""

import datetime
import threading
import time
from typing import Any

from django.db.models import Max, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from workflows.models import Run

TOLERANCE = datetime.timedelta(seconds=60)  # two machines' clocks differ by less
LONGEST_BACKOFF = datetime.timedelta(seconds=60)  # of a run that was put back
BATCH = 500


class Clock:
    """Tells when the wall clock went back, by the one that only goes on."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ahead: float | None = None

    def was_set_back(self) -> bool:
        """Return whether it was since the last look; at the first look nobody knows, so it may be.

        Small corrections are none.
        """
        ahead = time.time() - time.monotonic()
        with self._guard:
            before, self._ahead = self._ahead, ahead
        return before is None or before - ahead > TOLERANCE.total_seconds()


_clock = Clock()


def follow() -> None:
    """Draw near what waits too long, where the clock was set back."""
    if _clock.was_set_back():
        draw_near()


def draw_near() -> int:
    """Have runs that a clock ahead of now has timed wait no longer than was meant; return how many.

    Their last step, or their acceptance, lies in the future: the wait that began there begins now.
    Done twice, or by two processes, it is the same: a moment only ever comes nearer.
    """
    count = start = 0
    while rows := list(_timed_ahead(start)[:BATCH]):
        now = timezone.now()
        for key, due_at, attempt, last in rows:
            pause = LONGEST_BACKOFF if attempt else max(datetime.timedelta(), due_at - last)
            nearer = min(due_at, now + pause)
            count += Run.objects.open().filter(pk=key, due_at=due_at).update(due_at=nearer)
        start = rows[-1][0]
    return count


def _timed_ahead(start: int) -> Any:
    now = timezone.now()
    waiting = Run.objects.free(now).filter(pk__gt=start, due_at__gt=now + TOLERANCE)
    timed = waiting.annotate(last=Coalesce(Max("step_runs__finished_at"), "accepted_at"))
    put_back = Q(attempt__gt=0, due_at__gt=now + TOLERANCE + LONGEST_BACKOFF)
    found = timed.filter(Q(last__gt=now + TOLERANCE) | put_back).order_by("pk")
    return found.values_list("pk", "due_at", "attempt", "last")
