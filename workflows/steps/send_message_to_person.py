"""Send a message to a person."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.services import direct_channel, post_message
from workflows.fields.message import MessageTextField
from workflows.fields.person import PersonField
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind


@step_kinds.register
class SendMessageToPerson(StepKind):
    """Post the text into the person's direct messages with the workflow."""

    kind = "send_message_to_person"
    label = _("Send a message to a person")
    help = _("A direct message from the workflow, to one person.")
    order = 20
    posts = True
    outputs = {"message": _("Message sent")}

    person = PersonField(label=_("Person"))
    text = MessageTextField(label=_("Message"))

    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Post the message."""
        channel = direct_channel(member=config["person"], other=context.app)
        message = post_message(channel=channel, body=config["text"], sender=context.app)
        return {"message": message.pk}
