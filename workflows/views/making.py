"""A copy of a workflow, and the end of one."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.toasts import say
from workflows.access import managed_workflow, reader_of
from workflows.runs.ending import open_runs
from workflows.services import (
    copy_workflow,
    delete_workflow,
)

PAGES = ["GET", "HEAD", "POST"]


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft with the same trigger, variables and steps."""
    workflow = managed_workflow(request, pk)
    try:
        made = copy_workflow(workflow=workflow, by=reader_of(request))
    except PermissionDenied:
        raise Http404 from None
    say(request, _("Copied into a draft"))
    return redirect("workflows:edit", made.pk)


@require_http_methods(PAGES)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the name, say what ends and what stays, and delete."""
    workflow = managed_workflow(request, pk)
    typed = request.POST.get("name", "")
    if request.method == "POST" and " ".join(typed.split()) == workflow.name:
        delete_workflow(workflow=workflow, by=reader_of(request))
        say(request, _("“%(name)s” deleted") % {"name": typed})
        return redirect("workflows:list")
    context = {
        "workflow": workflow,
        "typed": typed,
        "is_wrong": request.method == "POST",
        "waiting": open_runs(workflow).count(),
        "in_workflows": True,
        "tab": "overview",
        "hides_publish": True,
    }
    return render(request, "workflows/delete.html", context)
