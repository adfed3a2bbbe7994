"""What a new workflow may start from besides a file or another workflow."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.fields.base import Configured
from workflows.fields.scope import EditScope
from workflows.models import Step, Workflow
from workflows.registry import step_kinds, trigger_kinds
from workflows.services.drafts import edit_scope
from workflows.services.editing import settled
from workflows.services.making import create_workflow


@transaction.atomic
def create_from_scratch(*, by: Member, trigger_kind: str, channel: str = "") -> Workflow:
    """Make an empty draft that starts this way, in this channel where its trigger has one.

    Raise PermissionDenied without the right to build, ValidationError for an unknown trigger.
    """
    workflow = create_workflow(name=_("New workflow"), by=by, trigger_kind=trigger_kind)
    trigger = trigger_kinds.find(trigger_kind)
    if channel and trigger is not None and "channel" in trigger.fields():
        workflow.trigger_config = _fitting(trigger, {"channel": channel}, EditScope(by, {}))
        workflow.save(update_fields=["trigger_config"])
    return workflow


@transaction.atomic
def create_from_ready(*, by: Member, file: Mapping[str, Any]) -> Workflow:
    """Make a draft of a ready workflow; a channel that isn't there is not chosen yet.

    Raise PermissionDenied without the right to build.
    """
    workflow = create_workflow(
        name=file["name"],
        by=by,
        trigger_kind=file["trigger"]["kind"],
        description=file["description"],
        icon=file["icon"],
        variables=file["variables"],
    )
    settings = {name: value for name, value in file["trigger"].items() if name != "kind"}
    trigger = trigger_kinds.find(workflow.trigger_kind)
    workflow.trigger_config = _fitting(trigger, settings, EditScope(by, {}))
    workflow.save(update_fields=["trigger_config"])
    scope = edit_scope(workflow=workflow, member=by)
    for position, step in enumerate(file["steps"]):
        config = _fitting(step_kinds.find(step["kind"]), step["config"], scope)
        Step.objects.create(workflow=workflow, position=position, kind=step["kind"], config=config)
    return workflow


def _fitting(
    kind: Configured | None, config: Mapping[str, Any], scope: EditScope
) -> dict[str, Any]:
    """Return the settings that hold here; what this workspace doesn't have is left to be chosen."""
    fields = kind.fields() if kind else {}
    return {
        name: value
        for name, value in settled(kind, config, scope).items()
        if name not in fields
        or not fields[name].is_of_workspace
        or not fields[name].flags(value, scope)
    }
