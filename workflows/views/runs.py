"""The activity: a workflow's runs, and one of them opened."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from workflows.failures import see_failures
from workflows.models import Run
from workflows.payload import InvalidJSON, JSONValue, parse_json, unknown_keys
from workflows.payload_tree import payload_tree
from workflows.provided import variable_specs
from workflows.run_lines import run_lines, run_page
from workflows.step_cards import step_reports
from workflows.views.access import managed_workflow, reader_of

FILTERS = [("", _("All")), *Run.Status.choices]
LARGEST_KEY = 2**63 - 1


@require_safe
def runs(request: HttpRequest, pk: int) -> HttpResponse:
    """List the runs, newest first, by keyset pages."""
    workflow = managed_workflow(request, pk)
    see_failures(workflow=workflow, member=reader_of(request))
    status = request.GET.get("status", "")
    if status not in Run.Status.values:
        status = ""
    context = {
        "workflow": workflow,
        "page": run_page(workflow, before=_key(request), status=status),
        "status": status,
        "filters": FILTERS,
        "in_workflows": True,
        "tab": "activity",
    }
    return render(request, "workflows/runs.html", context)


def _key(request: HttpRequest) -> int | None:
    given = request.GET.get("before", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 19):
        raise Http404
    return min(int(given), LARGEST_KEY)


@require_safe
def run(request: HttpRequest, pk: int, run_id: str) -> HttpResponse:
    """Show one run: why it failed, its facts, what each step did, what was received."""
    workflow = managed_workflow(request, pk)
    rows = Run.objects.filter(workflow=workflow).select_related("version__published_by")
    found = get_object_or_404(rows.prefetch_related("step_runs"), run_id=run_id)
    variables = [one.key for one in variable_specs(found.version.definition)]
    document = _document(found)
    context = {
        "workflow": workflow,
        "run": found,
        "line": run_lines([found])[0],
        "reports": step_reports(found, reader_of(request)),
        "tree": payload_tree(document, variables) if found.payload else None,
        "run_days": settings.DECLIC_RUN_DAYS,
        "unused": unknown_keys(document, variables),
        "in_workflows": True,
        "tab": "activity",
    }
    return render(request, "workflows/run.html", context)


def _document(run: Run) -> JSONValue:
    try:
        return parse_json(run.payload.encode()) if run.payload else {}
    except InvalidJSON:
        return {}
