"""Runs in a list: which ones, page by page, and who started each."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.models import Run, Workflow
from workflows.registry import trigger_kinds
from workflows.services.testing import TEST

PAGE = 50


@dataclass(frozen=True)
class RunLine:
    """A run and who or what started it."""

    run: Run
    started_by: str


@dataclass(frozen=True)
class RunPage:
    """Some runs, newest first, and the keys that lead to the pages around."""

    lines: list[RunLine]
    older: int | None = None
    is_first: bool = True


def run_page(
    workflow: Workflow, *, before: int | None = None, status: str = "", size: int = PAGE
) -> RunPage:
    """Return the newest runs, or those before a key (two queries, whichever page it is)."""
    runs = Run.objects.filter(workflow=workflow).defer("payload", "values")
    if status:
        runs = runs.filter(status=status)
    if before is not None:
        runs = runs.filter(pk__lt=before)
    found = list(runs.select_related("version").order_by("-pk")[: size + 1])
    older = found[size - 1].pk if len(found) > size else None
    return RunPage(run_lines(found[:size]), older=older, is_first=before is None)


def run_lines(runs: Iterable[Run]) -> list[RunLine]:
    """Return the runs with who started them (one query for their names)."""
    found = list(runs)
    people = {run.started_by.partition(":")[2] for run in found} - {""}
    names: dict[str, str] = {}
    if people:
        names = dict(
            Member.objects.filter(member_id__in=people).values_list("member_id", "display_name")
        )
    return [RunLine(run, started_by(run.started_by, names)) for run in found]


def started_by(kept: str, names: dict[str, str]) -> str:
    """Return in words what started a run: `webhook`, `test:U…`, `shortcut:U…`."""
    name, _colon, member_id = kept.partition(":")
    person = {"name": names.get(member_id, member_id)}
    if name + ":" == TEST:
        return _("Test by %(name)s") % person
    kind = trigger_kinds.find(name)
    if kind is None:
        return kept
    return str(kind.started_by) % person if member_id and kind.started_by else str(kind.label)
