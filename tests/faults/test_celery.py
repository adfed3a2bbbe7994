"""Celery carries runs on: workers, beat and broker are real, and may be lost."""

import os
from collections.abc import Callable

import pytest
import redis
from django.conf import settings

from tests.faults.load import post, wait_until
from tests.faults.stage import CeleryProcess, Stage, expected
from tests.faults.test_runner_command import end, start_runner

pytestmark = [pytest.mark.served, pytest.mark.scaled_out]

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))
NOBODY = "redis://127.0.0.1:1/0"  # no broker listens there


def post_to_each(stage: Stage, paths: list[str]) -> list[str]:
    numbers = [str(number) for number in range(len(paths))]
    for number, path in zip(numbers, paths, strict=True):
        assert post(stage.server.port, path, number)[0] == 200
    return numbers


def group_is_gone(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_worker_beat_and_a_runner_carry_on_each_run_once(
    make_stage: Callable[..., Stage], celery: Callable[..., CeleryProcess]
) -> None:
    broker = redis.Redis.from_url(settings.TEST_BROKER_URL)
    broker.flushdb()
    stage = make_stage(DECLIC_BROKER_URL=settings.TEST_BROKER_URL)
    paths = stage.seed(8, *STEPS)
    worker = celery(stage, "worker", "--concurrency", "2")
    beat = celery(stage, "beat", "--schedule", str(stage.folder / "beat"))
    stage.server.start()
    beat.start()
    wait_until(lambda: broker.llen("celery") >= 2)  # its sweeps wait for a worker
    worker.start()
    runner = start_runner(stage)

    numbers = post_to_each(stage, paths)
    stage.wait_until_nothing_waits()
    wait_until(lambda: broker.llen("celery") == 0)

    leader = worker.process.pid
    assert worker.terminate() == 0
    assert group_is_gone(leader)
    assert end(runner) == 0
    assert stage.texts() == expected(numbers, "before {}", "after {}")
    assert "Traceback" not in worker.log.read_text()


def test_a_broker_that_is_gone_stops_neither_hooks_nor_waiting_runs(
    make_stage: Callable[..., Stage], celery: Callable[..., CeleryProcess]
) -> None:
    stage = make_stage(DECLIC_BROKER_URL=NOBODY)
    paths = stage.seed(4, *STEPS)
    worker = celery(stage, "worker", "--concurrency", "1")
    stage.server.start()
    worker.start()

    numbers = post_to_each(stage, paths)
    stage.wait_until_nothing_waits()

    assert stage.texts() == expected(numbers, "before {}", "after {}")
    assert worker.process.poll() is None


def test_a_worker_refuses_sqlite(celery: Callable[..., CeleryProcess], tmp_path) -> None:
    stage = Stage(tmp_path / "alone", DECLIC_BROKER_URL=NOBODY)
    worker = celery(stage, "worker", "--concurrency", "1")

    worker.start()

    wait_until(lambda: worker.process.poll() is not None)
    assert worker.process.returncode == 1
    assert "Set DATABASE_URL first." in worker.log.read_text()
