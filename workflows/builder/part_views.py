"""The builder's buttons: add, move, copy and remove steps and variables, and take that back."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from messaging.toasts import say
from workflows.access import managed_workflow, reader_of
from workflows.builder.answers import answer_removed, back_to
from workflows.models import RemovedPart, Step, Workflow
from workflows.services.arranging import (
    add_step,
    add_variable,
    copy_step,
    move_part,
    remove_part,
    rename_in_steps,
    restore_part,
)
from workflows.services.editing import PartRemoved

STEP, VARIABLE = RemovedPart.Part.STEP, RemovedPart.Part.VARIABLE


@require_POST
def add_step_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a step of the kind that was picked, last or `?before=` another; go on in it."""
    kind, wanted = request.POST.get("kind", ""), request.GET.get("before", "")
    before = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None
    return _make(
        request,
        pk,
        lambda workflow, by: add_step(workflow=workflow, kind=kind, by=by, before=before),
    )


@require_POST
def add_variable_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a variable; the page goes on in its key."""
    return _make(request, pk, lambda workflow, by: add_variable(workflow=workflow, by=by))


@require_POST
def copy(request: HttpRequest, pk: int, step_key: int) -> HttpResponse:
    """Copy a step; the copy stands behind it."""
    return _make(
        request, pk, lambda workflow, by: copy_step(workflow=workflow, key=step_key, by=by)
    )


def _make(request: HttpRequest, pk: int, make: Callable[[Workflow, Any], Any]) -> HttpResponse:
    workflow = managed_workflow(request, pk)
    try:
        made = make(workflow, reader_of(request))
    except ValidationError as error:
        say(request, " ".join(error.messages))
        return back_to(pk)
    except PartRemoved as error:
        return answer_removed(request, pk, _("this step"), error.removed)
    return back_to(pk, _anchor(made))


def _anchor(row: Any) -> str:
    return f"s{row.pk}" if isinstance(row, Step) else f"v{row.pk}"


@require_POST
def move_step(request: HttpRequest, pk: int, step_key: int) -> HttpResponse:
    """Move a step up, down or to a position."""
    return _move(request, pk, STEP, step_key)


@require_POST
def move_variable(request: HttpRequest, pk: int, variable_key: int) -> HttpResponse:
    """Move a variable up, down or to a position."""
    return _move(request, pk, VARIABLE, variable_key)


def _move(request: HttpRequest, pk: int, kind: RemovedPart.Part, key: int) -> HttpResponse:
    workflow = managed_workflow(request, pk)
    rows = list(workflow.steps.all() if kind == STEP else workflow.variables.all())
    at = next((place for place, row in enumerate(rows) if row.pk == key), 0)
    to = _target(request.POST.get("to", ""), at)
    try:
        was, now = move_part(workflow=workflow, part=kind, key=key, by=reader_of(request), to=to)
    except PartRemoved as error:
        return answer_removed(request, pk, _name(kind), error.removed)
    if was != now:
        say(request, _moved(kind, rows, was, now))
    return back_to(pk, f"{'s' if kind == STEP else 'v'}{key}")


def _target(wanted: str, at: int) -> int:
    if wanted in ("up", "down"):
        return at - 1 if wanted == "up" else at + 1
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else at


def _moved(part: RemovedPart.Part, rows: list[Any], was: int, now: int) -> str:
    if part == STEP:
        return _("Step %(was)s is now step %(now)s") % {"was": was + 1, "now": now + 1}
    return _("%(key)s is now variable %(now)s") % {"key": rows[was].key, "now": now + 1}


@require_POST
def remove_step(request: HttpRequest, pk: int, step_key: int) -> HttpResponse:
    """Remove a step, with Undo."""
    return _remove(request, pk, STEP, step_key)


@require_POST
def remove_variable(request: HttpRequest, pk: int, variable_key: int) -> HttpResponse:
    """Remove a variable, with Undo; what is left to correct names the steps that use it."""
    return _remove(request, pk, VARIABLE, variable_key)


def _remove(request: HttpRequest, pk: int, kind: RemovedPart.Part, key: int) -> HttpResponse:
    workflow = managed_workflow(request, pk)
    number = next((n for n, one in enumerate(workflow.steps.all(), 1) if one.pk == key), 0)
    try:
        removed = remove_part(workflow=workflow, part=kind, key=key, by=reader_of(request))
    except PartRemoved as error:
        return answer_removed(request, pk, _name(kind), error.removed)
    text = (
        _("Step %(number)s removed") % {"number": number}
        if kind == STEP
        else _("%(key)s removed") % {"key": removed.content["key"]}
    )
    say(request, text, undo=reverse("workflows:edit_restore", args=[pk, removed.pk]))
    return back_to(pk, "variables" if kind == VARIABLE else "steps")


@require_POST
def restore(request: HttpRequest, pk: int, removed_key: int) -> HttpResponse:
    """Bring back what was removed, to its place."""
    workflow = managed_workflow(request, pk)
    try:
        row = restore_part(workflow=workflow, removed_key=removed_key, by=reader_of(request))
    except ValidationError as error:
        say(request, " ".join(error.messages))
        return back_to(pk)
    return back_to(pk, _anchor(row) if row else "")


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a variable's new key into the steps that use its old one."""
    workflow = managed_workflow(request, pk)
    old, new = request.POST.get("old", ""), request.POST.get("new", "")
    if old and new in {one.key for one in workflow.variables.all()}:
        count = len(rename_in_steps(workflow=workflow, old=old, new=new, by=reader_of(request)))
        told = ngettext("Renamed in %(count)s step", "Renamed in %(count)s steps", count)
        say(request, told % {"count": count})
    return back_to(pk, "variables")


def _name(part: RemovedPart.Part) -> str:
    return _("this step") if part == STEP else _("this variable")
