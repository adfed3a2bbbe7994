"""Versions beside publishing: one put back into the draft, and that nobody acts on an old look."""

import hashlib
import json

from django.db import transaction

from messaging.models import Member
from workflows.models import Step, Variable, Workflow, WorkflowVersion
from workflows.services.audit import record
from workflows.services.drafts import lock
from workflows.services.rights import require_manager


class DraftChanged(Exception):
    """Raised where somebody saved the draft after it was looked at: nothing was done."""


def draft_digest(workflow: Workflow) -> str:
    """Return what tells whether the draft is still the one that a page showed."""
    shown = json.dumps(workflow.definition(), sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def check_reviewed(workflow: Workflow, reviewed: str) -> None:
    """Raise DraftChanged for a digest of another draft; under the workflow's lock."""
    if reviewed and reviewed != draft_digest(workflow):
        raise DraftChanged


@transaction.atomic
def restore_version(
    *, workflow: Workflow, version: WorkflowVersion, by: Member, reviewed: str = ""
) -> None:
    """Put the version into the draft in place of what is there; what is live does not change.

    What it names may be gone by now: publishing says so. Variables whose key stays keep their row,
    so that open pages go on saving into them. Raise DraftChanged (see `publish_workflow`).
    """
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    check_reviewed(workflow, reviewed)
    frozen = version.definition
    workflow.name = frozen["name"]
    workflow.description = frozen["description"]
    workflow.icon = frozen["icon"]
    settings = {name: value for name, value in frozen["trigger"].items() if name != "kind"}
    workflow.trigger_kind, workflow.trigger_config = frozen["trigger"]["kind"], settings
    workflow.note_saved(by)
    workflow.save()
    _restore_variables(workflow, frozen["variables"], by)
    workflow.steps.all().delete()
    for position, one in enumerate(frozen["steps"]):
        step = Step(workflow=workflow, position=position, kind=one["kind"], config=one["config"])
        step.note_saved(by)
        step.save()
    record("restore", workflow=workflow, by=by, version=version.number)


def _restore_variables(workflow: Workflow, frozen: list[dict[str, object]], by: Member) -> None:
    rows = {row.key: row for row in workflow.variables.all()}
    workflow.variables.exclude(key__in=[one["key"] for one in frozen]).delete()
    for position, one in enumerate(frozen):
        row = rows.get(str(one["key"])) or Variable(workflow=workflow)
        for name, value in one.items():
            setattr(row, name, value)
        row.position, row.typed_key = position, None
        row.note_saved(by)
        row.save()
