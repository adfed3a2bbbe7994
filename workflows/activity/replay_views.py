"""Replay a run, which posts again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_ratelimit.core import is_ratelimited

from messaging.toasts import say
from workflows.access import managed_workflow, reader_of
from workflows.activity.refusal_words import problem_sentence
from workflows.activity.run_views import find_run, show_run
from workflows.models import Run, Workflow
from workflows.payload.variable_values import InvalidVariables
from workflows.services.live_test import NotPublished
from workflows.services.replay import NotOver, ReplayVersion, replay_run

RATE = "20/m"  # for each member
LONGEST_ONCE = 64  # characters
TOO_MANY = gettext_lazy("Wait a minute before more replays.")
REFUSES = gettext_lazy("Version %(number)s refuses what was received, so nothing was posted.")


@require_POST
def replay(request: HttpRequest, pk: int, run_id: str) -> HttpResponse:
    """Start the run again with its own version or the live one; lead to the new run."""
    workflow = managed_workflow(request, pk)
    run = find_run(workflow, run_id)
    reader = reader_of(request)
    if is_ratelimited(
        request,
        group="replay",
        key=lambda _group, _request: str(reader.pk),
        rate=RATE,
        method="POST",
        increment=True,
    ):
        return show_run(request, workflow, run, status=429, replay_errors=[TOO_MANY])
    is_current = request.POST.get("version") == ReplayVersion.CURRENT
    version = ReplayVersion.CURRENT if is_current else ReplayVersion.OWN
    try:
        once = request.POST.get("once", "")[:LONGEST_ONCE]
        new = replay_run(run=run, by=reader, version=version, once=once)
    except InvalidVariables as error:
        sentences = [REFUSES % {"number": _number(run, workflow, version)}]
        sentences += [problem_sentence(one.key, one.problem) for one in error.problems]
        return show_run(request, workflow, run, status=422, replay_errors=sentences)
    except NotPublished:
        say(request, _("The workflow is not published, so it can’t be started."))
        return redirect(run)
    except NotOver:
        say(request, _("The run still goes on. It can be replayed when it is over."))
        return redirect(run)
    say(request, _("Replayed. This is the new run."))
    return redirect(new)


def _number(run: Run, workflow: Workflow, version: ReplayVersion) -> int:
    live = workflow.published_version
    return live.number if live and version is ReplayVersion.CURRENT else run.version.number
