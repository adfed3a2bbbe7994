"""What managers are told about a workflow: a direct message from Declic, in their own language."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from messaging.models import App, Channel, Member, Message, Workspace
from messaging.services import direct_channel, post_message
from messaging.tokens import Body, Token, text_token
from workflows.models import Run, Workflow
from workflows.sentences import Sentence

SAME_NOTICE_AFTER = datetime.timedelta(hours=1)


def tell(
    *,
    members: Iterable[Member],
    sentence: Sentence,
    workflow: Workflow | None = None,
    beginning: Sentence | None = None,
) -> None:
    """Send the sentence to each of the members, with a link to the workflow where one is given.

    Whoever was told something about this workflow that begins like `beginning` within the hour is
    left in peace.
    """
    app = Workspace.current().app
    for member in members:
        channel = direct_channel(member=member, other=app)
        with translation.override(member.language or settings.LANGUAGE_CODE):
            body = _body(sentence, workflow)
            told = beginning is not None and _was_told(channel, app, str(beginning), workflow)
        if not told:
            post_message(channel=channel, sender=app, body=body)


def tell_managers(
    *,
    workflow: Workflow,
    sentence: Sentence,
    but: Member | None = None,
    beginning: Sentence | None = None,
) -> None:
    """Tell every active manager, except the one who did it."""
    members = active_managers(workflow)
    if but is not None:
        members = [one for one in members if one.pk != but.pk]
    tell(members=members, sentence=sentence, workflow=workflow, beginning=beginning)


def tell_managers_of_failure(run: Run) -> None:
    """Tell the managers why a run failed, at most once an hour for one reason.

    Reasons that differ only in what was sent (“nobody here is …”) count as one, so that a service
    can't fill the managers' direct messages.
    """
    failed = gettext_noop("A run of “%(workflow)s” failed. %(reason)s")
    reason = Sentence.from_json(run.error)
    tell_managers(
        workflow=run.workflow,
        sentence=Sentence(failed, {"workflow": run.workflow.name, "reason": reason}),
        beginning=Sentence(
            failed, {"workflow": run.workflow.name, "reason": _Beginning(reason.msgid)}
        ),
    )


@dataclass(frozen=True)
class _Beginning:
    """A sentence up to the first value in it, in the active language."""

    msgid: str

    def __str__(self) -> str:
        return gettext(self.msgid).split("%(", 1)[0] if self.msgid else ""


def active_managers(workflow: Workflow) -> list[Member]:
    """Return the managers who can still act: neither deactivated nor guests."""
    managers = workflow.managers.filter(is_active=True).exclude(role=Member.Role.GUEST)
    return list(managers)


def _was_told(channel: Channel, app: App, beginning: str, workflow: Workflow | None) -> bool:
    told = Message.objects.filter(
        channel=channel,
        app=app,
        text__startswith=beginning,
        created_at__gt=timezone.now() - SAME_NOTICE_AFTER,
    )
    if workflow is not None:
        told = told.filter(text__contains=_address(workflow))
    return told.exists()


def _address(workflow: Workflow) -> str:
    return settings.DECLIC_BASE_URL + workflow.get_absolute_url()


def _body(sentence: Sentence, workflow: Workflow | None) -> Body:
    """Return the message: names in the sentence stay text, whatever markup they look like."""
    tokens: list[Token] = [text_token(str(sentence))]
    if workflow is not None:
        label = [text_token(gettext("Open the workflow"))]
        tokens += [{"t": "br"}, {"t": "link", "url": _address(workflow), "c": label}]
    return [{"t": "p", "c": tokens}]
