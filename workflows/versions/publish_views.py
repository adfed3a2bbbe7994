"""What touches what is live: publish, after a review, and unpublish."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.toasts import say
from workflows.access import managed_workflow, no_guest, reader_of
from workflows.builder.page import BuilderPage, in_step
from workflows.forms import PublishForm
from workflows.models import Workflow
from workflows.runs.ending import open_runs
from workflows.runs.notices import active_managers
from workflows.services import (
    DraftChanged,
    Problem,
    PublishProblems,
    draft_digest,
    draft_problems,
    publish_workflow,
    unpublish_workflow,
)
from workflows.services.editing import Typed, save_variable
from workflows.versions.review import review, warnings
from workflows.versions.version_page import version_page

PAGES = ["GET", "HEAD", "POST"]


@require_http_methods(PAGES)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what publishing changes for whom and do it; what is left to correct comes first."""
    workflow = managed_workflow(request, pk)
    form = PublishForm(request.POST if request.method == "POST" else None)
    has_changed = False
    if request.method == "POST" and form.is_valid():
        was_published = workflow.was_published
        try:
            publish_workflow(
                workflow=workflow,
                by=reader_of(request),
                note=form.cleaned_data["note"],
                reviewed=request.POST.get("reviewed", ""),
            )
        except PublishProblems:
            pass  # the page below lists them
        except DraftChanged:
            has_changed = True
        else:
            say(request, _("Changes published") if was_published else _("Published"))
            return redirect(workflow)
        workflow = managed_workflow(request, pk)  # as it is now
    context = {**_context(request, workflow), "form": form, "has_changed": has_changed}
    return render(request, "workflows/publish/publish.html", context)


def _context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    reader = reader_of(request)
    page = version_page(workflow)
    newest = workflow.versions.first()
    compared = workflow.published_version or newest
    older, newer = compared.definition if compared else None, workflow.definition()
    waiting = open_runs(workflow)
    return {
        "workflow": workflow,
        "todos": _todos(workflow, BuilderPage(workflow, reader)),
        "review": review(older, newer, reader=reader),
        "warnings": warnings(older, newer, workflow=workflow),
        "compared": compared,
        "next_number": newest.number + 1 if newest else 1,
        "page": page,
        "waiting": waiting.count(),
        "waiting_on": sorted(set(waiting.values_list("version__number", flat=True))),
        "others": [one for one in active_managers(workflow) if one != reader],
        "reviewed": draft_digest(workflow),
        "in_workflows": True,
        "tab": "versions",
    }


def _todos(workflow: Workflow, page: BuilderPage) -> list[Problem]:
    """Return what keeps the reader from publishing, each with its place in the builder."""
    problems = draft_problems(workflow=workflow, by=page.reader)
    if not problems:
        return []
    return page.todos or [_todo(one, page) for one in problems]


def _todo(problem: Problem, page: BuilderPage) -> Problem:
    if problem.step is None:
        return Problem("variables", problem.message)
    return Problem(page.cards[problem.step].id, in_step(problem.step + 1, problem.message))


@require_POST
def make_optional(request: HttpRequest, pk: int, variable_key: int) -> HttpResponse:
    """Let requests come without a variable after all: what the review proposes."""
    workflow = managed_workflow(request, pk)
    variable = get_object_or_404(workflow.variables, pk=variable_key)
    fields = {"required": Typed(False, "true")}
    save_variable(workflow=workflow, key=variable.pk, by=reader_of(request), fields=fields)
    say(request, _("%(key)s is optional") % {"key": variable.key})
    return redirect("workflows:publish", pk)


@require_http_methods(PAGES)
def unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, and take the workflow off; a team admin may do so to any published one."""
    reader = no_guest(request)
    workflow = get_object_or_404(Workflow, pk=pk)
    if request.method != "POST":
        return _ask_to_unpublish(request, workflow)
    try:
        unpublish_workflow(workflow=workflow, by=reader)
    except PermissionDenied:
        raise Http404 from None
    say(request, _("Unpublished"))
    if Workflow.objects.managed_by(reader).filter(pk=pk).exists():
        return redirect(workflow)
    return redirect("workflows:about", workflow.app_id)


def _ask_to_unpublish(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    reader = reader_of(request)
    if not Workflow.objects.managed_by(reader).filter(pk=workflow.pk).exists():
        if reader.is_team_admin and workflow.is_published:
            return redirect("workflows:about", workflow.app_id)  # which asks
        raise Http404
    context = {
        "workflow": workflow,
        "waiting": open_runs(workflow).count(),
        "in_workflows": True,
        "tab": "overview",
        "hides_publish": True,
    }
    return render(request, "workflows/unpublish.html", context)
