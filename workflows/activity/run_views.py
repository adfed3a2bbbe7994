"""The activity: a workflow's runs and refused requests, and one of them opened."""

import secrets
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_safe

from messaging.models import Member
from workflows.access import IS_SCRIPT, managed_workflow, reader_of
from workflows.activity.export import csv_lines
from workflows.activity.filters import (
    ALL,
    PERIODS,
    REFUSED,
    STATUSES,
    TODAY,
    WEEK,
    ActivityPage,
    Filters,
    activity_page,
    refusals,
    run_state,
    shown_count,
)
from workflows.activity.refusal_words import RefusedLine, cause
from workflows.activity.replays import replay_choices
from workflows.drafts.step_cards import step_reports
from workflows.models import RefusalSample, Run, Workflow
from workflows.payload.body import InvalidJSON, JSONValue, unknown_keys
from workflows.payload.tree import payload_tree
from workflows.payload.variable_values import VariableSpec
from workflows.runs.ending import show_as_ended
from workflows.runs.failures import see_failures
from workflows.runs.provided import variable_specs
from workflows.runs.provided_channels import channel_keys, with_names
from workflows.runs.run_lines import run_lines
from workflows.runs.shown_texts import ShownTexts
from workflows.services.audit import record
from workflows.services.replay import received

SEEN = "X-Declic-Seen"  # what the page shows already; 204 where there is nothing else
LARGEST_KEY = 2**63 - 1
LONGEST_QUERY = 200
STATUS_LABELS = {
    "": gettext_lazy("All"),
    Run.Status.SUCCEEDED: gettext_lazy("Succeeded"),
    Run.Status.FAILED: gettext_lazy("Failed"),
    Run.Status.WAITING: gettext_lazy("Waiting"),
    Run.Status.CANCELLED: gettext_lazy("Cancelled"),
    REFUSED: gettext_lazy("Rejected"),
}


@require_safe
def runs(request: HttpRequest, pk: int) -> HttpResponse:
    """List runs and refused requests, newest first; what is new goes to the page's script."""
    workflow = managed_workflow(request, pk)
    filters = read_filters(request)
    is_refusals = filters.status == REFUSED
    page = activity_page(workflow, filters)
    if request.headers.get(SEEN) == page.seen:
        return HttpResponse(status=204)
    shown = refusals(workflow, filters) if is_refusals else None
    causes = [(cause(one), count) for one, count in shown.causes] if shown else []
    minutes = [(one, cause(one.error)) for one in shown.minutes] if shown else []
    return _answer(
        request,
        workflow,
        filters,
        page,
        refusals=shown,
        causes=causes,
        minutes=minutes,
    )


@require_safe
def run(request: HttpRequest, pk: int, run_id: str) -> HttpResponse:
    """Show one run: why it failed, its facts, what each step did, what was received."""
    workflow = managed_workflow(request, pk)
    return show_run(request, workflow, find_run(workflow, run_id))


def find_run(workflow: Workflow, run_id: str) -> Run:
    """Return the workflow's run with this ID; 404 for any other."""
    rows = Run.objects.filter(workflow=workflow).select_related("version__published_by")
    found = get_object_or_404(rows.prefetch_related("step_runs"), run_id=run_id)
    show_as_ended(found, workflow)
    return found


def show_run(
    request: HttpRequest, workflow: Workflow, found: Run, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Show the run beside the list."""
    filters = read_filters(request)
    page = activity_page(workflow, filters)
    state = run_state(found)
    if request.headers.get(SEEN) == f"{page.seen} {state}":
        return HttpResponse(status=204)
    reader = reader_of(request)
    document = _document(found)
    specs = variable_specs(found.version.definition)
    keys = [one.key for one in specs]
    line = run_lines([found])[0]
    context |= {
        "run": found,
        "state": state,
        "line": line,
        "reason": ShownTexts(found.values).show(line.reason),
        "reports": step_reports(found, reader),
        "tree": payload_tree(_named(document, specs, reader), keys) if found.payload else None,
        "run_days": settings.DECLIC_RUN_DAYS,
        "unused": unknown_keys(document, keys),
        "replays": replay_choices(found, workflow, reader),
        "once": secrets.token_urlsafe(),  # a form sent twice replays once
    }
    return _answer(request, workflow, filters, page, status=status, opened=found.run_id, **context)


@require_safe
def refusal(request: HttpRequest, pk: int, sample_key: int) -> HttpResponse:
    """Show one refused request: what was wrong, what to do, what the sender got."""
    workflow = managed_workflow(request, pk)
    sample = get_object_or_404(RefusalSample.objects.filter(workflow=workflow), pk=sample_key)
    filters = read_filters(request)
    page = activity_page(workflow, filters)
    if request.headers.get(SEEN) == page.seen:
        return HttpResponse(status=204)
    line = RefusedLine(sample)
    return _answer(request, workflow, filters, page, opened=line.key, refused=line)


@require_GET
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Give the runs of the filters as a CSV file, read in batches while it is sent."""
    workflow = managed_workflow(request, pk)
    filters = read_filters(request)
    if filters.status == REFUSED:
        raise Http404  # what was refused is no run
    record("export_runs", workflow=workflow, by=reader_of(request))
    answer = StreamingHttpResponse(
        csv_lines(workflow, filters, reader_of(request)), content_type="text/csv"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="runs-{workflow.pk}.csv"'
    return answer


def read_filters(request: HttpRequest) -> Filters:
    """Return what the address asks for; what is none of the choices asks for nothing."""
    asked = request.GET
    status, period = asked.get("status", ""), asked.get("when", "")
    return Filters(
        status=status if status in STATUSES else "",
        period=period if period in PERIODS else WEEK,
        query=asked.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY],
        before=_key(asked.get("before", "")),
    )


def _key(given: str) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 19):
        raise Http404
    return min(int(given), LARGEST_KEY)


def _answer(
    request: HttpRequest,
    workflow: Workflow,
    filters: Filters,
    page: ActivityPage,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Answer with the page, or to its script with the parts that change by themselves."""
    see_failures(workflow=workflow, member=reader_of(request))
    counted = {Run.Status.FAILED: page.failed, REFUSED: page.refused}
    asked = request.GET.copy()
    asked.pop("before", None)
    context |= {
        "workflow": workflow,
        "page": page,
        "filters": filters,
        "statuses": [
            (value, label, shown_count(counted[value]) if counted.get(value) else "")
            for value, label in STATUS_LABELS.items()
        ],
        "periods": _period_labels(),
        "asked": f"?{request.GET.urlencode()}" if request.GET else "",
        "asked_newest": f"?{asked.urlencode()}" if asked else "",
        "in_workflows": True,
        "tab": "activity",
    }
    is_script = bool(request.headers.get(IS_SCRIPT))
    template = "workflows/runs/_live.html" if is_script else "workflows/runs/page.html"
    return render(request, template, context, status=status)


def _period_labels() -> list[tuple[str, str]]:
    return [
        (WEEK, _("Last 7 days")),
        (TODAY, _("Today")),
        (ALL, _("Last %(days)d days") % {"days": settings.DECLIC_RUN_DAYS}),
    ]


def _named(document: JSONValue, specs: list[VariableSpec], reader: Member) -> JSONValue:
    """Return the document as the reader may see it: channels that started it by their name."""
    keys = channel_keys(specs)
    return (
        with_names([document], keys, reader)[0] if keys and isinstance(document, dict) else document
    )


def _document(run: Run) -> JSONValue:
    try:
        return received(run) if run.payload else {}
    except InvalidJSON:
        return {}
