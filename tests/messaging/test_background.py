"""A background thread goes on, whatever is raised; so do all that are built on it."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError

from messaging import background
from messaging.background import BackgroundThread
from messaging.live import fan_out, hub
from messaging.live.position import Position
from messaging.models import Change, Channel, Member
from tests.builders import make_live
from tests.serving import PATIENCE, ServedApp
from workflows.hook import refusal_tally
from workflows.models import RefusalCount
from workflows.runs import wake_ups

logger = logging.getLogger("declic.test")


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    turn = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        if condition():
            return
        turn.wait(0.01)
    raise AssertionError("It did not come to pass.")


class Failing:
    """Raises each of the errors once, then does what it stands in for."""

    def __init__(self, *errors: Exception, then: Callable[..., Any] = lambda *_: None) -> None:
        self.errors = list(errors)
        self.then = then
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.then(*args, **kwargs)


@pytest.fixture
def start() -> Iterator[Callable[..., BackgroundThread]]:
    """Return a function that starts a thread, which ends with the test."""
    started = []

    def start_one(work: Callable[[], float | None], **options: Any) -> BackgroundThread:
        started.append(BackgroundThread("declic-test", work, logger=logger, **options))
        started[-1].start()
        return started[-1]

    yield start_one
    for thread in started:
        thread.stop(PATIENCE)
        assert not thread.is_alive


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.0)


def test_it_goes_on_after_whatever_is_raised(start, no_pause) -> None:
    work = Failing(sqlite3.OperationalError("raw"), ZeroDivisionError(), OperationalError())

    thread = start(work)

    wait_until(lambda: work.calls == 4)
    assert thread.is_alive
    assert background.failing() == []


def test_its_pauses_grow_until_a_round_succeeds(start, monkeypatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(BackgroundThread, "pause", lambda _, seconds: pauses.append(seconds))
    work = Failing(*[OperationalError()] * 6)

    thread = start(work)
    wait_until(lambda: work.calls == 7)
    wait_until(lambda: not thread.failures)
    work.errors.append(OperationalError())
    thread.wake()
    wait_until(lambda: work.calls == 9)

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 0.5]


def test_waking_does_not_shorten_the_pause_after_a_failure(start) -> None:
    work = Failing(*[OperationalError()] * 100)

    thread = start(work)
    for _ in range(100):
        thread.wake()
        threading.Event().wait(0.001)

    assert work.calls < 3


def test_what_is_not_expected_leaves_a_traceback(start, no_pause, caplog) -> None:
    work = Failing(OperationalError("down"), ZeroDivisionError("a bug"))

    start(work)
    wait_until(lambda: work.calls == 3)

    known, unknown = (one for one in caplog.records if one.name == "declic.test")
    assert known.getMessage() == "declic-test tries again in 0.0 s: OperationalError"
    assert known.exc_info is None
    assert unknown.exc_info is not None


@pytest.mark.parametrize("is_vital", [True, False])
def test_a_vital_thread_that_fails_again_and_again_is_named(start, monkeypatch, is_vital) -> None:
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.01)
    work = Failing(*[OperationalError()] * 1000)

    start(work, is_vital=is_vital)
    wait_until(lambda: work.calls > 2)

    assert background.failing() == (["declic-test"] if is_vital else [])


def test_once_stopped_it_stays_so(start) -> None:
    work = Failing()
    thread = start(work)
    wait_until(lambda: work.calls)

    thread.stop(PATIENCE)
    thread.start()

    assert not thread.is_alive


# --- Those that are built on it -------------------------------------------------------------------


@pytest.mark.served
@pytest.mark.django_db(transaction=True)
def test_a_raw_error_of_sqlite_does_not_end_the_live_updates(
    served_app: ServedApp, support: Channel, bob: Member, monkeypatch, no_pause
) -> None:
    changes = Failing(sqlite3.OperationalError("raw"), KeyError("x"), then=hub.changes)
    monkeypatch.setattr(hub, "changes", changes)

    with served_app.live(bob) as reader:
        change = Change.objects.create(kind=Change.Kind.CHANNEL_CHANGED, channel=support)

        assert Position.parse(reader.next()["id"]) == Position(change.pk)


def test_the_publisher_goes_on_after_whatever_is_raised(monkeypatch, no_pause) -> None:
    class Redis:
        publish = Failing(ValueError("a bug"), fan_out.redis.ConnectionError())

    monkeypatch.setattr(fan_out, "_connect", Failing(ValueError("no address"), then=Redis))
    publisher = fan_out.Publisher()

    publisher.wake()
    wait_until(lambda: Redis.publish.calls >= 3)
    publisher._thread.stop(PATIENCE)


def test_the_listener_goes_on_after_whatever_is_raised(monkeypatch, no_pause) -> None:
    connect = Failing(*[ValueError("no address")] * 3, fan_out.redis.ConnectionError())
    monkeypatch.setattr(fan_out, "_connect", connect)
    listener = fan_out.make_listener(lambda: None)

    listener.start()
    wait_until(lambda: connect.calls >= 4)
    listener.stop(PATIENCE)

    assert not listener.is_alive


def test_wake_ups_go_on_after_whatever_is_raised(monkeypatch, no_pause) -> None:
    send = Failing(ZeroDivisionError(), OSError())
    monkeypatch.setattr(wake_ups, "_connection", lambda: threading.Lock())
    monkeypatch.setattr(wake_ups.current_app.amqp, "Producer", lambda connection: connection)
    monkeypatch.setattr(wake_ups, "_send", send)
    wakes = wake_ups.WakeUps()

    for key in range(5):
        wakes.send(key)

    wait_until(lambda: send.calls == 5)
    wakes._thread.stop(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_refusals_are_counted_after_whatever_was_raised(
    alice, support, monkeypatch, no_pause
) -> None:
    monkeypatch.setattr(refusal_tally, "PAUSE", 0.0)
    write_samples = Failing(
        sqlite3.OperationalError("raw"), KeyError("x"), then=refusal_tally._write_samples
    )
    monkeypatch.setattr(refusal_tally, "_write_samples", write_samples)
    live = make_live(alice, channel=support)
    tally = refusal_tally.Tally()

    for count in range(1, 4):
        tally.note(live.pk, status=400, answer={"error": "invalid_json"}, sent_by="")
        wait_until(lambda count=count: write_samples.calls == count)
    wait_until(RefusalCount.objects.exists)
    tally._thread.stop(PATIENCE)
