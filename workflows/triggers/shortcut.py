"""Start from the shortcuts menu of a channel: a member picks the workflow there."""

from django.utils.translation import gettext_lazy as _

from messaging.models import Channel, Member
from workflows.fields.channel import ChannelField
from workflows.registry import trigger_kinds
from workflows.triggers.base import ProvidedVariable, TriggerKind


@trigger_kinds.register
class Shortcut(TriggerKind):
    """Start when somebody who sees the channel picks the workflow from its shortcuts."""

    kind = "shortcut"
    label = _("Shortcut in a channel")
    help = _("A member picks it from the channel’s menu.")
    listed = _("Shortcut in %(channel)s")
    stops = _("It leaves the shortcuts of its channel.")
    started_by = _("Shortcut by %(name)s")
    variables = {
        "who": ProvidedVariable("member", _("Who picked it")),
        "channel": ProvidedVariable("text", _("The channel"), setting="channel", is_channel=True),
    }
    is_in_channel_menu = True

    channel = ChannelField(label=_("Channel"))

    def document(self, *, channel: Channel, member: Member) -> dict[str, str]:
        """Return who picked it, and in which channel."""
        return {"who": member.member_id, "channel": channel.channel_id}
