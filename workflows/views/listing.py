"""“Your workflows”, and the page that a workflow's name in a message leads to."""

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from messaging.models import App, Member
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.models.workflow import WorkflowQuerySet
from workflows.services import may_build
from workflows.views.access import no_guest

RECENT_RUNS = 100  # among which failures are counted


@require_safe
def workflows(request: HttpRequest) -> HttpResponse:
    """List what the reader manages, in constant queries."""
    reader = no_guest(request)
    managed = Workflow.objects.managed_by(reader)
    query = request.GET.get("q", "").strip()
    found = _as_listed(managed)
    if query:
        found = found.filter(
            Q(name__icontains=query)
            | Q(description__icontains=query)
            | Q(pk__in=Workflow.objects.filter(managers__display_name__icontains=query))
        )
    context = {
        "workflows": found,
        "query": query,
        "may_build": may_build(member=reader, trigger_kind="webhook"),
        "in_workflows": True,
    }
    return render(request, "workflows/list.html", context)


def _as_listed(workflows: WorkflowQuerySet) -> WorkflowQuerySet:
    """Fetch what a line shows, however many lines there are."""
    runs = Run.objects.filter(workflow=OuterRef("pk")).order_by("-pk")
    recent = Run.objects.filter(workflow=OuterRef(OuterRef("pk"))).order_by("-pk")
    failed = (
        Run.objects.filter(pk__in=recent.values("pk")[:RECENT_RUNS], status=Run.Status.FAILED)
        .order_by()
        .values("workflow")
        .annotate(count=Count("pk"))
        .values("count")
    )
    first_versions = WorkflowVersion.objects.filter(number=1).only("pk", "workflow")
    return (
        workflows.with_draft()
        .annotate(
            last_run_at=Subquery(runs.values("accepted_at")[:1]),
            failures=Coalesce(Subquery(failed, output_field=IntegerField()), 0),
        )
        .prefetch_related(
            Prefetch("managers", Member.objects.active().order_by("manager_rows__pk")),
            Prefetch("versions", first_versions),
        )
    )


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
