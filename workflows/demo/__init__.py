"""A small workspace to look at: people, channels, some days of messages, three workflows."""

import datetime
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from messaging import mrkdwn
from messaging.directory import Directory
from messaging.models import App, Channel, Member, Message, Workspace
from messaging.services import add_member, create_channel, create_member, direct_channel
from workflows.demo.story import CHANNELS, PEOPLE, SAID
from workflows.models import Workflow
from workflows.services import publish_workflow, request_url
from workflows.services.files import import_workflow

FOLDER = Path(__file__).parent
NOTE = "demo.json"  # in the data folder: says that the workspace is a demo, and its sign-in
OWNER = "alice"


class RealWorkspace(Exception):
    """Raised where the database holds a workspace that is no demo: nothing is seeded."""


@dataclass(frozen=True)
class Demo:
    """What the command prints of a seeded workspace."""

    email: str
    password: str
    workflow: Workflow
    request_url: str


def ensure_demo() -> Demo:
    """Seed the demo where nobody has an account; return it as it is where it was seeded before.

    Raise RealWorkspace for any other database.
    """
    note = settings.DECLIC_DATA_DIR / NOTE
    if not Member.objects.get_queryset().exists():
        password = "-".join(secrets.token_hex(2) for _ in range(3))
        workflow = _seed(password)
        _write_note(note, {"password": password, "workflow": workflow.pk})
    try:
        kept = json.loads(note.read_text())
        owner = Member.objects.get_queryset().get(email=address(OWNER))
        workflow = Workflow.objects.get(pk=kept["workflow"])
        url = request_url(workflow=workflow)
    except (OSError, ValueError, KeyError, Member.DoesNotExist, Workflow.DoesNotExist):
        raise RealWorkspace from None
    return Demo(email=owner.email, password=kept["password"], workflow=workflow, request_url=url)


def _write_note(path: Path, note: dict[str, object]) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(note, file)


def address(name: str) -> str:
    """Return the e-mail address of one of the demo's people."""
    return f"{name}@harbourbikes.example"


@transaction.atomic
def _seed(password: str) -> Workflow:
    """Make everything; return the ticket workflow, published."""
    workspace = Workspace.current()
    workspace.name = "Harbour Bikes"
    workspace.save(update_fields=["name"])
    people = {
        name: create_member(
            email=address(name), password=password if name == OWNER else None, **fields
        )
        for name, fields in PEOPLE.items()
    }
    channels = {name: _make_channel(name, people) for name in CHANNELS}
    workspace.default_channels.add(channels["general"])
    ticket = import_workflow(_file("new_support_ticket.json"), by=people[OWNER])
    publish_workflow(workflow=ticket, by=people[OWNER])
    import_workflow(_file("deploy_finished.json"), by=people[OWNER])
    parcel = import_workflow(_file("report_late_parcel.json"), by=people[OWNER])
    publish_workflow(workflow=parcel, by=people[OWNER])
    _tell_story(people, channels, ticket.app)
    direct_channel(member=people[OWNER], other=people[OWNER])
    return ticket


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _make_channel(name: str, people: dict[str, Member]) -> Channel:
    topic, is_private, inside = CHANNELS[name]
    owner = people[OWNER]
    channel = create_channel(name=name, by=owner, is_private=is_private, topic=topic)
    for one in inside:
        add_member(channel=channel, member=people[one], by=owner)
    return channel


def _tell_story(people: dict[str, Member], channels: dict[str, Channel], ticket: App) -> None:
    """Post the story's messages, oldest first, with their times of the last days."""
    today = timezone.now().replace(second=0, microsecond=0)
    messages = []
    for days, hour, minute, place, who, text in SAID:
        body = mrkdwn.parse(text)
        when = (today - datetime.timedelta(days=days)).replace(hour=hour, minute=minute)
        messages.append(
            Message(
                channel=channels[place],
                member=people.get(who),
                app=None if who in people else ticket,
                text=mrkdwn.plain_text(body, Directory.of(body).names()),
                body=body,
                created_at=when,
            )
        )
    messages.sort(key=lambda one: one.created_at)
    Message.objects.bulk_create(messages)
