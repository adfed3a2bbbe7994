"""Celery's workers are told of due runs by a thread that may wait for the broker."""

import datetime
import threading

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from messaging import background
from tests.builders import make_live
from tests.serving import PATIENCE
from tests.workflows.runs import WAIT, say, texts
from tests.workflows.test_dispatch import due_now, wait_until
from workflows import tasks
from workflows.models import Run
from workflows.runs import dispatch, wake_ups

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(alice, support):
    return make_live(alice, steps=[WAIT, say(support, "after")])


class Heard:
    """Stands in for the broker: what it was told."""

    def __init__(self):
        self.keys = []

    def send(self, key):
        self.keys.append(key)


@pytest.fixture
def told_broker(monkeypatch):
    heard = Heard()
    monkeypatch.setattr(dispatch, "wake_ups", heard)
    return heard


def test_celery_is_told_of_what_is_due_now_and_finds_the_rest_in_time(told_broker, settings):
    settings.DECLIC_BROKER_URL = "redis://127.0.0.1:1/0"

    dispatch.wake(1, timezone.now())
    dispatch.wake(2, timezone.now() + datetime.timedelta(seconds=5))

    assert told_broker.keys == [1]


def test_without_a_broker_nobody_is_told(told_broker):
    dispatch.wake(1, timezone.now())

    assert told_broker.keys == []


def test_whoever_commits_never_waits_for_the_broker(monkeypatch):
    hangs = threading.Event()

    class Hanging:
        def __enter__(self):
            hangs.set()
            threading.Event().wait()  # its thread ends with the process

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(wake_ups, "_connection", Hanging)
    wakes = wake_ups.WakeUps()

    for key in range(wake_ups.WAITING + 100):  # would never end if it waited
        wakes.send(key)

    assert hangs.wait(PATIENCE)
    assert wakes._keys.qsize() == wake_ups.WAITING


def test_a_broker_that_fails_is_asked_again(monkeypatch):
    sent, asked = [], []

    class Broker:
        def __enter__(self):
            asked.append(1)
            return self

        def __exit__(self, *_):
            pass

    def send(key, producer):
        if len(asked) < 3:
            raise OSError("gone")
        sent.append(key)

    monkeypatch.setattr(wake_ups, "_connection", Broker)
    monkeypatch.setattr(wake_ups.current_app.amqp, "Producer", lambda connection: connection)
    monkeypatch.setattr(wake_ups, "_send", send)
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.0)
    wakes = wake_ups.WakeUps()

    for key in range(5):
        wakes.send(key)

    wait_until(lambda: sent == [2, 3, 4])


@pytest.mark.scaled_out
def test_a_wake_up_reaches_the_broker(monkeypatch):
    import redis

    url = django_settings.TEST_BROKER_URL
    client = redis.Redis.from_url(url)
    client.flushdb()
    monkeypatch.setattr(wake_ups.current_app.conf, "broker_url", url)
    monkeypatch.setattr(wake_ups.current_app.conf, "broker_write_url", url)

    wake_ups.WakeUps().send(4711)

    wait_until(lambda: client.llen("celery") == 1)
    assert b"workflows.tasks.advance_run" in client.lindex("celery", 0)
    client.flushdb()


def test_the_names_of_the_tasks_are_those_that_are_sent():
    beat = django_settings.CELERY_BEAT_SCHEDULE["sweep"]["task"]
    assert (tasks.advance_run.name, tasks.sweep.name) == (wake_ups.TASK, beat)


def test_the_tasks_carry_runs_on(waiting, support):
    one, two = due_now(waiting), due_now(waiting)

    tasks.advance_run(one.pk)
    assert texts(support) == ["after"]
    tasks.sweep()

    two.refresh_from_db()
    assert two.status == Run.Status.SUCCEEDED
    assert texts(support) == ["after", "after"]
