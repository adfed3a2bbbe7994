"""Refused requests, counted for the managers: by minute and cause, with the last samples.

They are gathered in memory and written at most once a second, outside the hook's transaction: a
flood of bad requests costs the good ones next to nothing. What a crash loses is a second of
counting, never an accepted request.
"""

import datetime
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from messaging.background import BackgroundThread
from workflows.models import RefusalCount, RefusalSample, Workflow
from workflows.models.refusal import SAMPLES_KEPT
from workflows.runs import quota

logger = logging.getLogger("declic.hooks")

NOTED = frozenset({400, 401, 415, 422, 429})
PAUSE = 1.0  # seconds between two writes


@dataclass
class Gathered:
    """What was refused for one workflow since the last write."""

    counts: Counter[tuple[datetime.datetime, str]] = field(default_factory=Counter)
    samples: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=SAMPLES_KEPT))


class Tally:
    """Gathers refusals and writes them a moment later, in a thread that `wake` wakes.

    Tests give a `wake` of their own and write when they say so.
    """

    def __init__(self, wake: Callable[[], None] | None = None) -> None:
        self._thread = BackgroundThread("declic-refusals", self._write_later, logger=logger)
        self._wake = wake or self._wake_thread
        self._guard = threading.Lock()
        self._gathered: dict[int, Gathered] = {}
        self._is_write_ahead = False

    def note(self, workflow: int, *, status: int, answer: dict[str, Any], sent_by: str) -> None:
        """Count one refused request of the workflow with this key, and keep it as a sample."""
        now = timezone.now()
        error = str(answer.get("error", ""))
        with self._guard:
            gathered = self._gathered.setdefault(workflow, Gathered())
            gathered.counts[now.replace(second=0, microsecond=0), error] += 1
            gathered.samples.append(
                {
                    "refused_at": now,
                    "status": status,
                    "error": error,
                    "answer": answer,
                    "sent_by": sent_by,
                }
            )
            is_first, self._is_write_ahead = not self._is_write_ahead, True
        if is_first:
            self._wake()

    def write(self) -> None:
        """Write what was gathered; what the database refuses is raised, and let go."""
        with self._guard:
            gathered, self._gathered = self._gathered, {}
            self._is_write_ahead = False
        if not gathered:
            return
        known = set(Workflow.objects.filter(pk__in=gathered).values_list("pk", flat=True))
        with transaction.atomic():
            for workflow in known:
                _write_counts(workflow, gathered[workflow].counts)
                _write_samples(workflow, gathered[workflow].samples)

    def _wake_thread(self) -> None:
        self._thread.start()
        self._thread.wake()

    def _write_later(self) -> None:
        self._thread.pause(PAUSE)
        try:
            self.write()
        finally:
            connection.close()  # it may be long until the next one


def _write_counts(workflow: int, counts: Counter[tuple[datetime.datetime, str]]) -> None:
    for (minute, error), count in counts.items():
        row, _is_new = RefusalCount.objects.get_or_create(
            workflow_id=workflow, minute=minute, error=error
        )
        RefusalCount.objects.filter(pk=row.pk).update(count=F("count") + count)
        if error == "quota_exceeded":
            quota.tell_managers_once(workflow)


def _write_samples(workflow: int, samples: deque[dict[str, Any]]) -> None:
    RefusalSample.objects.bulk_create(
        RefusalSample(workflow_id=workflow, **sample) for sample in samples
    )
    kept = RefusalSample.objects.filter(workflow=workflow).order_by("-pk")
    oldest = kept.values_list("pk", flat=True)[SAMPLES_KEPT - 1 : SAMPLES_KEPT].first()
    if oldest is not None:
        RefusalSample.objects.filter(workflow=workflow, pk__lt=oldest).delete()


tally = Tally()
