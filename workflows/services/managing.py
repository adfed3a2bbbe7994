"""Who manages a workflow: managers come and go, and are told."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messaging.models import Member
from workflows.models import Workflow, WorkflowManager
from workflows.runs.notices import active_managers, tell, tell_managers
from workflows.services.audit import record
from workflows.services.drafts import lock
from workflows.services.rights import require_manager
from workflows.text.sentences import Sentence


@transaction.atomic
def add_manager(*, workflow: Workflow, member: Member, by: Member) -> bool:
    """Add a manager with the same rights as all; return whether they are new.

    Raise ValidationError for guests and deactivated members.
    """
    require_manager(workflow=workflow, by=by)
    is_new = _add(workflow=workflow, member=member, by=by)
    if is_new:
        record("add_manager", workflow=workflow, by=by, member=member.member_id)
        told = gettext_noop("%(by)s made you a manager of the workflow “%(workflow)s”.")
        tell(members=[member], sentence=_sentence(told, workflow, by), workflow=workflow)
    return is_new


@transaction.atomic
def remove_manager(*, workflow: Workflow, member: Member, by: Member) -> None:
    """Remove a manager (oneself too); raise ValidationError for the last one who can act."""
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    row = workflow.manager_rows.filter(member=member).first()
    if row is None:
        return
    if all(one.pk == member.pk for one in active_managers(workflow)):
        raise ValidationError(_("The last manager cannot be removed. Add another one first."))
    row.delete()
    record("remove_manager", workflow=workflow, by=by, member=member.member_id)
    if member.pk != by.pk:
        told = gettext_noop("%(by)s removed you from the managers of the workflow “%(workflow)s”.")
        tell(members=[member], sentence=_sentence(told, workflow, by))


@transaction.atomic
def add_self_as_manager(*, workflow: Workflow, by: Member) -> bool:
    """Let a team admin in on a published workflow; the managers are told, and it is logged."""
    if not by.is_team_admin or not by.is_active or not workflow.is_published:
        raise PermissionDenied
    told = gettext_noop(
        "%(by)s, a team admin, made themselves a manager of the workflow “%(workflow)s”."
    )
    is_new = _add(workflow=workflow, member=by, by=by)
    if is_new:
        record("add_self_as_manager", workflow=workflow, by=by)
        tell_managers(workflow=workflow, sentence=_sentence(told, workflow, by), but=by)
    return is_new


@transaction.atomic
def hand_over(*, workflow: Workflow, to: Member, by: Member) -> None:
    """Give a workflow whose last active manager is gone, a draft too, to a member.

    For team admins; told to the new manager, and logged.
    """
    if not by.is_team_admin or not by.is_active:
        raise PermissionDenied
    lock(workflow)
    if active_managers(workflow):
        raise PermissionDenied
    if _add(workflow=workflow, member=to, by=by):
        record("hand_over", workflow=workflow, by=by, member=to.member_id)
        told = gettext_noop(
            "%(by)s, a team admin, handed the workflow “%(workflow)s” over to you, "
            "because nobody managed it any more."
        )
        tell(members=[to], sentence=_sentence(told, workflow, by), workflow=workflow)


def _add(*, workflow: Workflow, member: Member, by: Member) -> bool:
    if member.is_guest or not member.is_active:
        raise ValidationError(
            _("%(name)s cannot manage workflows: guests and deactivated members can't.")
            % {"name": member.display_name}
        )
    _row, is_new = WorkflowManager.objects.get_or_create(
        workflow=workflow, member=member, defaults={"added_by": by}
    )
    return is_new


def _sentence(msgid: str, workflow: Workflow, by: Member) -> Sentence:
    return Sentence(msgid, {"by": by.display_name, "workflow": workflow.name})
