"""What managers are told about a workflow: a direct message from Declic, in their own language."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from messaging.models import App, Channel, Member, Message, Workspace
from messaging.mrkdwn.tokens import Body, Token, text_token
from messaging.services import direct_channel, post_message
from workflows.models import Run, StepRun, Workflow
from workflows.registry import step_kinds
from workflows.text.sentences import Sentence

SAME_NOTICE_AFTER = datetime.timedelta(hours=1)


def tell(
    *,
    members: Iterable[Member],
    sentence: Sentence,
    workflow: Workflow | None = None,
    run: Run | None = None,
    beginning: Sentence | None = None,
) -> None:
    """Send the sentence to each of the members, with a link to the run or workflow that is given.

    Whoever was told something about this workflow that begins like `beginning` within the hour is
    left in peace.
    """
    app = Workspace.current().app
    for member in members:
        channel = direct_channel(member=member, other=app)
        with translation.override(member.language or settings.LANGUAGE_CODE):
            body = _body(sentence, _link(workflow, run))
            told = beginning is not None and _was_told(channel, app, str(beginning), workflow)
        if not told:
            post_message(channel=channel, sender=app, body=body)


def tell_managers(
    *,
    workflow: Workflow,
    sentence: Sentence,
    but: Member | None = None,
    run: Run | None = None,
    beginning: Sentence | None = None,
) -> None:
    """Tell every active manager, except the one who did it."""
    members = active_managers(workflow)
    if but is not None:
        members = [one for one in members if one.pk != but.pk]
    tell(members=members, sentence=sentence, workflow=workflow, run=run, beginning=beginning)


def tell_managers_of_failure(run: Run) -> None:
    """Tell the managers at which step a run failed and why, at most once an hour for one reason.

    Reasons that differ only in what was sent (“nobody here is …”) count as one, so that a service
    can't fill the managers' direct messages.
    """
    msgid, values = _failure(run)
    reason = Sentence.from_json(run.error)
    tell_managers(
        workflow=run.workflow,
        sentence=Sentence(msgid, {**values, "reason": reason}),
        run=run,
        beginning=Sentence(msgid, {**values, "reason": _Beginning(reason.msgid)}),
    )


def _failure(run: Run) -> tuple[str, dict[str, Any]]:
    """Return the sentence and where it happened; a run may also fail before any step."""
    failed = run.step_runs.filter(status=StepRun.Status.FAILED).first()
    if failed is None:
        msgid = gettext_noop("A run of “%(workflow)s” failed. %(reason)s")
        return msgid, {"workflow": run.workflow.name}
    kind = step_kinds.find(failed.kind)
    msgid = gettext_noop("A run of “%(workflow)s” failed. Step %(number)s (%(step)s): %(reason)s")
    step = kind.label if kind else failed.kind
    return msgid, {"workflow": run.workflow.name, "number": failed.position + 1, "step": step}


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


def _link(workflow: Workflow | None, run: Run | None) -> tuple[str, str] | None:
    """Return the address and, in the active language, what a click on it opens."""
    if run is not None:
        return settings.DECLIC_BASE_URL + run.get_absolute_url(), gettext("Open the run")
    return (_address(workflow), gettext("Open the workflow")) if workflow else None


def _body(sentence: Sentence, link: tuple[str, str] | None) -> Body:
    """Return the message: names in the sentence stay text, whatever markup they look like."""
    tokens: list[Token] = [text_token(str(sentence))]
    if link is not None:
        url, label = link
        tokens += [{"t": "br"}, {"t": "link", "url": url, "c": [text_token(label)]}]
    return [{"t": "p", "c": tokens}]
