"""Start when a person joins a channel."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from messaging.models import App, Channel, Member
from messaging.signals import member_joined
from workflows.fields.channel import ChannelField
from workflows.registry import trigger_kinds
from workflows.runs.starting import start_listeners
from workflows.triggers.base import ProvidedVariable, TriggerKind


@trigger_kinds.register
class PersonJoins(TriggerKind):
    """Start for each person who joins, is invited, or is in a default channel from the start."""

    kind = "person_joins"
    label = _("Person joins a channel")
    help = _("It runs once for each person who comes in.")
    listed = _("Joins %(channel)s")
    stops = _("Joining its channel no longer starts it.")
    started_by = _("%(name)s joined")
    variables = {
        "who": ProvidedVariable("member", _("Who joined")),
        "channel": ProvidedVariable("text", _("The channel"), setting="channel", is_channel=True),
    }

    channel = ChannelField(label=_("Channel"))


@receiver(member_joined)
def start_for_who_joined(
    *, channel: Channel, member: Member, by: Member | App | None, **kwargs: Any
) -> None:
    """Start what listens here, in the join's own transaction; whom a workflow added starts none."""
    if not isinstance(by, App):
        document = {"who": member.member_id, "channel": channel.channel_id}
        start_listeners(kind=PersonJoins.kind, channel=channel, member=member, document=document)
