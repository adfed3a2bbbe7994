"""What team admins do to members beside deactivating them: their role, and coming back."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from messaging.models import Change, Member, Workspace
from messaging.mrkdwn.tokens import text_token
from messaging.services import direct_channel, post_message, tell_of_change


def may_change(*, member: Member, by: Member) -> bool:
    """Tell whether the account may be changed by this person: an owner's only by themselves."""
    if not by.is_team_admin or not by.is_active:
        return False
    return not member.is_owner or member.pk == by.pk


def roles_to_give(*, by: Member) -> list[str]:
    """Return the roles that this person may give: only an owner makes owners."""
    return [role for role in Member.Role.values if role != Member.Role.OWNER or by.is_owner]


def check_role(*, member: Member, role: str, by: Member) -> None:
    """Raise PermissionDenied without the right, ValidationError for the last owner's demotion."""
    if not may_change(member=member, by=by) or role not in roles_to_give(by=by):
        raise PermissionDenied
    owners = Member.objects.active().filter(role=Member.Role.OWNER)
    if member.is_owner and role != Member.Role.OWNER and not owners.exclude(pk=member.pk).exists():
        raise ValidationError(_("The last workspace owner stays one. Make another owner first."))


@transaction.atomic
def set_role(*, member: Member, role: str, by: Member) -> None:
    """Give the member another role; open pages of theirs learn what they may no longer see."""
    check_role(member=member, role=role, by=by)
    member.role = role
    member.save(update_fields=["role"])
    tell_of_change(Change.Kind.MEMBER_CHANGED, member=member)


@transaction.atomic
def reactivate_member(*, member: Member, by: Member) -> None:
    """Let a deactivated member in again, with the channels and workflows that they had."""
    if not by.is_team_admin or not by.is_active:
        raise PermissionDenied
    if not member.is_active:
        member.is_active = True
        member.save(update_fields=["is_active"])
        tell_of_change(Change.Kind.MEMBER_CHANGED, member=member)


@transaction.atomic
def tell_of_new_password(*, member: Member, by: Member) -> None:
    """Tell the member by direct message, in their language, that somebody else set their password.

    Nobody is signed in with it unnoticed.
    """
    if member.pk == by.pk:
        return
    app = Workspace.current().app
    with translation.override(member.language or settings.LANGUAGE_CODE):
        told = _(
            "%(name)s set a new password for your account. If you did not ask for it, talk to them."
        ) % {"name": by.display_name}
    body = [{"t": "p", "c": [text_token(told)]}]
    post_message(channel=direct_channel(member=member, other=app), sender=app, body=body)
