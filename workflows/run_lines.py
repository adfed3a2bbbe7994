"""Runs as lists show them: who started each, and which step failed and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.models import Run, StepRun, Workflow
from workflows.registry import trigger_kinds
from workflows.services.replay import REPLAY
from workflows.services.testing import TEST


@dataclass(frozen=True)
class RunLine:
    """A run, who or what started it, and at which step it failed."""

    run: Run
    started_by: str
    started_by_in_short: str = ""  # without the ID of the run that it repeats
    replay_of: str = ""  # that run's ID
    failed_step: int | None = None  # counted from 1; None too where it failed before any step

    is_refused = False  # a refused request stands between runs (workflows/activity.py)

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
    return run_lines(runs.select_related("version").order_by("-pk")[:count])


def run_lines(runs: Iterable[Run]) -> list[RunLine]:
    """Return the runs as lines: one query for names, one for failed steps, where there are any."""
    found = list(runs)
    people = {run.started_by.rpartition(":")[2] for run in found if ":" in run.started_by}
    names: dict[str, str] = {}
    if people:
        names = dict(
            Member.objects.filter(member_id__in=people).values_list("member_id", "display_name")
        )
    failed_at = _failed_steps([run.pk for run in found if run.status == Run.Status.FAILED])
    return [
        RunLine(
            run,
            started_by(run.started_by, names),
            started_by(run.started_by, names, in_short=True),
            replay_of=replayed_run(run.started_by),
            failed_step=failed_at.get(run.pk),
        )
        for run in found
    ]


def _failed_steps(keys: list[int]) -> dict[int, int]:
    if not keys:
        return {}
    rows = StepRun.objects.filter(run__in=keys, status=StepRun.Status.FAILED)
    return {run: position + 1 for run, position in rows.values_list("run__pk", "position")}


def started_by(kept: str, names: dict[str, str], *, in_short: bool = False) -> str:
    """Return in words what started a run: `webhook`, `test:U…`, `shortcut:U…`, `replay:R…:U…`."""
    name, _colon, rest = kept.partition(":")
    member_id = rest.rpartition(":")[2]
    person = {"name": names.get(member_id, member_id)}
    if name + ":" == TEST:
        return _("Test by %(name)s") % person
    if name + ":" == REPLAY:
        if in_short:
            return _("Replay by %(name)s") % person
        return _("Replay of %(run)s by %(name)s") % {**person, "run": replayed_run(kept)}
    kind = trigger_kinds.find(name)
    if kind is None:
        return kept
    return str(kind.started_by) % person if member_id and kind.started_by else str(kind.label)


def replayed_run(kept: str) -> str:
    """Return the ID of the run that this one repeats; empty where it repeats none."""
    return kept.split(":")[1] if kept.startswith(REPLAY) else ""
