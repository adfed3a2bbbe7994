"""Prunes what is old, a little at a time, so that hooks never wait long for it."""

import datetime
import time
from collections.abc import Callable

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from messaging.models import Change
from workflows.models import Run, StepRun

BATCH = 500
CHANGES_KEPT = datetime.timedelta(days=1)
BREATH = 0.02  # seconds between two batches, in which others write


def prune(should_stop: Callable[[], bool] = lambda: False) -> None:
    """Delete old runs and changes, and forget deliveries whose days are over."""
    now = timezone.now()
    old_runs = Run.objects.filter(
        accepted_at__lt=now - datetime.timedelta(days=settings.DECLIC_RUN_DAYS)
    ).exclude(status=Run.Status.WAITING)
    expired = Run.objects.filter(
        delivery__isnull=False,
        accepted_at__lt=now - datetime.timedelta(days=settings.DECLIC_DELIVERY_DAYS),
    )
    _in_batches(expired, _forget_deliveries, should_stop)
    _in_batches(old_runs, _delete_runs, should_stop)
    old_changes = Change.objects.filter(created_at__lt=now - CHANGES_KEPT)
    _in_batches(old_changes, _delete_changes, should_stop)


def _in_batches(
    rows: "QuerySet[Run] | QuerySet[Change]",
    work: Callable[[list[int]], None],
    should_stop: Callable[[], bool],
) -> None:
    while not should_stop():
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if keys:
            work(keys)
        if len(keys) < BATCH:
            return
        time.sleep(BREATH)


def _forget_deliveries(keys: list[int]) -> None:
    Run.objects.filter(pk__in=keys).update(delivery=None)


def _delete_runs(keys: list[int]) -> None:
    StepRun.objects.filter(run__in=keys).delete()
    Run.objects.filter(pk__in=keys).delete()


def _delete_changes(keys: list[int]) -> None:
    Change.objects.filter(pk__in=keys).delete()
