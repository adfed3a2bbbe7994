"""A workflow's page for its managers."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST, require_safe

from workflows import url_tokens
from workflows.access import IS_SCRIPT, managed_workflow, reader_of, without_referrer
from workflows.drafts import examples
from workflows.drafts.step_cards import step_cards
from workflows.models import Workflow
from workflows.services import (
    NotPublished,
    draft_problems,
    request_url,
    send_test_request,
)
from workflows.services.files import dump_workflow
from workflows.services.live_test import TestAnswer
from workflows.shown_url import unreadable, url_context
from workflows.views.overview import Overview, overview_of

SEEN = "X-Declic-Seen"  # what the page shows already; 204 where there is nothing else


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the draft, what to send, a test, the last runs; the request URL only masked."""
    workflow = managed_workflow(request, pk)
    overview = overview_of(workflow)
    if request.headers.get(SEEN) == overview.seen:
        return HttpResponse(status=204)
    tested = workflow.runs.filter(run_id=request.GET.get("test", "")).first()
    answer = TestAnswer(200, {"ok": True, "run": tested.run_id}) if tested else None
    return _page(request, workflow, overview=overview, answer=answer, tested=tested)


@require_POST
@sensitive_variables()
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the request URL in the clear, on the page or (to its script) as data."""
    workflow = managed_workflow(request, pk)
    try:
        url = request_url(workflow=workflow)
    except url_tokens.TokenUnreadable:
        if request.headers.get(IS_SCRIPT):
            return JsonResponse({"error": unreadable()}, status=409)
        return _page(request, workflow, url_error=unreadable())
    if request.headers.get(IS_SCRIPT):
        shown = {"url": url, "curl": examples.curl_command(workflow, url)}
        return without_referrer(JsonResponse(shown))
    return _page(request, workflow, url=url)


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test request, which posts for real; show what the sender would have got."""
    workflow = managed_workflow(request, pk)
    try:
        answer = send_test_request(workflow=workflow, by=reader_of(request))
    except NotPublished:
        return redirect(workflow)
    if answer.run_id:
        return redirect(f"{workflow.get_absolute_url()}?test={answer.run_id}#test")
    return _page(request, workflow, answer=answer)


@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the draft as a workflow file."""
    workflow = managed_workflow(request, pk)
    file = dump_workflow(workflow, reader=reader_of(request)) + "\n"
    answer = HttpResponse(file, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="workflow-{workflow.pk}.json"'
    return answer


@sensitive_variables("url", "curl", "context")
def _page(
    request: HttpRequest,
    workflow: Workflow,
    *,
    url: str = "",
    overview: Overview | None = None,
    **context: Any,
) -> HttpResponse:
    reader = reader_of(request)
    problems = draft_problems(workflow=workflow, by=reader)
    curl = examples.curl_command(workflow, url) if url else examples.curl_without_url(workflow)
    context |= {
        **url_context(workflow, url),
        "workflow": workflow,
        "cards": step_cards(list(workflow.steps.all()), problems, reader),
        "problems": problems,
        "general_problems": [one for one in problems if one.step is None],
        "example": examples.pretty_json(examples.example_payload(workflow)),
        "curl": curl,
        "shows_curl": workflow.is_published,  # the way to try what is live
        "overview": overview or overview_of(workflow),
        "in_workflows": True,
        "tab": "overview",
    }
    return without_referrer(render(request, "workflows/detail.html", context))
