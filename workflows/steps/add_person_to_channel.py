"""Add a person to a channel."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.services import add_member
from workflows.fields.channel import ChannelField
from workflows.fields.person import PersonField
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind


@step_kinds.register
class AddPersonToChannel(StepKind):
    """Put the person into the channel; who is in it already stays in it."""

    kind = "add_person_to_channel"
    label = _("Add a person to a channel")
    help = _("Who is in it already stays in it.")
    order = 30
    outputs = {"is_new": _("Was not in the channel before")}

    person = PersonField(label=_("Person"))
    channel = ChannelField(label=_("Channel"))

    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Add the person, in the workflow's name."""
        is_new = add_member(channel=config["channel"], member=config["person"], by=context.app)
        return {"is_new": is_new}
