"""A workflow's activity: its runs and the requests that it refused, filtered, page by page."""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from django.db.models import F, Func, Q, QuerySet, Sum, TextField
from django.utils import timezone

from workflows.activity.refusal_words import RefusedLine
from workflows.models import RefusalCount, RefusalSample, Run, Workflow
from workflows.models.run import RunQuerySet
from workflows.runs.ending import show_as_ended, with_status
from workflows.runs.run_lines import RunLine, run_lines

PAGE = 50
MOST_COUNTED = 100  # more are shown as “99+”
MOST_SEARCHED = 10_000  # runs that one search reads; the next page searches on
MINUTES_SHOWN = 60  # lines of the table of refusals
REFUSED = "refused"
STATUSES = frozenset({*Run.Status.values, REFUSED})
TODAY, WEEK, ALL = "today", "week", "all"
PERIODS = (WEEK, TODAY, ALL)


@dataclass(frozen=True)
class Filters:
    """Which part of the activity is asked for."""

    status: str = ""
    period: str = WEEK
    query: str = ""
    before: int | None = None  # the key of a run: what is older than it

    @property
    def since(self) -> datetime.datetime | None:
        """From when on; None: all that is kept. Today begins in the reader's time zone."""
        now = timezone.localtime()
        if self.period == TODAY:
            return now.replace(hour=0, minute=0, second=0, microsecond=0)
        return now - datetime.timedelta(days=7) if self.period == WEEK else None


class ValuesText(Func):
    """The values of a JSON object as lines of text, without their keys."""

    output_field = TextField()
    template = "(SELECT group_concat(value, char(10)) FROM json_each(%(expressions)s))"

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        """Return the same in PostgreSQL's words."""
        template = "(SELECT string_agg(value, chr(10)) FROM jsonb_each_text(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)


def search_end(workflow: Workflow, filters: Filters) -> int | None:
    """Return the key of the last run that a search reads (one query); None where it reads all."""
    if not filters.query:
        return None
    runs = Run.objects.filter(workflow=workflow)
    if filters.since is not None:
        runs = _since(runs, filters.since)
    if filters.before is not None:
        runs = runs.filter(pk__lt=filters.before)
    keys = runs.order_by("-pk").values_list("pk", flat=True)
    return next(iter(keys[MOST_SEARCHED - 1 : MOST_SEARCHED]), None)


def matching_runs(workflow: Workflow, filters: Filters, *, end: int | None = None) -> RunQuerySet:
    """Return the runs that the filters ask for, newest first, down to the end of a search."""
    runs = Run.objects.filter(workflow=workflow).order_by("-pk")
    if filters.status:
        runs = with_status(runs, workflow, filters.status)
    if filters.since is not None:
        runs = _since(runs, filters.since)
    if filters.query:
        found = Q(values_text__icontains=filters.query) | Q(run_id__iexact=filters.query)
        runs = runs.annotate(values_text=ValuesText(F("values"))).filter(found)
    if filters.before is not None:
        runs = runs.filter(pk__lt=filters.before)
    return runs if end is None else runs.filter(pk__gte=end)


def _since(runs: RunQuerySet, since: datetime.datetime) -> RunQuerySet:
    """Keep what was accepted since then, without a walk through all that is older."""
    first = Run.objects.filter(accepted_at__gte=since).order_by("accepted_at").values("pk")[:1]
    return runs.filter(accepted_at__gte=since, pk__gte=first)


Line = RunLine | RefusedLine


@dataclass(frozen=True)
class ActivityPage:
    """Some lines, newest first, the key that leads to older ones, and how much there is."""

    lines: list[Line]
    older: int | None = None
    failed: int = 0
    refused: int = 0
    searched: int = 0  # how many runs were searched, where there are more
    seen: str = ""  # changes with whatever the page shows


def activity_page(workflow: Workflow, filters: Filters, *, size: int = PAGE) -> ActivityPage:
    """Return one page (seven queries at most, however much there is).

    Refused requests stand between the runs, by their time; only the last samples are kept.
    """
    found: list[Run] = []
    end = search_end(workflow, filters)
    if filters.status != REFUSED:
        runs = matching_runs(workflow, filters, end=end).defer("payload", "values")
        found = list(runs.select_related("version")[: size + 1])
        for run in found:
            show_as_ended(run, workflow)
    samples = _samples_beside(workflow, filters, found, size)
    started: list[Line] = [*run_lines(found[:size])]
    rejected: list[Line] = [RefusedLine(one) for one in samples]
    lines = list(merge(started, rejected, key=_moment, reverse=True))
    failed, refused = counts(workflow, filters)
    return ActivityPage(
        lines,
        older=found[size - 1].pk if len(found) > size else end,
        searched=MOST_SEARCHED if end is not None else 0,
        failed=failed,
        refused=refused,
        seen=_fingerprint(found[:size], samples, failed, refused),
    )


def _moment(line: Line) -> datetime.datetime:
    return line.refused.refused_at if isinstance(line, RefusedLine) else line.run.accepted_at


def _samples_beside(
    workflow: Workflow, filters: Filters, runs: list[Run], size: int
) -> list[RefusalSample]:
    """Return the samples that belong on the same page as these runs (one more than its size)."""
    if filters.query or filters.status not in {"", REFUSED}:
        return []
    samples = _period(RefusalSample.objects.filter(workflow=workflow), "refused_at", filters)
    if filters.before is not None:
        if not runs:
            return []
        samples = samples.filter(refused_at__lte=runs[0].accepted_at)
    if len(runs) > size:
        samples = samples.filter(refused_at__gt=runs[size].accepted_at)
    return list(samples)


def counts(workflow: Workflow, filters: Filters) -> tuple[int, int]:
    """Count the failed runs and the refused requests of the period (two queries)."""
    runs = Run.objects.filter(workflow=workflow, status=Run.Status.FAILED)
    failed = _period(runs, "accepted_at", filters)
    return (
        failed.order_by().values("pk")[:MOST_COUNTED].count(),
        _refused(workflow, filters).aggregate(n=Sum("count"))["n"] or 0,
    )


def shown_count(count: int) -> str:
    """Return the count as the filters show it."""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def _refused(workflow: Workflow, filters: Filters) -> "QuerySet[RefusalCount]":
    counted = RefusalCount.objects.filter(workflow=workflow).order_by("-minute", "error")
    since = filters.since
    return counted.filter(minute__gte=since.replace(second=0, microsecond=0)) if since else counted


def _period(rows: "QuerySet[Any]", name: str, filters: Filters) -> "QuerySet[Any]":
    since = filters.since
    return rows.filter(**{f"{name}__gte": since}) if since else rows


@dataclass(frozen=True)
class Refusals:
    """How many requests were refused, by cause, and in which minutes."""

    causes: list[tuple[str, int]] = field(default_factory=list)  # the most frequent one first
    minutes: list[RefusalCount] = field(default_factory=list)
    is_cut: bool = False


def refusals(workflow: Workflow, filters: Filters) -> Refusals:
    """Count what was refused in the period, the newest minutes one by one (two queries)."""
    counted = _refused(workflow, filters)
    by_cause = counted.order_by().values_list("error").annotate(n=Sum("count"))
    minutes = list(counted[: MINUTES_SHOWN + 1])
    return Refusals(
        sorted(by_cause, key=lambda one: (-one[1], one[0])),
        minutes[:MINUTES_SHOWN],
        is_cut=len(minutes) > MINUTES_SHOWN,
    )


def _fingerprint(
    runs: Iterable[Run], samples: Iterable[RefusalSample], failed: int, refused: int
) -> str:
    shown = [run_state(run) for run in runs], [one.pk for one in samples], failed, refused
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def run_state(run: Run) -> str:
    """Return what changes whenever there is something new to show of the run."""
    due = run.due_at.isoformat() if run.status == Run.Status.WAITING else ""
    return f"{run.pk} {run.status} {run.next_step} {run.differing_duplicates} {due}"
