"""Who carries runs on: the runner's thread, and Celery, which is told of them."""

import datetime
import threading
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from messaging import background
from tests.builders import make_live
from tests.workflows.runs import WAIT, later, say, start, texts
from workflows import tasks
from workflows.models import Run
from workflows.models.request_url import LONG_AGO
from workflows.runs import dispatch, engine, retention
from workflows.server import serving

pytestmark = pytest.mark.django_db

PATIENCE = 30.0  # seconds until a test that hangs is given up


@pytest.fixture
def waiting(alice, support):
    """A live workflow that waits a minute and posts."""
    return make_live(alice, steps=[WAIT, say(support, "after")])


def due_now(workflow, seconds_ago=0.0):
    run = start(workflow)
    due_at = timezone.now() - datetime.timedelta(seconds=seconds_ago)
    Run.objects.filter(pk=run.pk).update(due_at=due_at)
    return run


# --- Looking for due runs -------------------------------------------------------------------------


def test_what_is_due_longest_comes_first_and_no_more_than_asked(alice, support):
    runs = {
        name: due_now(make_live(alice, steps=[WAIT, say(support, name)]), seconds_ago)
        for name, seconds_ago in (("second", 20), ("third", 10), ("first", 30))
    }

    assert dispatch.run_due("me", most=2) == 2

    assert texts(support) == ["first", "second"]
    assert Run.objects.open().get() == runs["third"]


def test_who_is_told_to_stop_finishes_the_run_in_hand_only(waiting, support):
    for _ in range(3):
        due_now(waiting)

    assert dispatch.run_due("me", should_stop=lambda: bool(texts(support))) == 1

    assert texts(support) == ["after"]


def test_owners_are_never_the_same():
    owners = {dispatch.new_owner() for _ in range(100)}

    assert len(owners) == 100
    assert all(len(owner) <= 64 for owner in owners)


def test_what_a_dead_predecessor_held_is_freed(waiting):
    run = due_now(waiting)
    engine.claim(run.pk, "dead")

    dispatch.free_leases()

    assert engine.claim(run.pk, "me") is not None


def test_an_owner_frees_only_what_it_holds_itself(waiting):
    mine, other = due_now(waiting), due_now(waiting)
    engine.claim(mine.pk, "me")
    engine.claim(other.pk, "other")

    dispatch.free_leases("me")

    assert [run.lease_until == LONG_AGO for run in Run.objects.order_by("pk")] == [True, False]


def test_the_command_carries_on_what_is_due_once_and_ends(waiting, support, capsys):
    due_now(waiting)
    engine.claim(due_now(waiting).pk, "dead")

    call_command("runner", "--once")

    held = (
        0 if django_settings.IS_EMBEDDED else 1
    )  # where there may be others, a lease is waited for
    assert capsys.readouterr().out == f"Runs carried on: {2 - held}\n"
    assert Run.objects.open().count() == held


# --- The runner's thread --------------------------------------------------------------------------


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = timezone.now() + datetime.timedelta(seconds=PATIENCE)
    while not condition():
        assert timezone.now() < deadline, "It did not come to pass."
        threading.Event().wait(0.01)


@pytest.fixture
def runner(transactional_db, monkeypatch):
    """A runner that is started and stopped, on the test's own database."""
    started = []

    def start_one():
        started.append(dispatch.start_runner())
        return started[-1]

    yield start_one
    dispatch.stop_runner()
    assert not any(one.thread.is_alive for one in started)


def test_the_runner_carries_on_what_is_due_when_it_starts(runner, waiting, support):
    due_now(waiting)

    runner()

    wait_until(lambda: texts(support) == ["after"])


def test_the_runner_is_woken_by_what_is_accepted(runner, alice, support, odd_step, monkeypatch):
    sleeping = threading.Event()

    def sleep_for_ever(_):
        sleeping.set()
        return 3600.0

    monkeypatch.setattr(dispatch.Runner, "_time_to_sleep", sleep_for_ever)
    odd = odd_step(lambda context: {}, local=False)
    workflow = make_live(alice, steps=[odd, say(support, "woken")])
    runner()
    assert sleeping.wait(PATIENCE)

    start(workflow)

    wait_until(lambda: texts(support) == ["woken"])


def test_the_runner_wakes_by_itself_when_a_wait_is_over(runner, alice, support):
    second = {"kind": "wait", "config": {"seconds": 1}}
    workflow = make_live(alice, steps=[second, say(support, "after")])
    runner()

    start(workflow)

    wait_until(lambda: texts(support) == ["after"])
    run = Run.objects.get()
    assert run.finished_at >= run.accepted_at + datetime.timedelta(seconds=1)


@pytest.mark.parametrize("error", [OperationalError, ZeroDivisionError])
def test_the_runner_survives_whatever_is_raised_and_takes_up_what_it_held(
    runner, waiting, support, monkeypatch, error
):
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.05)
    failures = iter([error("once"), error("twice")])
    advance = dispatch.advance_safely

    def advance_at_last(key, owner):
        if failure := next(failures, None):
            engine.claim(key, owner)
            raise failure
        return advance(key, owner)

    monkeypatch.setattr(dispatch, "advance_safely", advance_at_last)
    due_now(waiting)

    runner()

    wait_until(lambda: texts(support) == ["after"])


def test_a_failing_database_keeps_the_runner_waiting_not_spinning(runner, monkeypatch, caplog):
    looks = []

    def look(*_, **__):
        looks.append(1)
        raise OperationalError("down")

    monkeypatch.setattr(dispatch, "run_due", look)

    runner()
    wait_until(lambda: bool(looks))
    dispatch.stop_runner()

    assert len(looks) <= 2
    assert not any(record.exc_info for record in caplog.records)


def test_a_store_that_takes_no_write_is_not_tried_without_end(runner, waiting, monkeypatch, caplog):
    tries = []

    def claim(*_):
        tries.append(1)
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(engine, "claim", claim)
    for _ in range(5):
        due_now(waiting)

    one = runner()
    wait_until(lambda: bool(tries))
    for _ in range(100):
        one.wake()
        threading.Event().wait(0.002)
    dispatch.stop_runner()

    assert len(tries) <= 2
    assert len(caplog.records) <= 2


def test_a_task_lets_go_what_the_database_cannot_do_now(waiting, monkeypatch, caplog):
    def claim(*_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(engine, "claim", claim)
    run = due_now(waiting)

    tasks.advance_run(run.pk)
    tasks.sweep()

    assert [record.exc_info for record in caplog.records] == [None, None]


def test_the_runner_starts_anew_what_a_dead_one_held_only_where_it_is_alone(
    runner, waiting, support, settings
):
    run = due_now(waiting)
    engine.claim(run.pk, "another")
    settings.IS_EMBEDDED = False
    one = runner()
    wait_until(lambda: one._pruned_at > 0)
    assert texts(support) == []
    dispatch.stop_runner()

    settings.IS_EMBEDDED = True
    runner()

    wait_until(lambda: texts(support) == ["after"])


@pytest.mark.parametrize(
    ("is_embedded", "broker", "has_runner"),
    [(True, "", True), (True, "redis://x", True), (False, "", True), (False, "redis://x", False)],
)
def test_the_server_has_a_runner_unless_celery_can_do_it(
    transactional_db, settings, is_embedded, broker, has_runner
):
    settings.IS_EMBEDDED, settings.DECLIC_BROKER_URL = is_embedded, broker

    with serving.runner():
        assert (dispatch._runner is not None) is has_runner


def test_sleep_is_as_long_as_nothing_is_due(waiting):
    runner = dispatch.Runner()
    assert runner._time_to_sleep() == dispatch.LONGEST_SLEEP

    run = start(waiting)
    assert runner._time_to_sleep() == dispatch.LONGEST_SLEEP
    with later(59.75):
        Run.objects.filter(pk=run.pk).update(due_at=timezone.now() + datetime.timedelta(0, 0.25))
        assert runner._time_to_sleep() == 0.25
    with later(61):
        assert runner._time_to_sleep() == 0.0


def test_what_another_holds_lets_the_runner_sleep(waiting):
    run = due_now(waiting)
    engine.claim(run.pk, "another")

    assert dispatch.Runner()._time_to_sleep() == dispatch.LONGEST_SLEEP


def test_pruning_makes_way_for_what_is_due_and_goes_on_later(waiting, monkeypatch):
    runner = dispatch.Runner()
    ends = []

    def prune(should_stop):
        ends.append(not should_stop())
        return ends[-1]

    monkeypatch.setattr(retention, "prune", prune)
    due_now(waiting)

    runner._prune()
    dispatch.run_due("me")
    runner._prune()
    runner._prune()

    assert ends == [False, True]
