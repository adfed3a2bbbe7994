"""New workflows: from scratch, from a ready one, from a file, as a copy; all end in the builder."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.models import Member
from messaging.toasts import say
from workflows.access import no_guest
from workflows.forms import ImportForm
from workflows.gallery import all_ready, find_ready
from workflows.models import Workflow
from workflows.registry import trigger_kinds
from workflows.services import DraftProblems, Problem, copy_workflow, may_build
from workflows.services.files import import_workflow
from workflows.services.starting_points import create_from_ready, create_from_scratch

FIRST = "webhook"  # the trigger that is chosen already
ADMINS_NAMED = 5


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the ways to begin; start from scratch with a trigger, in a channel's menu if asked."""
    reader = no_guest(request)
    if request.method != "POST":
        return _page(request, reader)
    try:
        made = create_from_scratch(
            by=reader,
            trigger_kind=request.POST.get("trigger", FIRST),
            channel=request.POST.get("channel", ""),
        )
    except PermissionDenied:
        return _page(request, reader, status=403)
    except ValidationError:
        return _page(request, reader, error=_("Choose what starts it."), status=422)
    return redirect("workflows:edit", made.pk)


@require_POST
def from_gallery(request: HttpRequest) -> HttpResponse:
    """Make a draft of a ready workflow."""
    reader = no_guest(request)
    ready = find_ready(request.POST.get("ready", ""))
    if ready is None:
        raise Http404
    try:
        made = create_from_ready(by=reader, file=ready.file)
    except PermissionDenied:
        return _page(request, reader, status=403)
    return redirect("workflows:edit", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def from_file(request: HttpRequest) -> HttpResponse:
    """Make a draft of a workflow file, uploaded or pasted; what doesn't fit is named."""
    reader = no_guest(request)
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = import_workflow(given["text"], by=reader, file_name=given["file_name"])
        except DraftProblems as error:
            problems = error.problems
        except PermissionDenied:
            return _page(request, reader, status=403)
        else:
            say(request, _("Imported into a draft"))
            return redirect("workflows:edit", made.pk)
    context = {"importing": form, "problems": problems, "in_workflows": True}
    status = 422 if request.method == "POST" else 200
    return render(request, "workflows/import.html", context, status=status)


@require_POST
def from_mine(request: HttpRequest) -> HttpResponse:
    """Make a draft with the trigger, variables and steps of a workflow that one manages."""
    reader = no_guest(request)
    chosen = request.POST.get("workflow", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        raise Http404
    workflow = get_object_or_404(Workflow.objects.managed_by(reader), pk=chosen)
    try:
        made = copy_workflow(workflow=workflow, by=reader)
    except PermissionDenied:
        return _page(request, reader, status=403)
    say(request, _("Copied into a draft"))
    return redirect("workflows:edit", made.pk)


def _page(
    request: HttpRequest, reader: Member, *, status: int = 200, **context: Any
) -> HttpResponse:
    kinds = sorted(
        trigger_kinds.all(), key=lambda kind: (kind.kind != FIRST, not kind.is_in_channel_menu)
    )
    allowed = {kind.kind: may_build(member=reader, trigger_kind=kind.kind) for kind in kinds}
    wanted = request.GET.get("trigger", FIRST)
    first = next((one for one in (wanted, *allowed) if allowed.get(one)), "")
    context = {
        "kinds": [(kind, allowed[kind.kind], kind.kind == first) for kind in kinds],
        "may_build": bool(first),
        "refused": [str(kind.label) for kind in kinds if not allowed[kind.kind]],
        "channel": request.GET.get("channel", ""),  # from that channel's menu
        "ready": [
            (one, one.shown_to(reader), allowed[one.trigger_kind.kind]) for one in all_ready()
        ],
        "mine": Workflow.objects.managed_by(reader),
        "importing": ImportForm(),
        "admins": Member.objects.team_admins()[:ADMINS_NAMED],
        "in_workflows": True,
        **context,
    }
    return render(request, "workflows/new.html", context, status=status)
