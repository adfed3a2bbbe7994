"""Wait until a time of day: when it is, over days, weekends and changes of the clock."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from messaging.models import Workspace
from tests.builders import make_draft, make_live, make_step
from tests.workflows.runs import say, start, texts
from workflows.fields.base import clean_config
from workflows.fields.scope import EditScope
from workflows.models import Run
from workflows.registry import step_kinds
from workflows.runs.engine import advance
from workflows.services.files import dump_workflow, export_workflow, import_workflow

UTC = datetime.UTC
SCOPE = EditScope(member=None, variables={})


@pytest.fixture(autouse=True)
def paris(db):
    workspace = Workspace.current()
    workspace.time_zone = "Europe/Paris"
    workspace.save()


def moment(time: str, now: str, **config: bool) -> str:
    """Return when a run goes on, both in UTC."""
    step = step_kinds.find("wait_until")
    filled = {"time": datetime.time.fromisoformat(time), **config}
    found = step.resume_at(filled, datetime.datetime.fromisoformat(now).replace(tzinfo=UTC))
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("time", "now", "then"),
    [
        ("09:00", "2026-11-24 07:59:59", "2026-11-24 08:00"),  # still to come
        ("09:00", "2026-11-24 08:00:00", "2026-11-25 08:00"),  # just now: not again
        ("09:00", "2026-11-24 20:00:00", "2026-11-25 08:00"),
        ("00:30", "2026-11-24 23:15:00", "2026-11-24 23:30"),  # the 25th in Paris already
        ("09:00", "2026-12-31 12:00:00", "2027-01-01 08:00"),
        ("09:00", "2026-03-28 12:00:00", "2026-03-29 07:00"),  # the clock is put forward at night
        ("09:00", "2026-10-24 12:00:00", "2026-10-25 08:00"),  # and back
        ("02:30", "2026-03-28 12:00:00", "2026-03-29 01:30"),  # there is none: 03:30
        ("02:30", "2026-03-29 01:30:00", "2026-03-30 00:30"),
        ("02:30", "2026-10-24 12:00:00", "2026-10-25 00:30"),  # there are two: the first
        ("02:30", "2026-10-25 00:45:00", "2026-10-26 01:30"),  # which is over
        ("02:30", "2026-10-25 01:15:00", "2026-10-26 01:30"),
    ],
)
def test_it_is_today_if_still_to_come_else_tomorrow(time, now, then):
    assert moment(time, now) == then


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-27 07:00:00", "2026-11-27 08:00"),  # a Friday
        ("2026-11-27 09:00:00", "2026-11-30 08:00"),
        ("2026-11-28 07:00:00", "2026-11-30 08:00"),  # a Saturday
        ("2026-11-29 23:30:00", "2026-11-30 08:00"),  # Monday in Paris
        ("2026-11-29 07:00:00", "2026-11-30 08:00"),
    ],
)
def test_on_working_days_the_weekend_is_left_out(now, then):
    assert moment("09:00", now, working_days=True) == then


def test_its_settings_are_checked():
    kind = step_kinds.find("wait_until")
    assert clean_config(kind, {"time": "9:00"}, SCOPE) == {"time": "09:00", "working_days": False}
    with pytest.raises(ValidationError) as refused:
        clean_config(kind, {"time": "25:00", "working_days": "yes"}, SCOPE)
    assert refused.value.message_dict == {
        "time": ["must be a time like 09:00"],
        "working_days": ["must be true or false"],
    }


def test_a_run_waits_for_it_and_goes_on_once(alice, support):
    wait = {"kind": "wait_until", "config": {"time": "09:00", "working_days": True}}
    live = make_live(alice, steps=[say(support, "before"), wait, say(support, "after")])
    run = start(live)
    assert texts(support) == ["before"]
    assert run.due_at > timezone.now()
    assert run.due_at.astimezone(Workspace.zone()).strftime("%H:%M") == "09:00"
    assert run.step_runs.get(position=1).input == {"time": "09:00", "working_days": True}
    Run.objects.update(due_at=timezone.now())
    assert advance(run.pk, "me")
    assert texts(support) == ["before", "after"]


def test_it_is_written_to_a_file_and_read_back(alice):
    workflow = make_draft(by=alice)
    make_step(workflow, "wait_until", time="09:00", working_days=True)
    steps = export_workflow(workflow)["steps"]
    assert steps == [{"kind": "wait_until", "config": {"time": "09:00", "working_days": True}}]
    again = import_workflow(dump_workflow(workflow), by=alice)
    assert again.steps.get().config == {"time": "09:00", "working_days": True}


def test_it_is_drawn_and_saved_in_the_builder(alice, signed_in):
    workflow = make_draft(by=alice)
    step = make_step(workflow, "wait_until", working_days=False)
    client, path = signed_in(alice), f"/workflows/{workflow.pk}/edit"
    page = client.get(path).content.decode()
    assert 'type="time"' in page
    assert "Only on working days" in page
    data = {
        "base-time": "",
        "f-time": "09:00",
        "base-working_days": "false",
        "f-working_days": "on",
    }
    client.post(f"{path}/steps/{step.pk}", data)
    step.refresh_from_db()
    assert step.config == {"time": "09:00", "working_days": True}
