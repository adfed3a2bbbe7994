"""What becomes of a run: its steps, its waits, and who holds it."""

import datetime

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from messaging.services import (
    post_message,
)
from tests.builders import make_live
from tests.workflows.runs import WAIT, carry_on, later, say, start, texts
from workflows.models import Run
from workflows.models.request_url import LONG_AGO
from workflows.runs import engine
from workflows.runs.plan import plan_of
from workflows.services import (
    publish_workflow,
    set_steps,
)

pytestmark = pytest.mark.django_db


# --- Steps, in the request and after a wait -------------------------------------------------------


def test_local_steps_are_done_when_the_run_is_accepted(alice, support):
    run = start(make_live(alice, steps=[say(support, "one"), say(support, "two")]))

    assert run.status == Run.Status.SUCCEEDED
    assert run.finished_at is not None
    assert texts(support) == ["one", "two"]
    assert [one.position for one in run.step_runs.all()] == [0, 1]


def test_a_wait_parks_the_run_until_its_time(waiting, support):
    before = timezone.now()

    run = start(waiting)

    assert run.status == Run.Status.WAITING
    assert run.next_step == 2
    assert datetime.timedelta(0) <= run.due_at - before - datetime.timedelta(seconds=60)
    assert [one.kind for one in run.step_runs.all()] == ["send_message", "wait"]
    assert carry_on() == 0
    assert texts(support) == ["before"]


def test_a_run_is_carried_on_once_its_time_has_come(waiting, support):
    run = start(waiting)

    with later(61):
        assert carry_on() == 1
        assert carry_on() == 0

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert texts(support) == ["before", "after"]
    assert [one.position for one in run.step_runs.all()] == [0, 1, 2]
    assert run.lease_until == LONG_AGO


def test_two_waits_are_two_ends_of_a_request(alice, support):
    run = start(make_live(alice, steps=[WAIT, say(support, "middle"), WAIT, say(support, "end")]))

    with later(61):
        carry_on()
    assert texts(support) == ["middle"]
    with later(122):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert texts(support) == ["middle", "end"]


def test_a_wait_at_the_end_ends_the_run(alice):
    run = start(make_live(alice, steps=[WAIT]))

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED


def test_a_step_that_is_not_local_leaves_the_request(alice, support, odd_step):
    calls = []
    odd = odd_step(lambda context: calls.append(context.run_id) or {}, local=False)

    run = start(make_live(alice, steps=[say(support, "first"), odd, say(support, "last")]))

    assert (run.status, run.next_step, calls) == (Run.Status.WAITING, 1, [])
    assert texts(support) == ["first"]
    carry_on()
    assert calls == [run.run_id]
    assert texts(support) == ["first", "last"]


def test_each_step_after_the_request_is_a_transaction_of_its_own(alice, support, odd_step):
    def break_down(context):
        raise OperationalError("gone away")

    steps = [WAIT, say(support, "kept"), odd_step(break_down), say(support, "never")]
    run = start(make_live(alice, steps=steps))

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert (run.status, run.next_step) == (Run.Status.WAITING, 2)
    assert texts(support) == ["kept"]


def test_a_run_finishes_on_the_version_that_it_was_accepted_with(waiting, alice, support):
    run = start(waiting)
    set_steps(workflow=waiting, by=alice, steps=[say(support, "new")])
    publish_workflow(workflow=waiting, by=alice)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.version.number == 1
    assert texts(support) == ["before", "after"]
    start(waiting)
    assert texts(support)[-1] == "new"


# --- Who holds a run ------------------------------------------------------------------------------


def test_of_two_who_claim_a_run_one_gets_it(due):
    first, second = engine.claim(due.pk, "one"), engine.claim(due.pk, "two")

    assert first is not None
    assert first.lease_owner == "one"
    assert second is None


def test_who_has_no_lease_carries_nothing_on(due, support):
    engine.claim(due.pk, "one")

    assert engine.advance(due.pk, "two") is False
    assert texts(support) == ["before"]


def test_a_lease_that_ran_out_is_taken_over_once(due, support):
    engine.claim(due.pk, "dead")

    with later(engine.LEASE.total_seconds() + 1):
        assert carry_on("two") == 1
        assert carry_on("three") == 0

    assert texts(support) == ["before", "after"]


def test_whose_lease_was_taken_over_leaves_nothing_of_the_step(alice, support, odd_step):
    def lose_the_lease(context):
        post_message(channel=support, sender=context.app, text="twice")
        taken = timezone.now() + engine.LEASE
        Run.objects.filter(run_id=context.run_id).update(lease_owner="other", lease_until=taken)
        return {}

    run = start(make_live(alice, steps=[WAIT, odd_step(lose_the_lease)]))
    Run.objects.update(due_at=timezone.now())

    with pytest.raises(engine.LeaseLost):
        engine.advance(run.pk, "one")

    run.refresh_from_db()
    assert texts(support) == []
    assert run.step_runs.count() == 1
    assert run.status == Run.Status.WAITING


def test_the_same_owner_a_second_time_is_another_lease(due, support, monkeypatch):
    slow = engine.claim(due.pk, "one")
    with later(engine.LEASE.total_seconds() + 1):
        assert engine.claim(due.pk, "one") is not None
        with pytest.raises(engine.LeaseLost), transaction.atomic():
            engine._advance_one_step(slow, plan_of(slow.version_id), "one")

    assert texts(support) == ["before"]


def test_what_is_put_back_must_be_ones_own(due):
    engine.claim(due.pk, "one")

    engine.put_back(due.pk, "two", engine.REFUSED)

    due.refresh_from_db()
    assert due.lease_until > timezone.now()


def test_runs_that_nobody_can_carry_on_do_not_hold_up_the_others(alice, support, odd_step):
    def break_down(context):
        raise OperationalError("gone away")

    start(make_live(alice, steps=[WAIT, odd_step(break_down)]))
    start(make_live(alice, steps=[WAIT, say(support, "hello")]))

    with later(61):
        assert carry_on() == 1

    assert texts(support) == ["hello"]


def test_a_run_whose_version_is_no_use_any_more_does_not_hold_up_the_others(alice, support, caplog):
    broken = make_live(alice, steps=[WAIT])
    run = start(broken)
    start(make_live(alice, steps=[WAIT, say(support, "hello")]))
    step = {"kind": "wait", "config": {"gone": 1}}
    broken.versions.update(definition={**broken.definition(), "steps": [WAIT, step]})
    plan_of.cache_clear()

    with later(61):
        assert carry_on() == 1
        run.refresh_from_db()
        assert run.due_at > timezone.now()
    assert texts(support) == ["hello"]
    assert any(record.exc_info for record in caplog.records)
    Run.objects.filter(pk=run.pk).update(attempt=engine.MOST_ATTEMPTS - 1)
    with later(600):
        carry_on()

    run.refresh_from_db()
    assert run.error_sentence == "Something in Declic itself went wrong in this step."
