"""Nothing that was accepted is lost and nothing is posted twice, whatever is killed and when.

DECLIC_FAULT_SECONDS lengthens the load.
"""

import itertools
import random
import time
from collections.abc import Callable

import pytest
from django.conf import settings

from tests.faults.conftest import SECONDS
from tests.faults.load import Load
from tests.faults.stage import RUNS, CeleryProcess, Stage, expected

pytestmark = pytest.mark.served

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))
WORKFLOWS = 24


def kill_all_the_time(victims: list, *, least: int) -> int:
    """Kill one after the other, about once a second, and start it again at once; return how often.

    For as long as the load lasts; on a slow machine longer, until there were `least` kills.
    """
    end = time.monotonic() + SECONDS
    for kills, victim in enumerate(itertools.cycle(victims)):
        time.sleep(random.uniform(0.3, 1.0))
        if time.monotonic() > end and kills >= least:
            return kills
        victim.kill()
        victim.start()
    return 0


def check(stage: Stage, load: Load) -> None:
    """Hold what senders were told against what stands in the channels."""
    numbers = [sent.number for sent in load.accepted]
    assert numbers == [sent.number for sent in load.sent]
    assert stage.texts() == expected(numbers, "before {}", "after {}")
    assert all(len(sent.runs) == 1 for sent in load.accepted)
    runs = dict(stage.ask(RUNS))
    assert set(runs) == {run for sent in load.accepted for run in sent.runs}
    assert set(runs.values()) == {"succeeded"}


@pytest.mark.embedded
def test_on_sqlite_the_server_is_killed_in_mid_load(stage: Stage) -> None:
    paths = stage.seed(WORKFLOWS, *STEPS)
    stage.server.start()
    load = Load(stage.ports, paths)
    load.start()

    kills = kill_all_the_time([stage.server], least=2)

    load.stop()
    stage.wait_until_nothing_waits()
    check(stage, load)
    assert kills >= 2
    assert load.statuses()[0] > 0  # some were sent again because no answer came
    assert stage.ask("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.scaled_out
def test_on_postgresql_servers_and_workers_are_killed_in_mid_load(
    make_stage: Callable[..., Stage], celery: Callable[..., CeleryProcess]
) -> None:
    stage = make_stage(servers=2, DECLIC_BROKER_URL=settings.TEST_BROKER_URL)
    paths = stage.seed(WORKFLOWS, *STEPS)
    worker = celery(stage, "worker", "--concurrency", "2")
    beat = celery(stage, "beat", "--schedule", str(stage.folder / "beat"))
    for process in (*stage.servers, worker, beat):
        process.start()
    load = Load(stage.ports, paths)
    load.start()

    kills = kill_all_the_time([worker, *stage.servers], least=3)

    load.stop()
    stage.wait_until_nothing_waits()
    check(stage, load)
    assert kills >= 3
