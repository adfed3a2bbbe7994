"""Many runs that end or go with their workflow: for people at once, in the store bit by bit."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.services import deactivate_member
from tests.builders import make_draft, make_live, make_refusal, told
from tests.workflows.runs import WAIT, carry_on, later, say, start, texts
from workflows.models import RefusalCount, Run, StepRun, Workflow
from workflows.models.run import make_run_id
from workflows.runs import engine, retention
from workflows.runs.ending import BATCH, open_runs
from workflows.services import delete_workflow, publish_workflow, unpublish_workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(alice, steps=[WAIT, say(support, "after")])


def make_waiting(workflow, count):
    Run.objects.bulk_create(
        Run(
            run_id=make_run_id(),
            workflow=workflow,
            version=workflow.published_version,
            due_at=timezone.now(),
            next_step=1,
        )
        for _number in range(count)
    )


@pytest.fixture
def many(live):
    """More runs that wait than one batch ends."""
    make_waiting(live, 2 * BATCH + 5)
    return live


@pytest.mark.parametrize("change", [unpublish_workflow, delete_workflow])
def test_the_change_itself_writes_one_batch_however_many_wait(alice, many, change):
    with CaptureQueriesContext(
        connection,
    ) as few:
        change(workflow=many, by=alice)

    assert Run.objects.open().count() == BATCH + 5
    assert len(few) < 40


@pytest.mark.parametrize("change", [unpublish_workflow, delete_workflow])
def test_what_is_left_is_carried_on_by_nobody(alice, many, support, change):
    change(workflow=many, by=alice)

    with later(1):
        carry_on()

    assert texts(support) == []


def test_pages_show_all_as_cancelled_at_once(alice, many, signed_in):
    last = Run.objects.order_by("-due_at", "-pk").first()
    unpublish_workflow(workflow=many, by=alice)
    last.refresh_from_db()
    assert last.status == Run.Status.WAITING  # in the store, for a moment

    her = signed_in(alice)
    activity = reverse("workflows:runs", args=[many.pk])
    assert "No run matches" in her.get(activity, {"status": "waiting"}).content.decode()
    assert last.run_id in her.get(activity, {"status": "cancelled"}).content.decode()
    shown = her.get(last.get_absolute_url()).content.decode()
    assert "unpublished while the run was waiting" in shown
    csv = her.get(reverse("workflows:runs_csv", args=[many.pk])).getvalue().decode()
    assert "Waiting" not in csv
    assert csv.count("Cancelled") == 2 * BATCH + 5


def test_published_again_only_newer_runs_are_carried_on(alice, many, support):
    unpublish_workflow(workflow=many, by=alice)
    publish_workflow(workflow=many, by=alice)
    run = start(many)

    assert list(open_runs(many)) == [run]
    with later(61):
        while carry_on():
            pass
    assert texts(support) == ["after"]


def test_who_holds_a_run_that_is_left_loses_it_before_the_next_step(alice, support, monkeypatch):
    monkeypatch.setattr("workflows.runs.ending.BATCH", 0)  # none goes with the change itself
    live = make_live(alice, steps=[WAIT, say(support, "one"), say(support, "two")])
    make_waiting(live, 1)
    one_step = engine._advance_one_step

    def step_and_unpublish(run, plan, owner):
        one_step(run, plan, owner)
        unpublish_workflow(workflow=Workflow.objects.get(), by=alice)

    monkeypatch.setattr(engine, "_advance_one_step", step_and_unpublish)
    carry_on()

    assert texts(support) == ["one"]


def test_retention_ends_the_rest(alice, many):
    unpublish_workflow(workflow=many, by=alice)

    assert retention.prune() is True

    ended = Run.objects.filter(status=Run.Status.CANCELLED)
    assert ended.count() == 2 * BATCH + 5
    assert len(set(ended.values_list("finished_at", flat=True))) == 1


def test_retention_takes_a_deleted_workflow_away_bit_by_bit(alice, live, monkeypatch):
    monkeypatch.setattr(retention, "RUN_BATCH", 2)
    for _time in range(5):
        start(live)
    make_refusal(live)
    delete_workflow(workflow=live, by=alice)
    stops = iter([False] * 2)

    assert retention.prune(should_stop=lambda: next(stops, True)) is False
    assert 0 < Run.objects.count() < 5
    assert retention.prune() is True

    assert not Run.objects.exists()
    assert not StepRun.objects.exists()
    assert not RefusalCount.objects.exists()
    assert not Workflow.everything.exists()


def test_a_deleted_workflow_is_nowhere(alice, bob, dana, live, signed_in):
    run = start(live)
    about = reverse("workflows:about", args=[live.app_id])
    delete_workflow(workflow=live, by=alice)

    her = signed_in(alice)
    assert her.get(live.get_absolute_url()).status_code == 404
    assert her.get(run.get_absolute_url()).status_code == 404
    assert f"/{live.pk}/" not in her.get(reverse("workflows:list")).content.decode()
    assert her.get(about).status_code == signed_in(bob).get(about).status_code
    admin = signed_in(dana).get(reverse("admin:workflows_workflow_changelist"))
    assert live.name not in admin.content.decode()


def test_a_deactivated_manager_of_many_workflows_is_told_of_in_few_messages(bob, dana):
    for _time in range(15):
        make_draft(by=bob)

    with CaptureQueriesContext(connection) as many:
        deactivate_member(member=bob, by=dana)

    said = [message.text for message in told(dana)]
    assert len(said) == 11
    assert "nobody manages any more: 5" in said[-1]
    assert len(many) < 150
