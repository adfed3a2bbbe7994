"""Fills the database of a process that a test serves; runs in `manage.py shell`."""

import json
import sys
from typing import Any

from django.core.management import call_command

from messaging.models import Channel, Member
from tests.builders import hook_path, make_channel, make_live, make_owner
from workflows.models import Run

NUMBER = {"key": "number", "kind": "text", "required": True}


def seed(workflows: int, *steps: tuple[str, Any]) -> None:
    """Make workflows with these steps, each with a channel of its own; print their paths.

    A step is ("say", text) or ("wait", seconds).
    """
    call_command("migrate", verbosity=0, interactive=False)
    owner = make_owner()
    paths = [_hook(owner, number, steps) for number in range(workflows)]
    sys.stdout.write(json.dumps(paths))


def _hook(owner: Member, number: int, steps: tuple[tuple[str, Any], ...]) -> str:
    channel = make_channel(f"channel-{number}", by=owner)
    made = [_step(channel, kind, value) for kind, value in steps]
    return hook_path(make_live(owner, name=f"W{number}", variables=[NUMBER], steps=made))


def _step(channel: Channel, kind: str, value: Any) -> dict[str, Any]:
    if kind == "wait":
        return {"kind": "wait", "config": {"seconds": value}}
    return {"kind": "send_message", "config": {"channel": channel.channel_id, "text": value}}


def store_runs(count: int, *, waiting: int) -> None:
    """Store so many more runs like the first; of them so many are due, before its last step."""
    like = Run.objects.order_by("pk")[0]
    Run.objects.bulk_create(
        Run(
            workflow_id=like.workflow_id,
            version_id=like.version_id,
            values={"number": f"old-{number}"},
            payload="{}",
            status=Run.Status.WAITING if number < waiting else Run.Status.SUCCEEDED,
            next_step=like.next_step - 1,
        )
        for number in range(count)
    )
