"""Publish, publish changes, unpublish: the only ways in which a draft touches what is live."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from messaging.models import Member
from workflows.models import Workflow, WorkflowVersion
from workflows.runs import dispatch
from workflows.runs.ending import end_waiting_runs
from workflows.runs.notices import tell_managers
from workflows.runs.plan import plan_of
from workflows.services.audit import record
from workflows.services.drafts import DraftProblems, draft_problems, lock
from workflows.services.editing import settle_draft
from workflows.services.request_urls import make_request_url
from workflows.services.rights import manages, require_manager
from workflows.services.versions import check_reviewed
from workflows.text.sentences import Sentence

ENDED = ("runs_ended_through", "runs_ended_at")


class PublishProblems(DraftProblems):
    """Raised where the draft can't be published: `problems` says what is left to correct."""


@transaction.atomic
def publish_workflow(
    *, workflow: Workflow, by: Member, note: str = "", reviewed: str = ""
) -> WorkflowVersion:
    """Freeze the draft into the next version and make it live, under its name and icon.

    The first publication of a webhook workflow makes its request URL; later ones keep it. Runs that
    were accepted before finish on their version. The other managers are told.
    Raise PublishProblems, and DraftChanged where the draft is no longer the one that was `reviewed`
    (its digest).
    """
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    check_reviewed(workflow, reviewed)
    problems = draft_problems(workflow=workflow, by=by)
    if problems:
        raise PublishProblems(problems)
    settle_draft(workflow=workflow, by=by)
    newest = workflow.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = WorkflowVersion.objects.create(
        workflow=workflow,
        number=newest + 1,
        definition=workflow.definition(),
        published_by=by,
        note=" ".join(note.split())[:250],
    )
    forget_plan(workflow)
    workflow.published_version = version
    workflow.save(update_fields=["published_version"])
    _show_as_app(workflow)
    if workflow.has_request_url and not workflow.request_urls.live().exists():
        make_request_url(workflow=workflow, by=by)
    record("publish", workflow=workflow, by=by, version=version.number)
    _tell_of(version, workflow, by)
    return version


def _tell_of(version: WorkflowVersion, workflow: Workflow, by: Member) -> None:
    told = gettext_noop("%(by)s published version %(number)s of “%(workflow)s”.")
    if version.note:
        told = gettext_noop("%(by)s published version %(number)s of “%(workflow)s”: %(note)s")
    values = {
        "by": by.display_name,
        "number": version.number,
        "workflow": workflow.name,
        "note": version.note,
    }
    tell_managers(workflow=workflow, sentence=Sentence(told, values), but=by)


def _show_as_app(workflow: Workflow) -> None:
    """Let messages carry the name and icon that are live now."""
    app = workflow.app
    if (app.name, app.icon) != (workflow.name, workflow.icon):
        app.name, app.icon = workflow.name, workflow.icon
        app.save(update_fields=["name", "icon"])


def forget_plan(workflow: Workflow) -> None:
    """Let go of the superseded version; other processes forget it as others push it out."""
    transaction.on_commit(partial(plan_of.forget, workflow.published_version_id), robust=True)


@transaction.atomic
def unpublish_workflow(*, workflow: Workflow, by: Member) -> None:
    """Take the workflow off: its request URL answers as unknown, waiting runs end cancelled.

    Publishing again gives the same URL. A team admin may do this to any published workflow; then
    the managers are told.
    """
    lock(workflow)
    is_manager = manages(workflow=workflow, member=by)
    is_admin = by.is_team_admin and by.is_active
    if not is_manager and not (is_admin and workflow.is_published):
        raise PermissionDenied
    if not workflow.is_published:
        return
    forget_plan(workflow)
    workflow.published_version = None
    stop_waiting_runs(workflow)
    workflow.save(update_fields=["published_version", *ENDED])
    record("unpublish", workflow=workflow, by=by)
    if not is_manager:
        sentence = gettext_noop("%(admin)s, a team admin, unpublished “%(workflow)s”.")
        tell_managers(
            workflow=workflow,
            sentence=Sentence(sentence, {"admin": by.display_name, "workflow": workflow.name}),
            but=by,
        )


def stop_waiting_runs(workflow: Workflow) -> None:
    """End what waits, with a sentence; the caller saves the workflow's `ENDED` fields."""
    if not end_waiting_runs(workflow):
        transaction.on_commit(dispatch.prune_soon, robust=True)
