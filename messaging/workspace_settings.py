"""What team admins decide for everybody: name, who may build, where new members start."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Channel, Member, Workspace

logger = logging.getLogger("declic.audit")

BUILDERS, WEBHOOK_BUILDERS = "builders", "webhook_builders"  # fields of the workspace


def _record(action: str, by: Member, **facts: Any) -> None:
    told = "".join(f" {name}={value}" for name, value in facts.items())
    logger.info("%s by=%s%s", action, by.member_id, told)


def _require_admin(by: Member) -> None:
    if not by.is_team_admin:
        raise PermissionDenied


@transaction.atomic
def set_workspace(
    *, by: Member, name: str, who_may_build: str, who_may_build_webhooks: str
) -> Workspace:
    """Set the name and who may build; who loses that right keeps managing what they made.

    Raise PermissionDenied for others than team admins, ValidationError for bad values.
    """
    _require_admin(by)
    workspace = Workspace.current()
    workspace.name = " ".join(name.split())
    workspace.who_may_build = who_may_build
    workspace.who_may_build_webhooks = who_may_build_webhooks
    workspace.full_clean(validate_constraints=False)
    workspace.save(update_fields=["name", "who_may_build", "who_may_build_webhooks"])
    _record("set_workspace", by, build=who_may_build, build_webhooks=who_may_build_webhooks)
    return workspace


@transaction.atomic
def choose_builder(*, by: Member, member: Member, list_name: str) -> None:
    """Put somebody on the list of chosen people; raise ValidationError for who can't build."""
    _require_admin(by)
    if member.is_guest or not member.is_active:
        raise ValidationError(
            _("%(name)s cannot build workflows: guests and deactivated members can't.")
            % {"name": member.display_name}
        )
    getattr(Workspace.current(), list_name).add(member)
    _record("choose_builder", by, list=list_name, member=member.member_id)


@transaction.atomic
def drop_builder(*, by: Member, member: Member, list_name: str) -> None:
    """Take somebody off the list of chosen people."""
    _require_admin(by)
    getattr(Workspace.current(), list_name).remove(member)
    _record("drop_builder", by, list=list_name, member=member.member_id)


@transaction.atomic
def add_default_channel(*, by: Member, channel: Channel) -> None:
    """Let new members start in the channel; raise ValidationError for one that can't be joined."""
    _require_admin(by)
    if not channel.is_public or channel.is_archived:
        raise ValidationError(_("New members can only start in public channels that are open."))
    Workspace.current().default_channels.add(channel)
    _record("add_default_channel", by, channel=channel.channel_id)


@transaction.atomic
def remove_default_channel(*, by: Member, channel: Channel) -> None:
    """Let new members no longer start in the channel; who is in it stays."""
    _require_admin(by)
    Workspace.current().default_channels.remove(channel)
    _record("remove_default_channel", by, channel=channel.channel_id)
