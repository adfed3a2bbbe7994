"""Runs as lists show them: who started each, and which step failed and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.models import Run, Start, StepRun, Workflow
from workflows.registry import trigger_kinds
from workflows.runs.ending import show_as_ended


@dataclass(frozen=True)
class RunLine:
    """A run, who or what started it, and at which step it failed."""

    run: Run
    started_by: str
    started_by_in_short: str = ""  # without the ID of the run that it repeats
    failed_step: int | None = None  # counted from 1; None too where it failed before any step

    is_refused = False  # a refused request stands between runs (workflows/activity/filters.py)

    @property
    def key(self) -> str:
        """What tells it from every other line."""
        return self.run.run_id

    @property
    def reason(self) -> str:
        """Why it failed or was cancelled; empty where there is nothing to say."""
        if self.failed_step is None:
            return self.run.error_sentence
        values = {"number": self.failed_step, "why": self.run.error_sentence}
        return _("Step %(number)s: %(why)s") % values


def last_runs(workflow: Workflow, count: int) -> list[RunLine]:
    """Return the newest runs (three queries at most)."""
    runs = Run.objects.filter(workflow=workflow).defer("payload", "values")
    found = list(runs.select_related("version").order_by("-pk")[:count])
    for run in found:
        show_as_ended(run, workflow)
    return run_lines(found)


def run_lines(runs: Iterable[Run]) -> list[RunLine]:
    """Return the runs as lines: one query for names, one for failed steps, where there are any."""
    found = list(runs)
    people = {run.started_by_id for run in found if run.started_by_id is not None}
    names: dict[int, str] = {}
    if people:
        names = dict(Member.objects.filter(pk__in=people).values_list("pk", "display_name"))
    failed_at = _failed_steps([run.pk for run in found if run.status == Run.Status.FAILED])
    return [
        RunLine(
            run,
            started_by(run, _name(run, names)),
            started_by(run, _name(run, names), in_short=True),
            failed_step=failed_at.get(run.pk),
        )
        for run in found
    ]


def _failed_steps(keys: list[int]) -> dict[int, int]:
    if not keys:
        return {}
    rows = StepRun.objects.filter(run__in=keys, status=StepRun.Status.FAILED)
    return {run: position + 1 for run, position in rows.values_list("run__pk", "position")}


def _name(run: Run, names: dict[int, str]) -> str:
    return names.get(run.started_by_id, "") if run.started_by_id is not None else ""


def started_by(run: Run, name: str, *, in_short: bool = False) -> str:
    """Return in words what started the run, and the person where one is named."""
    values = {"name": name, "run": run.replay_of}
    if run.start_kind == Start.TEST:
        return _("Test by %(name)s") % values if name else str(Start.TEST.label)
    if run.start_kind == Start.REPLAY:
        if in_short or not run.replay_of:
            return _("Replay by %(name)s") % values if name else str(Start.REPLAY.label)
        if name:
            return _("Replay of %(run)s by %(name)s") % values
        return _("Replay of %(run)s") % values
    kind = trigger_kinds.find(run.start_kind)
    if kind is None:
        return run.start_kind
    return str(kind.started_by) % values if name and kind.started_by else str(kind.label)
