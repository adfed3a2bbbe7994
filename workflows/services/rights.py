"""Who may do what to a workflow; every service asks here first."""

from django.core.exceptions import PermissionDenied

from messaging.models import Member, Workspace
from workflows.models import Workflow
from workflows.registry import trigger_kinds


def manages(*, workflow: Workflow, member: Member) -> bool:
    """Tell whether the member is a manager who can act (one query)."""
    return Workflow.objects.managed_by(member).filter(pk=workflow.pk).exists()


def require_manager(*, workflow: Workflow, by: Member) -> None:
    """Raise PermissionDenied for whoever doesn't manage the workflow."""
    if not manages(workflow=workflow, member=by):
        raise PermissionDenied


def may_build(*, member: Member, trigger_kind: str) -> bool:
    """Tell whether the member may make a workflow that starts this way."""
    workspace = Workspace.current()
    kind = trigger_kinds.find(trigger_kind)
    if kind is not None and kind.has_request_url:
        return workspace.may_build_webhooks(member)
    return workspace.may_build(member)


def require_builder(*, by: Member, trigger_kind: str) -> None:
    """Raise PermissionDenied for whoever may not make a workflow that starts this way."""
    if not may_build(member=by, trigger_kind=trigger_kind):
        raise PermissionDenied
