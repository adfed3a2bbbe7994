"""How the builder answers: with the page for a browser, with data for its script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from messaging.models import Member
from messaging.toasts import say
from workflows.access import IS_SCRIPT, managed_workflow, reader_of, without_referrer
from workflows.builder.page import BuilderPage, VariableRow
from workflows.builder.parts import DETAILS
from workflows.builder.words import ICONS, words
from workflows.fields.base import SettingField, as_text
from workflows.models import RemovedPart, Variable
from workflows.registry import trigger_kinds
from workflows.services.editing import Conflict, Saved, variable_fields
from workflows.shown_url import url_context
from workflows.text.text_difference import Budget, in_common

PANES = ["workflows/preview/_pane.html", "workflows/builder/_no_pane.html"]


@dataclass(frozen=True)
class Line:
    """One line of a text in a conflict: in both, or only in this one."""

    text: str
    is_only_here: bool


@dataclass(frozen=True)
class ConflictField:
    """A field that two people saved: what each wrote, and what Keep mine sends."""

    name: str
    id: str
    label: str
    mine: list[Line]
    theirs: list[Line]
    mine_sent: list[tuple[str, str]]
    theirs_value: str
    theirs_unit: str
    theirs_base: str


@dataclass(frozen=True)
class PartForm:
    """One form of the page: its anchor, where it is sent, how its fields are called and shown."""

    id: str
    action: str
    name: str
    fields: Mapping[str, SettingField]


def is_script(request: HttpRequest) -> bool:
    """Tell whether the page's script asks."""
    return bool(request.headers.get(IS_SCRIPT))


def fresh_page(request: HttpRequest, pk: int) -> BuilderPage:
    """Return the page of the draft as it is now."""
    return BuilderPage(managed_workflow(request, pk), reader_of(request))


def show_page(
    request: HttpRequest, page: BuilderPage, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Show the whole page."""
    workflow = page.workflow
    details = {name: getattr(workflow, name) for name in DETAILS.fields()}
    context |= {
        "page": page,
        "details": details | context.pop("typed", {}),
        "workflow": workflow,
        **url_context(workflow),
        "panes": PANES,
        "example": page.example,
        "curl": page.curl,
        "trigger_kinds": trigger_kinds.all(),
        "variable_kinds": Variable.Kind.choices,
        "icons": ICONS,
        "words": words(),
        "in_workflows": True,
        "tab": "edit",
    }
    return without_referrer(
        render(request, "workflows/builder/builder.html", context, status=status)
    )


def state_of(request: HttpRequest, page: BuilderPage) -> dict[str, Any]:
    """Return what a save changes on the page beside the field itself."""
    context = {"page": page, "workflow": page.workflow}
    return {
        "state": render_to_string("workflows/builder/_state.html", context, request),
        "title": render_to_string("workflows/builder/_title.html", context, request),
        "flags": {
            anchor: render_to_string(
                "workflows/builder/_flags.html",
                {"name": anchor.partition("-")[2], "flags": flags},
                request,
            )
            for anchor, flags in page.places.items()
            if flags
        },
        "rows": {row.id: _row_said(row) for row in page.variables},
        "notes": {one.id: one.note for one in page.controls if one.field.has_note},
        "variables": page.offered,
        "example": page.example,
        "curl": page.curl,
    }


def _row_said(row: VariableRow) -> dict[str, str]:
    """Return how a variable is called around its fields, and which steps use it."""
    key, context = row.variable.shown_key, {"row": row}
    return {
        "key": key,
        "menu": _("Move or remove %(key)s") % {"key": key},
        "said": render_to_string("workflows/builder/_variable_said.html", context),
        "uses": render_to_string("workflows/builder/_variable_uses.html", context),
    }


def answer_saved(
    request: HttpRequest, pk: int, form: PartForm, saved: Saved, *, offer: str = ""
) -> HttpResponse:
    """Answer a save: the page's new state, or 409 with what somebody else saved in between."""
    page = fresh_page(request, pk)
    conflict = conflict_context(form, saved, page) if saved.conflicts else None
    status = 409 if conflict else 200
    if is_script(request):
        answer = state_of(request, page) | {"stored": stored_fields(form, page), "offer": offer}
        if conflict:
            answer["conflict"] = render_to_string(
                "workflows/builder/_conflict.html", conflict, request
            )
        return JsonResponse(answer, status=status)
    if conflict:
        return show_page(request, page, status=409, conflict=conflict)
    return back_to(pk, form.id)


def back_to(pk: int, anchor: str = "", **query: str) -> HttpResponse:
    """Go back to the page, to the same place."""
    path = reverse("workflows:edit", args=[pk])
    asked = f"?{urlencode(query)}" if query else ""
    return redirect(f"{path}{asked}#{anchor}" if anchor else f"{path}{asked}")


def stored_fields(form: PartForm, page: BuilderPage) -> dict[str, dict[str, str]]:
    """Return what each field of the form holds now, and how it is shown."""
    stored = stored_values(form, page)
    return {
        name: {
            "base": as_text(stored.get(name)),
            "shown": field.shown(stored.get(name), page.scope),
            "unit": field.unit(stored.get(name)) if stored.get(name) not in ("", None) else "",
        }
        for name, field in form.fields.items()
    }


def stored_values(form: PartForm, page: BuilderPage) -> dict[str, Any]:
    """Return the stored values of the form's fields."""
    workflow = page.workflow
    if form.id == "details":
        return {name: getattr(workflow, name) for name in form.fields}
    if form.id == "trigger":
        return {name: workflow.trigger_config.get(name) for name in form.fields}
    key = int(form.id[1:])
    if form.id.startswith("v"):
        return next((variable_fields(row) for row in workflow.variables.all() if row.pk == key), {})
    steps = page.steps
    config: dict[str, Any] = next((step.config for step in steps if step.pk == key), {})
    return {name: config.get(name) for name in form.fields}


def conflict_context(form: PartForm, saved: Saved, page: BuilderPage) -> dict[str, Any]:
    """Return what the conflict's card says: who saved, when, and each field twice."""
    who = saved.others
    is_other = who is not None and who.pk != page.reader.pk
    return {
        "form": form,
        "workflow": page.workflow,
        "who": who.display_name if who is not None and is_other else "",
        "at": saved.others_at,
        "fields": [_conflict_field(one, form, page) for one in saved.conflicts],
    }


def _conflict_field(conflict: Conflict, form: PartForm, page: BuilderPage) -> ConflictField:
    field = form.fields[conflict.name]
    mine, theirs = (field.words(one, page.scope) for one in (conflict.mine, conflict.theirs))
    return ConflictField(
        name=conflict.name,
        id=f"{form.id}-{conflict.name}",
        label=str(field.label),
        mine=_lines(mine, theirs),
        theirs=_lines(theirs, mine),
        mine_sent=list(field.sent(conflict.mine).items()),
        theirs_value=field.shown(conflict.theirs, page.scope),
        theirs_unit=field.unit(conflict.theirs),
        theirs_base=as_text(conflict.theirs),
    )


def _lines(text: str, other: str) -> list[Line]:
    """Return the lines of a text, those that the other lacks marked."""
    lines = text.split("\n")
    common, _theirs = in_common(lines, other.split("\n"), Budget())
    return [Line(line, at not in common) for at, line in enumerate(lines)]


def answer_removed(
    request: HttpRequest, pk: int, what: str, removed: RemovedPart | None
) -> HttpResponse:
    """Answer a save to a part that is gone: who removed it, and how it comes back."""
    sentence = removed_sentence(what, removed, reader_of(request))
    if is_script(request):
        page = fresh_page(request, pk)
        html = render_to_string(
            "workflows/builder/_gone.html",
            {"sentence": sentence, "removed": removed, "workflow": page.workflow},
            request,
        )
        return JsonResponse(state_of(request, page) | {"gone": html}, status=410)
    undo = reverse("workflows:edit_restore", args=[pk, removed.pk]) if removed else ""
    say(request, sentence, undo=undo)
    return back_to(pk)


def removed_sentence(what: str, removed: RemovedPart | None, reader: Member) -> str:
    """Say who removed the part that is still open on this page."""
    if removed is None or removed.removed_by is None:
        return _("%(what)s is not in the draft any more.") % {"what": what}
    if removed.removed_by_id == reader.pk:
        return _("You removed %(what)s in another window.") % {"what": what}
    values = {"what": what, "who": removed.removed_by.display_name}
    return _("%(who)s removed %(what)s while you were writing.") % values
