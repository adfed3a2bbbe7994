"""The builder: one page on which a draft is edited, saved as one goes."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.toasts import say
from workflows.access import managed_workflow, reader_of
from workflows.builder.answers import (
    PartForm,
    answer_removed,
    answer_saved,
    back_to,
    fresh_page,
    is_script,
    show_page,
)
from workflows.builder.controls import read_fields
from workflows.builder.offers import rename_offer
from workflows.builder.parts import DETAILS, VARIABLE
from workflows.fields.base import Configured
from workflows.models import Workflow
from workflows.registry import step_kinds, trigger_kinds
from workflows.services import set_trigger
from workflows.services.editing import (
    PartRemoved,
    Typed,
    save_details,
    save_step,
    save_trigger,
    save_variable,
)


@require_safe
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the draft with everything that is left to correct."""
    page = fresh_page(request, pk)
    offer = rename_offer(
        request, page, request.GET.get("renamed", ""), request.GET.get("variable", "")
    )
    return show_page(request, page, offer=offer)


@require_POST
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """Save name, description and icon; what can't be one is refused and stays on the page."""
    workflow = managed_workflow(request, pk)
    form = PartForm(
        id="details",
        action=reverse("workflows:edit_details", args=[pk]),
        name=_("the name, description or icon"),
        fields=DETAILS.fields(),
    )
    fields = read_fields(DETAILS.fields(), request.POST)
    try:
        saved = save_details(workflow=workflow, by=reader_of(request), fields=fields)
    except ValidationError as error:
        return _refused(request, pk, error, fields)
    return answer_saved(request, pk, form, saved)


def _refused(
    request: HttpRequest, pk: int, error: ValidationError, fields: dict[str, Typed]
) -> HttpResponse:
    errors = {name: " ".join(texts) for name, texts in error.message_dict.items()}
    if is_script(request):
        return JsonResponse({"errors": errors}, status=422)
    typed = {name: one.value for name, one in fields.items()}
    return show_page(request, fresh_page(request, pk), status=422, errors=errors, typed=typed)


@require_POST
def trigger(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the settings of what starts the workflow."""
    workflow = managed_workflow(request, pk)
    kind = trigger_kinds.find(workflow.trigger_kind)
    form = _form_of(kind, "trigger", reverse("workflows:edit_trigger", args=[pk]), _("the trigger"))
    reader = reader_of(request)
    saved = save_trigger(
        workflow=workflow, by=reader, fields=read_fields(form.fields, request.POST)
    )
    return answer_saved(request, pk, form, saved)


@require_POST
def trigger_kind(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what starts the workflow; fixed once it was published."""
    workflow = managed_workflow(request, pk)
    try:
        set_trigger(workflow=workflow, by=reader_of(request), kind=request.POST.get("kind", ""))
    except ValidationError as error:
        say(request, " ".join(error.messages))
    except PermissionDenied:
        say(request, _("You may not build workflows that start this way."))
    return back_to(pk, "trigger")


@require_POST
def step(request: HttpRequest, pk: int, step_key: int) -> HttpResponse:
    """Save some fields of a step."""
    workflow = managed_workflow(request, pk)
    number, kind = _step_kind(workflow, step_key)
    name = _("step %(number)s") % {"number": number} if number else _("this step")
    form = _form_of(kind, f"s{step_key}", reverse("workflows:edit_step", args=[pk, step_key]), name)
    reader = reader_of(request)
    fields = read_fields(form.fields, request.POST)
    try:
        saved = save_step(workflow=workflow, key=step_key, by=reader, fields=fields)
    except PartRemoved as error:
        return answer_removed(request, pk, _("this step"), error.removed)
    except ValidationError as error:
        if is_script(request):
            return _refused(request, pk, error, fields)
        say(request, " ".join(error.messages))
        return back_to(pk, form.id)
    return answer_saved(request, pk, form, saved)


def _step_kind(workflow: Workflow, key: int) -> tuple[int, Any]:
    for number, one in enumerate(workflow.steps.all(), 1):
        if one.pk == key:
            return number, step_kinds.find(one.kind)
    return 0, None


def _form_of(kind: Configured | None, id: str, action: str, name: str) -> PartForm:
    return PartForm(id=id, action=action, name=name, fields=kind.fields() if kind else {})


@require_POST
def variable(request: HttpRequest, pk: int, variable_key: int) -> HttpResponse:
    """Save some fields of a variable; a new key offers to be written into the steps that use it."""
    workflow, key = managed_workflow(request, pk), variable_key
    row = next((one for one in workflow.variables.all() if one.pk == key), None)
    fields = read_fields(VARIABLE.fields(), request.POST)
    if request.POST.get("use") and "base-key" in request.POST:
        fields["key"] = Typed(request.POST["use"], request.POST["base-key"])
    form = PartForm(
        id=f"v{key}",
        action=reverse("workflows:edit_variable", args=[pk, key]),
        name=_("the variable %(key)s") % {"key": row.shown_key if row else ""},
        fields=VARIABLE.fields(),
    )
    try:
        saved = save_variable(workflow=workflow, key=key, by=reader_of(request), fields=fields)
    except PartRemoved as error:
        return answer_removed(request, pk, _("this variable"), error.removed)
    if not saved.renamed_from or saved.conflicts:
        return answer_saved(request, pk, form, saved)
    if not is_script(request):
        return back_to(pk, form.id, renamed=saved.renamed_from, variable=str(key))
    offer = rename_offer(request, fresh_page(request, pk), saved.renamed_from, str(key))
    return answer_saved(request, pk, form, saved, offer=offer)
