"""Prunes what is old, a little at a time, so that hooks never wait long for it."""

import datetime
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone

from messaging.models import Change
from workflows.models import (
    RefusalCount,
    RefusalSample,
    RemovedPart,
    RequestURL,
    Run,
    StepRun,
    Workflow,
)
from workflows.runs.ending import end_batch

BATCH = 500
RUN_BATCH = 25  # runs are heavy: each may hold a payload of 1 MiB and as many messages' texts
BREATH = 0.02  # seconds between two batches, in which others write
CHANGES_KEPT = datetime.timedelta(days=1)
DELIVERIES_LOOKED_AT = datetime.timedelta(days=2)  # further back were forgotten before


def prune(should_stop: Callable[[], bool] = lambda: False) -> bool:
    """End and delete what is so for people already, then what is old; forget old deliveries.

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
        _end_runs(should_stop)
        and _delete_workflows(should_stop)
        and _in_batches(expired.order_by("accepted_at"), _forget_deliveries, should_stop)
        and _in_batches(old_runs.order_by("accepted_at"), _delete_runs, should_stop, size=RUN_BATCH)
        and _in_batches(old_changes.order_by("created_at"), partial(_delete, Change), should_stop)
        and _in_batches(old_counts.order_by("pk"), partial(_delete, RefusalCount), should_stop)
        and _in_batches(
            old_sessions.order_by("expire_date"), partial(_delete, Session), should_stop
        )
        and _in_batches(unsaved_urls.order_by("pk"), partial(_delete, RequestURL), should_stop)
    )


def _end_runs(should_stop: Callable[[], bool]) -> bool:
    """End the runs that were ended with their workflow (workflows/runs/ending.py)."""
    left = Run.objects.open().filter(pk__lte=F("workflow__runs_ended_through"))
    for workflow in Workflow.everything.filter(pk__in=left.values("workflow")):
        if should_stop():
            return False
        while not end_batch(workflow):
            time.sleep(BREATH)
            if should_stop():
                return False
    return True


def _delete_workflows(should_stop: Callable[[], bool]) -> bool:
    """Take away what deleted workflows owned, and at last themselves."""
    for workflow in Workflow.everything.exclude(deleted_at=None):
        runs = Run.objects.filter(workflow=workflow).order_by("pk")
        if not _in_batches(runs, _delete_runs, should_stop, size=RUN_BATCH):
            return False
        for rows in (workflow.versions.order_by("pk"), *_counted(workflow)):
            if not _in_batches(rows, partial(_delete, rows.model), should_stop):
                return False
        workflow.delete()
    return True


def _counted(workflow: Workflow) -> "list[QuerySet[Any]]":
    models = (RefusalCount, RefusalSample, RemovedPart)
    return [one.objects.filter(workflow=workflow).order_by("pk") for one in models]


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


def _delete(model: type[Model], keys: list[Any]) -> None:
    model._default_manager.filter(pk__in=keys).delete()
