"""Send a message to a channel."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.services import post_message
from workflows.fields.channel import ChannelField
from workflows.fields.message import MessageTextField
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind


@step_kinds.register
class SendMessage(StepKind):
    """Post the text to the channel, in the workflow's name."""

    kind = "send_message"
    label = _("Send a message to a channel")
    help = _("Everybody in the channel sees it, in the workflow’s name.")
    order = 10
    posts = True
    outputs = {"message": _("Message sent")}

    channel = ChannelField(label=_("Channel"), takes_own_direct=True)
    text = MessageTextField(label=_("Message"))

    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Post the message."""
        message = post_message(channel=config["channel"], body=config["text"], sender=context.app)
        return {"message": message.pk}
