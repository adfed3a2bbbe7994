"""What touches what is live: publish, unpublish. Each says what stops."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.models import Channel
from messaging.toasts import say
from workflows.forms import PublishForm
from workflows.models import Run, Workflow
from workflows.services import (
    PublishProblems,
    draft_problems,
    publish_workflow,
    unpublish_workflow,
)
from workflows.views.access import managed_workflow, no_guest, reader_of

PAGES = ["GET", "HEAD", "POST"]


@require_http_methods(PAGES)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what publishing does and do it; what is left to correct comes first."""
    workflow = managed_workflow(request, pk)
    reader = reader_of(request)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        was_published = workflow.was_published
        try:
            publish_workflow(workflow=workflow, by=reader, note=form.cleaned_data["note"])
        except PublishProblems:
            pass  # the page below lists them
        else:
            say(request, _("Changes published") if was_published else _("Published"))
            return redirect(workflow)
    context = {
        "workflow": workflow,
        "form": form,
        "problems": draft_problems(workflow=workflow, by=reader),
        "channels": _channels(request, workflow),
        "waiting": workflow.runs.filter(status=Run.Status.WAITING).count(),
        "next_number": workflow.versions.count() + 1,
        "in_workflows": True,
        "tab": "overview",
        "hides_publish": True,
    }
    return render(request, "workflows/publish.html", context)


def _channels(request: HttpRequest, workflow: Workflow) -> list[Channel]:
    """Return the channels that the draft's steps name, as far as the reader may see them."""
    named = {step.config.get("channel") for step in workflow.steps.all()}
    ids = [one for one in named if isinstance(one, str)]
    return list(Channel.objects.visible_to(reader_of(request)).filter(channel_id__in=ids))


@require_POST
def unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the workflow off; a team admin may do so to any published one."""
    reader = no_guest(request)
    workflow = get_object_or_404(Workflow, pk=pk)
    try:
        unpublish_workflow(workflow=workflow, by=reader)
    except PermissionDenied:
        raise Http404 from None
    say(request, _("Unpublished: the request URL answers as if it never was."))
    if Workflow.objects.managed_by(reader).filter(pk=pk).exists():
        return redirect(workflow)
    return redirect("workflows:about", workflow.app_id)
