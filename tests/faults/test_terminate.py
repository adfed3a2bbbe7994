"""SIGTERM under load: what is in flight is finished, nothing new is begun."""

import time

import pytest

from tests.faults.load import Load
from tests.faults.stage import Stage, expected

pytestmark = [pytest.mark.served, pytest.mark.embedded]


def test_whatever_was_answered_is_there_and_nothing_else(stage: Stage) -> None:
    paths = stage.seed(
        16, ("say", "before {{ number }}"), ("wait", 2), ("say", "after {{ number }}")
    )
    stage.server.start()
    load = Load(stage.ports, paths, is_stubborn=False)
    load.start()
    while len(load.accepted) < 40:
        time.sleep(0.01)

    status = stage.server.terminate()

    load.stop()
    assert status == 0
    assert set(load.statuses()) <= {0, 200, 429}  # 0: not connected any more
    stage.server.start()
    stage.wait_until_nothing_waits()
    numbers = [sent.number for sent in load.accepted]
    assert stage.texts() == expected(numbers, "before {}", "after {}")
