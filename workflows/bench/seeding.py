"""Thousands of published workflows, made in seconds: copies of one that the services made."""

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from messaging.models import App, Channel, Member
from messaging.services import create_channel, create_member
from workflows import url_tokens
from workflows.models import HookClock, RequestURL, Workflow, WorkflowManager, WorkflowVersion
from workflows.services import create_workflow, publish_workflow

CHANNELS = 50
BATCH = 1000
VARIABLES = [{"key": "support_ticket_link", "kind": "text"}, {"key": "subject", "kind": "text"}]
TEXT = "*New ticket* {{ support_ticket_link }}: {{ subject }}"


@transaction.atomic
def seed(count: int) -> list[str]:
    """Make so many workflows, one message step each, and return the paths of their hooks."""
    manager = create_member(
        email="bench@example.org", display_name="Bench", password=None, role=Member.Role.OWNER
    )
    channels = [create_channel(name=f"bench-{number}", by=manager) for number in range(CHANNELS)]
    definition = _published_definition(channels[0], manager)
    apps = App.objects.bulk_create(
        (App(name=f"Workflow {number}") for number in range(count)), batch_size=BATCH
    )
    workflows = Workflow.objects.bulk_create(
        (Workflow(name=app.name, app=app, created_by=manager) for app in apps), batch_size=BATCH
    )
    WorkflowVersion.objects.bulk_create(
        (
            WorkflowVersion(
                workflow=workflow,
                number=1,
                definition=_posting_to(channels[number % CHANNELS], definition),
                published_by=manager,
            )
            for number, workflow in enumerate(workflows)
        ),
        batch_size=BATCH,
    )
    newest = WorkflowVersion.objects.filter(workflow=OuterRef("pk")).values("pk")[:1]
    Workflow.objects.filter(published_version=None).update(published_version=Subquery(newest))
    HookClock.objects.bulk_create((HookClock(workflow=one) for one in workflows), batch_size=BATCH)
    WorkflowManager.objects.bulk_create(
        (WorkflowManager(workflow=one, member=manager) for one in workflows), batch_size=BATCH
    )
    return _make_urls(workflows)


def _published_definition(channel: Channel, manager: Member) -> dict[str, Any]:
    workflow = create_workflow(
        name="Bench",
        by=manager,
        variables=VARIABLES,
        steps=[{"kind": "send_message", "config": {"channel": channel.channel_id, "text": TEXT}}],
    )
    return publish_workflow(workflow=workflow, by=manager).definition


def _posting_to(channel: Channel, definition: dict[str, Any]) -> dict[str, Any]:
    step = definition["steps"][0]
    config = {**step["config"], "channel": channel.channel_id}
    return {**definition, "steps": [{**step, "config": config}]}


def _make_urls(workflows: list[Workflow]) -> list[str]:
    """Give each workflow a request URL; nobody copies it again, so it is kept as digest only."""
    made = [url_tokens.new_token() for _ in workflows]
    RequestURL.objects.bulk_create(
        (
            RequestURL(workflow=workflow, digest=url_tokens.digest(token), encrypted_token="")
            for workflow, token in zip(workflows, made, strict=True)
        ),
        batch_size=BATCH,
    )
    return [f"/hooks/workflows/{token}" for token in made]
