"""Who advances runs that left the request: the embedded runner's thread, or Celery."""

import datetime
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.db.models import F
from django.utils import timezone

from messaging.background import BackgroundThread
from workflows.models import Run
from workflows.models.request_url import LONG_AGO
from workflows.runs import clock, engine, retention
from workflows.runs.wake_ups import wake_ups

logger = logging.getLogger("declic.runner")

BATCH = 100
LONGEST_SLEEP = 1.0  # seconds: whatever woke nobody is found after that
PRUNE_EVERY = 600.0  # seconds


def new_owner() -> str:
    """Return a name for whoever claims runs: host, process and a random part."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


def run_due(
    owner: str, *, most: int = BATCH, should_stop: Callable[[], bool] = lambda: False
) -> int:
    """Carry on what is due and held by nobody, oldest first; return how many runs."""
    clock.follow()
    due = Run.objects.due(timezone.now()).order_by("due_at", "pk").values_list("pk", flat=True)
    count = 0
    for key in list(due[:most]):
        if should_stop():
            break
        count += advance_safely(key, owner)
    return count


def advance_safely(key: int, owner: str) -> bool:
    """Advance one run; what can't be carried on is put back for later, a lost lease is let go.

    Raise what the database raised where the run couldn't even be claimed: whoever looks for due
    runs would find it at once again, and again.
    """
    trouble: Error | None = None
    reason = engine.WENT_WRONG
    try:
        return engine.advance(key, owner)
    except engine.LeaseLost:
        logger.info("Run %s was taken over", key)
        return False
    except Error as error:
        trouble, reason = error, engine.REFUSED
    except Exception:
        logger.exception("Run %s could not be carried on", key)
    is_put_back = engine.put_back(key, owner, reason)
    if trouble is not None:
        if not is_put_back:
            raise trouble
        logger.warning("The database refused run %s: %s", key, type(trouble).__name__)
    return False


def free_leases(owner: str | None = None) -> None:
    """Free what this owner holds; without a name all, where a dead predecessor is the only one.

    What a predecessor held it died of, perhaps: that counts more than an attempt.
    """
    held = Run.objects.open().exclude(lease_until=LONG_AGO)
    if owner is not None:
        held.filter(lease_owner=owner).update(lease_until=LONG_AGO)
    else:
        held.update(lease_until=LONG_AGO, attempt=F("attempt") + engine.DEATH - 1)


def wake(key: int, due_at: datetime.datetime) -> None:
    """Have a committed run carried on: now if it is due, else whoever looks finds it in time."""
    if _runner is not None:
        _runner.wake()
    elif settings.DECLIC_BROKER_URL and due_at <= timezone.now():
        wake_ups.send(key)


def prune_soon() -> None:
    """Have the store rid of what was deleted or ended; where no runner is, the next one looks."""
    if _runner is not None:
        _runner.prune_soon()


class Runner:
    """One thread that carries on due runs and prunes what is old."""

    def __init__(self) -> None:
        self.owner = new_owner()
        self.thread = BackgroundThread("declic-runner", self._look, logger=logger, is_vital=True)
        self._pruned_at = float("-inf")
        self._may_hold_some = False  # after what was not expected

    def start(self) -> None:
        """Start the thread."""
        self.thread.start()

    def wake(self) -> None:
        """Look for due runs now."""
        self.thread.wake()

    def prune_soon(self) -> None:
        """Prune as soon as nothing is due."""
        self._pruned_at = float("-inf")
        self.thread.wake()

    def stop(self, timeout: float = 20.0) -> None:
        """Finish the run in hand and end; wait for it at most `timeout` seconds."""
        self.thread.stop(timeout)

    def _look(self) -> float:
        """Carry on what is due; return how long to sleep, in seconds."""
        if self._may_hold_some:
            free_leases(self.owner)
        self._may_hold_some = True
        pause = self._carry_on()
        self._may_hold_some = False
        return pause

    def _carry_on(self) -> float:
        if run_due(self.owner, should_stop=self._should_stop):
            return 0.0
        self._prune()
        return self._time_to_sleep()

    def _time_to_sleep(self) -> float:
        """Return how long nothing is due. What another holds is looked at now and then."""
        now = timezone.now()
        first = Run.objects.free(now).order_by("due_at").values_list("due_at", flat=True).first()
        if first is None:
            return LONGEST_SLEEP
        return min(LONGEST_SLEEP, max(0.0, (first - timezone.now()).total_seconds()))

    def _prune(self) -> None:
        """Delete what is old, as long as nothing is due."""
        is_time = time.monotonic() - self._pruned_at >= PRUNE_EVERY
        if is_time and retention.prune(should_stop=self._has_better_to_do):
            self._pruned_at = time.monotonic()

    def _has_better_to_do(self) -> bool:
        return self._should_stop() or Run.objects.due(timezone.now()).exists()

    def _should_stop(self) -> bool:
        return self.thread.should_stop


_runner: Runner | None = None


def start_runner() -> Runner:
    """Start this process's runner; on SQLite free what a dead predecessor held first."""
    global _runner
    if settings.IS_EMBEDDED:
        free_leases()
    _runner = Runner()
    _runner.start()
    return _runner


def stop_runner(timeout: float = 20.0) -> None:
    """Stop this process's runner, if there is one."""
    global _runner
    if _runner is not None:
        _runner.stop(timeout)
        _runner = None
