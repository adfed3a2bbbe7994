"""“Your workflows”, all published ones for team admins, and the page about one for everybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from messaging.models import App
from workflows.access import no_guest
from workflows.gallery import all_ready
from workflows.models import Workflow
from workflows.registry import trigger_kinds
from workflows.services import may_build
from workflows.views.workflow_list import Filters, published_workflows, your_workflows

SHOWN_READY = 3


@require_safe
def workflows(request: HttpRequest) -> HttpResponse:
    """List what the reader manages, in constant queries."""
    reader = no_guest(request)
    filters = Filters.of(request.GET)
    found = your_workflows(reader, filters, request.GET.get("page"))
    is_empty = filters.is_empty and not found.counts["all"]
    ready = all_ready() if is_empty else []
    context = {
        "found": found,
        "filters": filters,
        "trigger_kinds": trigger_kinds.all(),
        "is_empty": is_empty,
        "ready": ready[:SHOWN_READY],
        "ready_count": len(ready),
        "may_build": any(
            may_build(member=reader, trigger_kind=kind) for kind in ("webhook", "shortcut")
        ),
        "in_workflows": True,
    }
    return render(request, "workflows/list.html", context)


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """List all that is live, for team admins: no draft, no URL, nothing that was received."""
    reader = no_guest(request)
    if not reader.is_team_admin:
        raise Http404
    query = request.GET.get("q", "")
    context = {
        "found": published_workflows(reader, query, request.GET.get("page")),
        "query": query,
        "in_workflows": True,
    }
    return render(request, "workflows/published.html", context)


@require_safe
def about(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell every member what posts under this name: no draft, no URL, nothing that was received."""
    reader = no_guest(request)
    app = get_object_or_404(App, pk=pk, is_workflow=True)
    workflow = Workflow.objects.select_related("published_version").filter(app=app).first()
    newest = workflow.versions.first() if workflow else None
    is_manager = bool(workflow) and Workflow.objects.managed_by(reader).filter(app=app).exists()
    if workflow and newest is None and not is_manager:
        raise Http404  # a draft is nobody else's business
    context = {
        "app": app,
        "workflow": workflow,
        "shown": newest.definition if newest else None,
        "managers": workflow.managers.filter(is_active=True) if workflow else [],
        "is_manager": is_manager,
        "may_join": bool(workflow and workflow.is_published)
        and reader.is_team_admin
        and not is_manager,
        "in_workflows": True,
    }
    return render(request, "workflows/about.html", context)
