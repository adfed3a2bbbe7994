"""Make, copy and delete workflows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import App, Member
from workflows.models import HookClock, Step, Variable, Workflow, WorkflowManager
from workflows.registry import trigger_kinds
from workflows.runs import dispatch
from workflows.services.audit import record
from workflows.services.drafts import (
    clean_details,
    clean_steps,
    clean_trigger,
    clean_variables,
    edit_scope,
    lock,
    put_steps,
    put_variables,
)
from workflows.services.publishing import ENDED, forget_plan, stop_waiting_runs
from workflows.services.rights import require_builder, require_manager

NAME_LENGTH = 80


def create_workflow(
    *,
    name: str,
    by: Member,
    trigger_kind: str = "webhook",
    trigger_config: Mapping[str, Any] | None = None,
    description: str = "",
    icon: str = ":zap:",
    variables: Sequence[Mapping[str, Any]] = (),
    steps: Sequence[Mapping[str, Any]] = (),
) -> Workflow:
    """Make a draft with its own App; who makes it is its first manager.

    All is checked before anything is written.
    Trigger settings that are not given are left to be filled in before publishing.
    Raise PermissionDenied without the right to build, ValidationError for bad details,
    DraftProblems for trigger settings, variables and steps that can't be.
    """
    require_builder(by=by, trigger_kind=trigger_kind)
    if trigger_kinds.find(trigger_kind) is None:
        raise ValidationError(
            {"trigger_kind": _("There is no trigger “%(kind)s”.") % {"kind": trigger_kind}}
        )
    workflow = Workflow(
        name=name,
        description=description,
        icon=icon,
        trigger_kind=trigger_kind,
        created_by=by,
    )
    clean_details(workflow)
    if trigger_config is not None:
        workflow.trigger_config = clean_trigger(kind=trigger_kind, config=trigger_config, by=by)
    declared = clean_variables(workflow, variables)
    rows = clean_steps(steps, edit_scope(workflow=workflow, member=by, declared=declared))
    with transaction.atomic():
        save_new(workflow=workflow, by=by)
        put_variables(workflow, declared)
        put_steps(workflow, rows)
    return workflow


@transaction.atomic
def save_new(*, workflow: Workflow, by: Member) -> None:
    """Save a workflow for the first time, with what each one owns: App, clock, first manager."""
    app = App.objects.create(name=workflow.name, icon=workflow.icon)
    app.page = reverse("workflows:about", args=[app.pk])
    app.save(update_fields=["page"])
    workflow.app = app
    workflow.created_by = by
    workflow.save()
    HookClock.objects.create(workflow=workflow)
    WorkflowManager.objects.create(workflow=workflow, member=by, added_by=by)
    record("create", workflow=workflow, by=by)


@transaction.atomic
def copy_workflow(*, workflow: Workflow, by: Member, name: str = "") -> Workflow:
    """Make a draft of one's own with the same trigger, variables and steps.

    What is left to correct in the draft is copied as it is.
    """
    require_manager(workflow=workflow, by=by)
    copy = create_workflow(
        name=name or copy_name(workflow.name),
        by=by,
        trigger_kind=workflow.trigger_kind,
        description=workflow.description,
        icon=workflow.icon,
    )
    copy.trigger_config = workflow.trigger_config
    copy.save(update_fields=["trigger_config"])
    Variable.objects.bulk_create(
        Variable(workflow=copy, position=position, **variable.as_definition())
        for position, variable in enumerate(workflow.variables.all())
    )
    Step.objects.bulk_create(
        Step(workflow=copy, position=position, **step.as_definition())
        for position, step in enumerate(workflow.steps.all())
    )
    return copy


def copy_name(name: str) -> str:
    """Return the name that a copy starts with, within the length of a name."""
    prefix = _("Copy of %(name)s") % {"name": ""}
    return prefix + name[: NAME_LENGTH - len(prefix)]


@transaction.atomic
def delete_workflow(*, workflow: Workflow, by: Member) -> None:
    """Delete the workflow with its versions, runs and request URLs; what waits goes no further.

    For everybody it is gone at once; retention takes its rows away. Its messages stay, and so does
    its App, which they name as their sender.
    """
    require_manager(workflow=workflow, by=by)
    # In this order: requests under way end first and new ones wait, then whoever carries a run on.
    HookClock.objects.select_for_update().filter(workflow=workflow).first()
    lock(workflow, is_for_deletion=True)
    record("delete", workflow=workflow, by=by)
    workflow.request_urls.all().delete()
    workflow.manager_rows.all().delete()
    forget_plan(workflow)
    stop_waiting_runs(workflow)
    workflow.published_version, workflow.deleted_at = None, timezone.now()
    workflow.save(update_fields=["published_version", "deleted_at", *ENDED])
    transaction.on_commit(dispatch.prune_soon, robust=True)
