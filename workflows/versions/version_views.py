"""Versions: the list, the difference between two, and one put back into the draft."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from messaging.toasts import say
from workflows.access import managed_workflow, reader_of
from workflows.models import Workflow, WorkflowVersion
from workflows.services import DraftChanged, draft_digest, restore_version
from workflows.versions.review import review
from workflows.versions.version_page import DRAFT, comparison, find_version, numbers, version_page


@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """List the versions; show what differs between the two that are asked for."""
    workflow = managed_workflow(request, pk)
    before = request.GET.get("before", "")
    found = comparison(workflow, request.GET, reader=reader_of(request))
    is_number = before.isascii() and before.isdigit() and len(before) < 10
    context = {
        "workflow": workflow,
        "page": version_page(workflow, int(before) if is_number else None),
        "numbers": numbers(workflow),
        "comparison": found,
        "draft": DRAFT,
        "in_workflows": True,
        "tab": "versions",
    }
    return render(request, "workflows/publish/versions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say what the draft loses and gets; put the version into it."""
    workflow = managed_workflow(request, pk)
    version = find_version(workflow, str(number))
    has_changed = False
    if request.method == "POST":
        reviewed = request.POST.get("reviewed", "")
        try:
            restore_version(
                workflow=workflow, version=version, by=reader_of(request), reviewed=reviewed
            )
        except DraftChanged:
            has_changed = True
            workflow = managed_workflow(request, pk)
        else:
            say(request, _("Version %(number)s is in the draft") % {"number": version.number})
            return redirect("workflows:edit", pk)
    context = {
        "workflow": workflow,
        "version": version,
        "review": review(workflow.definition(), version.definition, reader=reader_of(request)),
        "loses_changes": _is_in_no_version(workflow, version),
        "has_changed": has_changed,
        "reviewed": draft_digest(workflow),
        "in_workflows": True,
        "tab": "versions",
    }
    return render(request, "workflows/publish/restore.html", context)


def _is_in_no_version(workflow: Workflow, version: WorkflowVersion) -> bool:
    """Tell whether the draft holds what neither the newest, nor the live, nor this version does."""
    draft = workflow.definition()
    known = [workflow.published_version, workflow.versions.first(), version]
    return all(one is None or one.definition != draft for one in known)
