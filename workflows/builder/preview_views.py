"""The preview beside the builder, and tests of the draft."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.core import is_ratelimited

from messaging.models import Channel, Member
from workflows.access import IS_SCRIPT, managed_workflow, reader_of
from workflows.drafts import examples
from workflows.drafts.preview import Preview, preview
from workflows.models import Run, Workflow
from workflows.payload.body import InvalidJSON, InvalidPayload, JSONValue, read_body
from workflows.payload.json_words import why_not_json
from workflows.runs.provided import usable_variables
from workflows.services.draft_test import channels_for_tests, send_draft_test

EXAMPLES, PASTED = "examples", "json"
OFFERED_RUNS = 10
TEST_RATE = "20/m"  # for each member


@dataclass(frozen=True)
class Values:
    """What the variables are filled with: where it comes from, the document, or its error."""

    source: str
    document: JSONValue
    pasted: str = ""
    error: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the draft's messages with examples, pasted JSON or an earlier run's payload."""
    workflow = managed_workflow(request, pk)
    values = chosen_values(request, workflow)
    return _answer(request, workflow, values)


@require_POST
@sensitive_variables()
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Post the draft's messages, marked as a test, and show the preview with what was sent."""
    workflow = managed_workflow(request, pk)
    reader = reader_of(request)
    values = chosen_values(request, workflow)
    if values.error:
        return _answer(request, workflow, values)
    if is_ratelimited(
        request,
        group="draft-test",
        key=lambda _group, _request: str(reader.pk),
        rate=TEST_RATE,
        method="POST",
        increment=True,
    ):
        return _answer(request, workflow, values, test_error=_("Wait a minute before more tests."))
    try:
        sent = send_draft_test(
            workflow=workflow,
            by=reader,
            document=values.document,
            channel=_test_channel(request, reader),
        )
    except PermissionDenied:
        raise Http404 from None
    except ValidationError as error:
        return _answer(request, workflow, values, test_error=" ".join(error.messages))
    return _answer(request, workflow, values, sent=sent)


def _test_channel(request: HttpRequest, reader: Member) -> Channel | None:
    wanted = request.POST.get("to", "")
    if not wanted:
        return None
    return get_object_or_404(Channel.objects.named().visible_to(reader), channel_id=wanted)


def chosen_values(request: HttpRequest, workflow: Workflow) -> Values:
    """Return what the form asks the variables to be filled with."""
    asked = request.POST or request.GET  # a run's page leads here with ?fill=
    source, pasted = asked.get("fill", EXAMPLES), asked.get("pasted", "")
    if source == PASTED:
        return _pasted_values(pasted)
    if source != EXAMPLES:
        return _values_of_run(workflow, source, pasted)
    return Values(EXAMPLES, _example(workflow), pasted)


def _example(workflow: Workflow) -> dict[str, JSONValue]:
    """Return what the page tells to send: with this, a real run writes what the preview shows."""
    return examples.example_document(usable_variables(workflow.definition()))


def _pasted_values(pasted: str) -> Values:
    try:
        return Values(PASTED, read_body(pasted.encode(), "application/json"), pasted)
    except InvalidJSON as error:
        return Values(PASTED, {}, pasted, why_not_json(error))
    except InvalidPayload:
        return Values(PASTED, {}, pasted, _("An object is expected: {…}"))
    except UnicodeEncodeError:
        return Values(PASTED, {}, pasted, _("This is not JSON."))


def _values_of_run(workflow: Workflow, run_id: str, pasted: str) -> Values:
    run = get_object_or_404(Run.objects.filter(workflow=workflow), run_id=run_id)
    if not run.payload:
        return Values(run_id, dict(run.whole_values), pasted)
    return Values(run_id, read_body(run.payload.encode(), "application/json"), pasted)


def _answer(
    request: HttpRequest, workflow: Workflow, values: Values, **context: Any
) -> HttpResponse:
    pane = pane_context(workflow, reader_of(request), values)
    template = "workflows/preview/_content.html"
    if not request.headers.get(IS_SCRIPT):
        template = "workflows/preview/page.html"
    context |= {"workflow": workflow, "tab": "edit", "in_workflows": True, **pane}
    return render(request, template, context)


def pane_context(workflow: Workflow, reader: Member, values: Values) -> dict[str, Any]:
    """Return what the pane shows: the messages, and what may be chosen."""
    shown = (
        Preview()
        if values.error
        else preview(workflow=workflow, document=values.document, reader=reader)
    )
    return {
        "preview": shown,
        "values": values,
        "earlier_runs": _offered_runs(workflow, values.source),
        "test_channels": channels_for_tests(workflow=workflow, member=reader),
    }


def _offered_runs(workflow: Workflow, chosen: str) -> list[Run]:
    """Return the last runs, and the chosen one where it is older."""
    runs = Run.objects.filter(workflow=workflow).only("run_id", "accepted_at").order_by("-pk")
    offered = list(runs[:OFFERED_RUNS])
    if chosen not in {EXAMPLES, PASTED, *(one.run_id for one in offered)}:
        offered += runs.filter(run_id=chosen)
    return offered
