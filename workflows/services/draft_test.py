"""Send a test of the draft: its messages, marked, to where nobody takes them for real ones."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from messaging.directory import without_mentions
from messaging.models import App, Channel, Member, Message
from messaging.mrkdwn.tokens import Body, text_token
from messaging.services import ChannelArchived, direct_channel, post_message
from workflows.drafts.preview import PreviewedStep, preview
from workflows.drafts.step_words import channels_named_by
from workflows.models import Workflow
from workflows.payload.body import JSONValue
from workflows.services.audit import record
from workflows.services.rights import require_manager


@dataclass(frozen=True)
class DraftTest:
    """What a test did: the messages that it posted, the steps that it couldn't, the refusals."""

    messages: list[Message] = field(default_factory=list)
    skipped: list[PreviewedStep] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def channels_for_tests(*, workflow: Workflow, member: Member) -> list[Channel]:
    """Return the channels that the member may choose for a test: theirs, but not the live ones."""
    taken = posted_channels(workflow)
    found = Channel.objects.named().open().with_member(member)
    return [one for one in found if one.channel_id not in taken]


def posted_channels(workflow: Workflow) -> set[str]:
    """Return the IDs of the channels that the draft or the live version names."""
    live = workflow.published_version
    steps = [step.as_definition() for step in workflow.steps.all()]
    steps += live.definition["steps"] if live else []
    return channels_named_by(steps)


def send_draft_test(
    *, workflow: Workflow, by: Member, document: JSONValue, channel: Channel | None = None
) -> DraftTest:
    """Post the draft's messages, marked as a test, without publishing anything.

    Outside a transaction, so that hooks are stored while it renders; each message is one of its
    own. They carry the draft's name and icon; what is live keeps its own. They go to the member's
    direct messages with the workflow, or to a channel that the member is in and that the workflow
    does not post to; mentions are plain names, nothing else runs. Raise PermissionDenied or
    ValidationError where the channel can't be taken.
    """
    require_manager(workflow=workflow, by=by)
    target = _target(workflow, by, channel)
    found = preview(workflow=workflow, document=document, reader=by)
    shown = [one for one in found.steps if one.body]
    record("draft_test", workflow=workflow, by=by, messages=len(shown))
    face = App(name=workflow.name, icon=workflow.icon)
    try:
        messages = [
            post_message(
                channel=target, sender=workflow.app, body=_marked(one, by, target), app_as=face
            )
            for one in shown
        ]
    except ChannelArchived:
        raise PermissionDenied from None
    return DraftTest(
        messages=messages,
        skipped=[one for one in found.steps if one.problem],
        refusals=found.refusals,
    )


def _target(workflow: Workflow, by: Member, channel: Channel | None) -> Channel:
    if channel is None:
        return direct_channel(member=by, other=workflow.app)
    if channel.is_direct or channel.is_archived or not channel.has_member(by):
        raise PermissionDenied
    if channel.channel_id in posted_channels(workflow):
        raise ValidationError(_("The workflow posts in this channel for real. Choose another."))
    return channel


def _marked(step: PreviewedStep, by: Member, target: Channel) -> Body:
    """Return the message with a line above it that says what it is.

    Others who read the target don't learn a private channel's name by it.
    """
    is_hidden = step.is_private and not target.is_direct
    says = _("Test by %(member)s of step %(number)s (for real: %(where)s)") % {
        "member": by.display_name,
        "number": step.number,
        "where": _("in a private channel") if is_hidden else step.where,
    }
    return [{"t": "p", "c": [{"t": "i", "c": [text_token(says)]}]}, *without_mentions(step.body)]
