"""A database of the version before, with what people had in it, goes on under this one."""

import datetime
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import Member, Message
from workflows.models import Run, Workflow
from workflows.runs import dispatch
from workflows.runs.run_lines import run_lines
from workflows.url_tokens import digest, encrypt, new_token

BEFORE = [("messaging", "0001_initial"), ("workflows", "0004_rotation_and_failures")]
HOUR = datetime.timedelta(hours=1)
TOKEN = new_token()


@pytest.fixture
def empty_database(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[None]:
    """Use a database of the test's own without any table, in place of the one for all tests."""
    shared = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        if connection.vendor == "sqlite":
            own = str(tmp_path / "before.sqlite3")
        else:
            own = f"declic_upgrade_{uuid.uuid4().hex}"
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{own}"')
        connection.settings_dict["NAME"] = own
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = shared
            if connection.vendor != "sqlite":
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{own}"')


def migrate_to_the_version_before() -> Any:
    """Make its tables; return its models."""
    executor = MigrationExecutor(connection)
    ours = {app for app, _name in BEFORE}
    others = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in ours]
    executor.migrate([*BEFORE, *others])
    return executor.loader.project_state(BEFORE).apps


def migrate_to_this_version() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


class Filling:
    """Puts in what a workspace has, through the models of the version before."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        self.now = timezone.now()

    def make(self, label: str, /, **fields: Any) -> Any:
        return self.apps.get_model(label).objects.create(**fields)

    def make_member(self, name: str) -> Any:
        email, member_id = f"{name.lower()}@example.org", f"U{name.upper():0<9}"
        return self.make(
            "messaging.Member", email=email, display_name=name, password="!", member_id=member_id
        )

    def people(self) -> None:
        """Alice and Bob, and a channel in which the workflow has posted."""
        make = self.make
        self.alice, self.bob = self.make_member("Alice"), self.make_member("Bob")
        self.support = make("messaging.Channel", name="support", created_by=self.alice)
        for member in (self.alice, self.bob):
            make("messaging.Membership", channel=self.support, member=member)
        face = make("messaging.App", name="Declic", is_workflow=False)
        make("messaging.Workspace", pk=1, app=face)
        self.app = make("messaging.App", name="Tickets")
        body = [{"t": "p", "c": [{"t": "text", "v": "First"}]}]
        self.message = make(
            "messaging.Message", channel=self.support, app=self.app, text="First", body=body
        )
        make("messaging.Change", kind="message_posted", channel=self.support, message=self.message)

    def workflows(self) -> None:
        """One that is live, and a draft."""
        channel = self.support.channel_id
        steps = [
            {"kind": "send_message", "config": {"channel": channel, "text": "First"}},
            {"kind": "wait", "config": {"seconds": 60}},
            {"kind": "send_message", "config": {"channel": channel, "text": "{{ it }}"}},
        ]
        variable = {"key": "it", "kind": "text", "example": "", "required": False, "default": ""}
        self.live = self.make_workflow("Tickets", self.app, steps)
        self.make("workflows.Variable", workflow=self.live, position=0, **variable)
        definition = {
            "name": "Tickets",
            "description": "",
            "icon": ":zap:",
            "trigger": {"kind": "webhook"},
            "variables": [variable],
            "steps": steps,
        }
        self.version = self.make(
            "workflows.WorkflowVersion",
            workflow=self.live,
            number=1,
            published_by=self.alice,
            definition=definition,
        )
        self.live.published_version = self.version
        self.live.save()
        kept = {"digest": digest(TOKEN), "encrypted_token": encrypt(TOKEN)}
        self.make("workflows.RequestURL", workflow=self.live, **kept)
        app = self.make("messaging.App", name="Draft")
        self.draft = self.make_workflow("Draft", app, [{"kind": "wait", "config": {"seconds": 5}}])

    def make_workflow(self, name: str, app: Any, steps: list[dict[str, Any]]) -> Any:
        workflow = self.make("workflows.Workflow", name=name, app=app, created_by=self.alice)
        self.make("workflows.HookClock", workflow=workflow)
        self.make("workflows.WorkflowManager", workflow=workflow, member=self.alice)
        for position, step in enumerate(steps):
            self.make("workflows.Step", workflow=workflow, position=position, **step)
        return workflow

    def runs(self) -> None:
        """One that waits, some that are over, and what was refused."""
        self.waiting = self.make_run("webhook", next_step=2, due_at=self.now - HOUR)
        self.make(
            "workflows.StepRun",
            run=self.waiting,
            position=0,
            kind="send_message",
            status="succeeded",
            input={"channel": "#support", "text": "First"},
            output={"message": self.message.pk},
            finished_at=self.now,
        )
        self.started = [
            self.make_run(words, status="succeeded", finished_at=self.now).pk
            for words in (
                f"test:{self.alice.member_id}",
                f"shortcut:{self.bob.member_id}",
                f"replay:{self.waiting.run_id}:{self.bob.member_id}",
                "test:UGONE00000",
                "a_kind_that_is_gone",
            )
        ]
        refused = {"workflow": self.live, "error": "invalid_json"}
        self.make("workflows.RefusalCount", minute=self.now, count=3, **refused)
        answer = {"ok": False, "error": "invalid_json"}
        self.make("workflows.RefusalSample", status=400, answer=answer, **refused)

    def make_run(self, words: str, **fields: Any) -> Any:
        return self.make(
            "workflows.Run",
            workflow=self.live,
            version=self.version,
            started_by=words,
            values={"it": "Second"},
            payload='{"it": "Second"}',
            **fields,
        )


@pytest.fixture
def before(empty_database: None) -> Filling:
    """A database that the version before made and filled, migrated to this version."""
    filled = Filling(migrate_to_the_version_before())
    filled.people()
    filled.workflows()
    filled.runs()
    migrate_to_this_version()
    return filled


def test_waiting_runs_are_carried_on(before):
    assert dispatch.run_due("test") == 1

    run = Run.objects.get(pk=before.waiting.pk)
    assert run.status == Run.Status.SUCCEEDED
    assert [one.text for one in Message.objects.order_by("pk")] == ["First", "Second"]


def test_who_started_a_run_is_known_as_before(before):
    runs = Run.objects.select_related("version")
    said = {one.run.pk: one.started_by for one in run_lines(runs)}

    assert said[before.waiting.pk] == "Webhook"
    assert [said[key] for key in before.started] == [
        "Test by Alice",
        "Shortcut by Bob",
        f"Replay of {before.waiting.run_id} by Bob",
        "Test",
        "a_kind_that_is_gone",
    ]


def test_services_that_post_are_answered_as_before(before):
    client = Client()
    answer = client.post(
        f"/hooks/workflows/{TOKEN}", '{"it": "Third"}', content_type="application/json"
    )

    assert answer.status_code == 200
    assert Run.objects.get(run_id=answer.json()["run"]).values == {"it": "Third"}


def test_pages_open(before):
    client = Client()
    client.force_login(Member.objects.get(pk=before.alice.pk))
    run = Run.objects.get(pk=before.waiting.pk)
    live = Workflow.objects.get(pk=before.live.pk)
    paths = [
        reverse("workflows:list"),
        live.get_absolute_url(),
        run.get_absolute_url(),
        reverse("workflows:runs", args=[live.pk]),
        reverse("workflows:versions", args=[live.pk]),
        reverse("workflows:edit", args=[live.pk]),
        reverse("workflows:edit", args=[before.draft.pk]),
        Message.objects.get().channel.get_absolute_url(),
    ]

    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_a_process_of_the_version_before_can_still_insert(before):
    """While it is replaced by this version, on PostgreSQL."""
    columns = {field.column for field in Run._meta.concrete_fields}
    kept = columns - {"id", "run_id", "start_kind", "started_by_id", "replay_of"}
    names = ", ".join(f'"{name}"' for name in sorted(kept))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "workflows_run" ("run_id", "started_by", {names}) '
            f"SELECT 'R-OLD', 'webhook', {names} FROM \"workflows_run\" WHERE id = %s",
            [before.waiting.pk],
        )

    assert Run.objects.get(run_id="R-OLD").start_kind == "webhook"
