"""A start with much behind it: published workflows answer at once, and what waited goes on."""

import pytest

from tests.faults.load import post
from tests.faults.stage import WAITING, Stage

pytestmark = [pytest.mark.served, pytest.mark.embedded]

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))
STORED, DUE = 10_000, 300


def test_after_ten_thousand_runs_a_start_is_like_the_first(stage: Stage) -> None:
    first, second = stage.seed(2, *STEPS)
    stage.server.start()
    assert post(stage.server.port, first, "first")[0] == 200
    stage.wait_until_nothing_waits()
    stage.server.kill()
    stage.do(f"store_runs({STORED}, waiting={DUE})")
    assert stage.ask(WAITING) == [(DUE,)]

    stage.server.start()
    status, _ = post(stage.server.port, second, "second")

    assert status == 200
    stage.wait_until_nothing_waits()
    texts = stage.texts()
    assert sum(text.startswith("after old-") for text in texts) == DUE
    assert set(texts.values()) == {1}
