"""A clock that was set back delays nothing for as long; steps that end the process are given up."""

import contextlib
import datetime

import pytest
from django.utils import timezone

from tests.builders import make_live
from tests.workflows.runs import WAIT, carry_on, later, say, start, texts
from workflows.models import Run
from workflows.runs import clock, dispatch, engine
from workflows.server import serving

pytestmark = pytest.mark.django_db

HOUR = 3600.0


@pytest.fixture
def waiting(alice, support):
    """A workflow that waits a minute and then says "after"."""
    return make_live(alice, steps=[WAIT, say(support, "after")])


@pytest.fixture(autouse=True)
def _a_clock_of_its_own(monkeypatch):
    monkeypatch.setattr(clock, "_clock", clock.Clock())
    clock.follow()


@contextlib.contextmanager
def ahead_of_time():
    """Have the clock go an hour ahead, as whoever looks for due runs sees, and then back."""
    with later(HOUR):
        carry_on()
        yield


def test_a_wait_begins_anew_where_the_clock_was_set_back(waiting, support):
    with ahead_of_time():
        start(waiting)

    assert carry_on() == 0
    with later(61):
        assert carry_on() == 1
    assert texts(support) == ["after"]


def test_what_was_left_due_is_due_at_once(alice, support):
    steps = [{"kind": "wait", "config": {"seconds": 1}}, say(support, "after")]
    with ahead_of_time():
        run = start(make_live(alice, steps=steps))
        Run.objects.filter(pk=run.pk).update(due_at=timezone.now())

    with later(1.5):
        carry_on()
    assert texts(support) == ["after"]


def test_what_was_put_back_is_tried_within_a_minute(waiting, support):
    with ahead_of_time():
        run = start(waiting)
        Run.objects.update(due_at=timezone.now())
        engine.claim(run.pk, "one")
        engine.put_back(run.pk, "one", engine.REFUSED)
    Run.objects.filter(pk=run.pk).update(accepted_at=timezone.now())
    run.step_runs.update(finished_at=timezone.now())

    carry_on()
    with later(61):
        carry_on()
    assert texts(support) == ["after"]


def test_a_lease_from_before_keeps_nobody_waiting(waiting, support):
    run = start(waiting)
    with later(HOUR):
        engine.claim(run.pk, "dead")

    with later(61):
        assert carry_on() == 1
    assert texts(support) == ["after"]


def test_a_wait_that_a_right_clock_began_stays_as_it_is(waiting):
    run = start(waiting)
    due_at = Run.objects.get().due_at

    assert clock.draw_near() == 0
    with later(-30):  # a small correction
        assert clock.draw_near() == 0
    run.refresh_from_db()
    assert run.due_at == due_at


def test_it_is_looked_for_only_when_the_clock_went_back(
    waiting, monkeypatch, django_assert_num_queries
):
    start(waiting)
    with django_assert_num_queries(1):
        carry_on()

    with later(-HOUR), django_assert_num_queries(4):  # found, drawn near, no more; and what is due
        carry_on()


def test_many_are_drawn_near_in_batches(waiting, monkeypatch):
    monkeypatch.setattr(clock, "BATCH", 2)
    with later(HOUR):
        for _ in range(5):
            start(waiting)

    assert clock.draw_near() == 5
    assert clock.draw_near() == 0
    assert not Run.objects.filter(due_at__gt=timezone.now() + datetime.timedelta(0, 61)).exists()


# --- A process that ends in the midst -------------------------------------------------------------


def die_at(run: Run, times: int) -> None:
    """Have so many owners claim the run and never be heard of again."""
    seconds = 61.0
    for number in range(times):
        with later(seconds):
            assert engine.claim(run.pk, f"dead {number}") is not None
        seconds += engine.LEASE.total_seconds() + 1


def test_a_step_that_ends_each_process_fails_its_run(waiting, support):
    run = start(waiting)
    die_at(run, 5)

    with later(HOUR):
        assert carry_on() == 1

    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert run.error_sentence == "The server ended in the midst of this step again and again."
    assert texts(support) == []


def test_a_run_whose_owner_ended_a_few_times_goes_on(waiting, support):
    run = start(waiting)
    die_at(run, 4)

    with later(HOUR):
        assert carry_on() == 1

    run.refresh_from_db()
    assert (run.status, run.attempt) == (Run.Status.SUCCEEDED, 0)
    assert texts(support) == ["after"]


def test_a_server_that_starts_again_counts_what_its_predecessor_held(waiting, support):
    run = start(waiting)
    with later(61):
        for number in range(5):
            assert engine.claim(run.pk, f"dead {number}") is not None
            dispatch.free_leases()
        assert carry_on() == 1

    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert texts(support) == []


def test_what_a_killed_process_held_is_carried_on_within_ten_seconds():
    assert engine.LEASE.total_seconds() + dispatch.LONGEST_SLEEP <= 10


def test_a_server_ends_within_thirty_seconds():
    parts = (serving.FINISH_SECONDS, serving.THREADS_SECONDS, serving.RUNNER_SECONDS)

    assert sum(parts) < 30
