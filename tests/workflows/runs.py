"""Starting runs and carrying them on, as tests do it."""

import datetime
from typing import Any

import time_machine
from django.utils import timezone

from messaging.models import Channel, Message
from workflows.models import HookClock, Run, Workflow
from workflows.models.request_url import LONG_AGO
from workflows.runs import dispatch
from workflows.runs.accept import Job, accept

WAIT = {"kind": "wait", "config": {"seconds": 60}}
AGENT = {"key": "agent", "kind": "member"}


def say(channel: Channel, text: str) -> dict[str, Any]:
    """A step that posts the text."""
    return {"kind": "send_message", "config": {"channel": channel.channel_id, "text": text}}


def tell_person(person: str, text: str = "Hello") -> dict[str, Any]:
    """A step that posts into somebody's direct messages."""
    return {"kind": "send_message_to_person", "config": {"person": person, "text": text}}


def job_for(workflow: Workflow, **fields: Any) -> Job:
    return Job(
        workflow=workflow.pk,
        version=workflow.published_version_id,
        **{"values": {}, "is_paced": False, **fields},
    )


def start(workflow: Workflow, **values: str) -> Run:
    """Start the workflow as an accepted request does; not at its pace."""
    return Run.objects.get(run_id=accept(job_for(workflow, values=values)).run_id)


def later(seconds: float) -> Any:
    """Go on by this many seconds from now; the clock stands still there."""
    return time_machine.travel(timezone.now() + datetime.timedelta(seconds=seconds), tick=False)


def carry_on(owner: str = "test") -> int:
    """Look once for due runs, as a runner does."""
    return dispatch.run_due(owner)


def let_a_second_pass() -> None:
    HookClock.objects.update(last_accepted_at=LONG_AGO)


def texts(channel: Channel) -> list[str]:
    """What stands in the channel, oldest first."""
    return [message.text for message in Message.objects.filter(channel=channel)]
