"""Builders fill in what a test does not care about. Everybody knows the cast:

Alice manages the workflow, Bob is in its channel, Charlie is a stranger to it, Dana is a team
admin, Gus is a guest.
"""

import itertools
from typing import Any

from django.db.models import F
from django.utils import timezone

from messaging.models import Channel, Member, Membership, Message, Workspace
from messaging.services import create_channel, create_member
from workflows.hook.answers import ERRORS
from workflows.models import RefusalCount, RefusalSample, Step, Variable, Workflow
from workflows.services import create_workflow, publish_workflow, request_url

_numbers = itertools.count(1)


def make_member(name: str = "", **fields: Any) -> Member:
    name = name or f"Member {next(_numbers)}"
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}@example.org")
    return create_member(email=email, display_name=name, password="secret", **fields)


def make_owner(name: str = "Olivia") -> Member:
    return make_member(name, role=Member.Role.OWNER)


def make_admin(name: str = "Dana") -> Member:
    return make_member(name, role=Member.Role.ADMIN)


def make_guest(name: str = "Gus") -> Member:
    return make_member(name, role=Member.Role.GUEST)


def make_channel(
    name: str = "", *, by: Member | None = None, members: tuple[Member, ...] = (), **fields: Any
) -> Channel:
    channel = create_channel(
        name=name or f"channel-{next(_numbers)}", by=by or make_member(), **fields
    )
    Membership.objects.bulk_create(Membership(channel=channel, member=one) for one in members)
    return channel


def make_workspace(**fields: Any) -> Workspace:
    workspace = Workspace.current()
    for name, value in fields.items():
        setattr(workspace, name, value)
    workspace.save()
    return workspace


def make_draft(name: str = "", *, by: Member | None = None, **fields: Any) -> Workflow:
    """A draft with no step and no variable, unless some are given."""
    name = name or f"Workflow {next(_numbers)}"
    return create_workflow(name=name, by=by or make_member(), **fields)


def message_step(channel: Channel, text: str = "Hello") -> dict[str, Any]:
    return {"kind": "send_message", "config": {"channel": f"#{channel.name}", "text": text}}


def make_variable(workflow: Workflow, key: str = "", **fields: Any) -> Variable:
    return Variable.objects.create(
        workflow=workflow,
        key=key or f"key_{next(_numbers)}",
        position=workflow.variables.count(),
        **fields,
    )


def make_step(workflow: Workflow, kind: str = "wait", **config: Any) -> Step:
    config = config or {"seconds": 60}
    return Step.objects.create(
        workflow=workflow, kind=kind, config=config, position=workflow.steps.count()
    )


TICKET_VARIABLES = [
    {"key": "support_ticket_link", "kind": "text"},
    {"key": "assigned_support_agent", "kind": "member"},
]
TICKET_TEXT = "New ticket {{ support_ticket_link }} for {{ assigned_support_agent }}"


def make_workflow(
    by: Member,
    *,
    channel: Channel | None = None,
    text: str = TICKET_TEXT,
    variables: list[dict[str, Any]] = TICKET_VARIABLES,
    steps: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> Workflow:
    """A draft: one step that posts the text, unless other steps are given."""
    if steps is None:
        channel = channel or make_channel(by=by)
        config = {"channel": channel.channel_id, "text": text}
        steps = [{"kind": "send_message", "config": config}]
    fields = {"name": "New support ticket", "icon": ":ticket:", **fields}
    return create_workflow(by=by, variables=variables, steps=steps, **fields)


def make_live(by: Member, **fields: Any) -> Workflow:
    """A published workflow."""
    workflow = make_workflow(by, **fields)
    publish_workflow(workflow=workflow, by=by)
    return workflow


def make_refusal(workflow: Workflow, error: str = "invalid_json", **answer: Any) -> RefusalSample:
    """A request that was refused just now: counted, and kept as a sample."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    counted, _is_new = RefusalCount.objects.get_or_create(
        workflow=workflow, minute=minute, error=error
    )
    RefusalCount.objects.filter(pk=counted.pk).update(count=F("count") + 1)
    return RefusalSample.objects.create(
        workflow=workflow,
        refused_at=now,
        status=ERRORS[error],
        error=error,
        answer={"ok": False, "error": error, **answer},
        sent_by="curl",
    )


def hook_path(workflow: Workflow) -> str:
    """The path that services post to, with the secret token."""
    return "/hooks/" + request_url(workflow=workflow).partition("/hooks/")[2]


def told(member: Member) -> list[Message]:
    """What Declic told the member by direct message, oldest first."""
    app = Workspace.current().app
    return list(Message.objects.filter(app=app, channel__members=member))
