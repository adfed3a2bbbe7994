"""Prunes what is old, a little at a time, so that hooks never wait long for it."""

import datetime
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from messaging.models import Change
from workflows.models import RefusalCount, RequestURL, Run, StepRun

BATCH = 500
RUN_BATCH = 25  # runs are heavy: each may hold a payload of 1 MiB and as many messages' texts
BREATH = 0.02  # seconds between two batches, in which others write
CHANGES_KEPT = datetime.timedelta(days=1)
DELIVERIES_LOOKED_AT = datetime.timedelta(days=2)  # further back were forgotten before


def prune(should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Delete old runs, changes, counts, sessions and URLs nobody saved; forget old deliveries.

    Return whether it came to the end: it asks before each batch whether it should stop.
    """
    now = timezone.now()
    runs_end = now - datetime.timedelta(days=settings.DECLIC_RUN_DAYS)
    deliveries_end = now - datetime.timedelta(days=settings.DECLIC_DELIVERY_DAYS)
    expired = Run.objects.filter(
        delivery__isnull=False,
        accepted_at__lt=deliveries_end,
        accepted_at__gte=deliveries_end - DELIVERIES_LOOKED_AT,
    )
    old_runs = Run.objects.filter(accepted_at__lt=runs_end).exclude(status=Run.Status.WAITING)
    old_changes = Change.objects.filter(created_at__lt=now - CHANGES_KEPT)
    old_counts = RefusalCount.objects.filter(minute__lt=runs_end)
    old_sessions = Session.objects.filter(expire_date__lt=now)
    unsaved_urls = RequestURL.objects.filter(pending_until__lt=now)
    return (
        _in_batches(expired.order_by("accepted_at"), _forget_deliveries, should_stop)
        and _in_batches(old_runs.order_by("accepted_at"), _delete_runs, should_stop, size=RUN_BATCH)
        and _in_batches(old_changes.order_by("created_at"), _delete_changes, should_stop)
        and _in_batches(old_counts.order_by("pk"), _delete_counts, should_stop)
        and _in_batches(old_sessions.order_by("expire_date"), _delete_sessions, should_stop)
        and _in_batches(unsaved_urls.order_by("pk"), _delete_urls, should_stop)
    )


def _in_batches(
    rows: "QuerySet[Any]",
    work: Callable[[list[Any]], None],
    should_stop: Callable[[], bool],
    *,
    size: int | None = None,
) -> bool:
    most = size or BATCH
    while not should_stop():
        keys = list(rows.values_list("pk", flat=True)[:most])
        if keys:
            work(keys)
        if len(keys) < most:
            return True
        time.sleep(BREATH)
    return False


def _forget_deliveries(keys: list[int]) -> None:
    Run.objects.filter(pk__in=keys).update(delivery=None)


@transaction.atomic
def _delete_runs(keys: list[int]) -> None:
    StepRun.objects.filter(run__in=keys).delete()
    Run.objects.filter(pk__in=keys).only("pk").delete()  # the payloads needn't be read first


def _delete_changes(keys: list[int]) -> None:
    Change.objects.filter(pk__in=keys).delete()


def _delete_counts(keys: list[int]) -> None:
    RefusalCount.objects.filter(pk__in=keys).delete()


def _delete_sessions(keys: list[str]) -> None:
    Session.objects.filter(pk__in=keys).delete()


def _delete_urls(keys: list[int]) -> None:
    RequestURL.objects.filter(pk__in=keys).delete()
