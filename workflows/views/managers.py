"""Who manages a workflow, and how team admins get in."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.models import Member
from messaging.toasts import say
from workflows.access import managed_workflow, no_guest, reader_of
from workflows.forms import ManagerForm
from workflows.models import Workflow
from workflows.services import add_manager, add_self_as_manager, remove_manager

SUGGESTIONS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def managers(request: HttpRequest, pk: int) -> HttpResponse:
    """List the managers and add one, who is told."""
    workflow = managed_workflow(request, pk)
    given = request.POST if request.method == "POST" else None
    form = ManagerForm(given, by=reader_of(request))
    if request.method == "POST" and form.is_valid():
        member = form.cleaned_data["person"]
        try:
            is_new = add_manager(workflow=workflow, member=member, by=reader_of(request))
        except ValidationError as error:
            form.add_error("person", error)
        else:
            told = _("%(name)s is a manager now, and was told.")
            if not is_new:
                told = _("%(name)s was a manager already.")
            say(request, told % {"name": member.display_name})
            return redirect("workflows:managers", pk)
    return _page(request, workflow, form)


def _page(
    request: HttpRequest, workflow: Workflow, form: ManagerForm, error: str = ""
) -> HttpResponse:
    people = list(workflow.managers.order_by("manager_rows__pk"))
    others = Member.objects.active().exclude(role=Member.Role.GUEST)
    context = {
        "workflow": workflow,
        "people": people,
        "suggestions": others.exclude(pk__in=[one.pk for one in people])[:SUGGESTIONS],
        "form": form,
        "error": error,
        "in_workflows": True,
        "tab": "managers",
    }
    return render(request, "workflows/managers.html", context)


@require_POST
def remove(request: HttpRequest, pk: int, member_id: str) -> HttpResponse:
    """Remove a manager, or leave; never the last one."""
    workflow = managed_workflow(request, pk)
    member = get_object_or_404(workflow.managers, member_id=member_id)
    reader = reader_of(request)
    try:
        remove_manager(workflow=workflow, member=member, by=reader)
    except ValidationError as error:
        return _page(request, workflow, ManagerForm(by=reader), " ".join(error.messages))
    if member.pk == reader.pk:
        say(request, _("You no longer manage “%(name)s”.") % {"name": workflow.name})
        return redirect("workflows:list")
    say(request, _("%(name)s is no longer a manager.") % {"name": member.display_name})
    return redirect("workflows:managers", pk)


@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a team admin in on a published workflow; the managers are told."""
    reader = no_guest(request)
    workflow = get_object_or_404(Workflow, pk=pk)
    try:
        add_self_as_manager(workflow=workflow, by=reader)
    except PermissionDenied:
        raise Http404 from None
    say(request, _("You are a manager now. The other managers were told."))
    return redirect(workflow)
