"""`kill -9` at each moment that matters: what was committed is posted once, the rest not at all.

`test_kill.py` kills at any moment, under load; here each moment is met for certain.
"""

import pytest

from tests.faults.load import post, wait_until
from tests.faults.stage import RUNS, Stage, expected

pytestmark = [pytest.mark.served, pytest.mark.embedded]

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))


UNANSWERED = {  # the point, and whether the run was committed by then
    "before workflows.runs.store.insert_step_runs": False,  # the message was inserted
    "after workflows.runs.store.insert_step_runs": False,
    "before workflows.hook.view.answer": True,
}
UNDER_WAY = (
    "before workflows.runs.engine.claim",  # answered, not carried on yet
    "after workflows.runs.engine.claim",
    "before workflows.runs.engine.run_steps",
    "after workflows.runs.engine.run_steps",  # the message was inserted, not committed
    "after workflows.runs.engine._close",
    "after workflows.runs.engine.advance",  # all of it was committed
)


def start_to_die(stage: Stage, point: str) -> None:
    """Start the server that ends itself at this point; the next start is of the real one."""
    real = dict(stage.server.env)
    stage.server.env.update(DJANGO_SETTINGS_MODULE="tests.faults.dying_settings", DIES_AT=point)
    stage.server.start()
    stage.server.env = real


def wait_for_its_end(stage: Stage) -> None:
    process = stage.server.process
    assert process is not None
    wait_until(lambda: process.poll() is not None)
    stage.server.kill()


def test_what_was_not_answered_is_there_if_it_was_committed_and_a_second_try_adds_none(
    stage: Stage, subtests: pytest.Subtests
) -> None:
    paths = stage.seed(len(UNANSWERED), *STEPS)
    for path, (point, is_committed) in zip(paths, UNANSWERED.items(), strict=True):
        with subtests.test(point=point):
            before = dict(stage.ask(RUNS))
            start_to_die(stage, point)

            status, _ = post(stage.server.port, path, point)

            assert status == 0
            wait_for_its_end(stage)
            there = {run for run, _ in stage.ask(RUNS)} - set(before)
            assert len(there) == stage.texts()[f"before {point}"] == is_committed
            stage.server.start()
            status, body = post(stage.server.port, path, point)
            assert (status, body.get("duplicate", False)) == (200, is_committed)
            assert there <= {body["run"]}
            stage.wait_until_nothing_waits()
            assert len(stage.ask(RUNS)) == len(before) + 1
            stage.server.kill()
    assert stage.texts() == expected([*UNANSWERED], "before {}", "after {}")


def test_a_run_that_was_under_way_is_carried_on_and_says_nothing_twice(
    stage: Stage, subtests: pytest.Subtests
) -> None:
    paths = stage.seed(len(UNDER_WAY), *STEPS)
    for path, point in zip(paths, UNDER_WAY, strict=True):
        with subtests.test(point=point):
            start_to_die(stage, point)
            assert post(stage.server.port, path, point)[0] == 200

            wait_for_its_end(stage)

            assert stage.texts()[f"after {point}"] == point.endswith("advance")
            stage.server.start()
            stage.wait_until_nothing_waits()
            stage.server.kill()
    assert stage.texts() == expected(UNDER_WAY, "before {}", "after {}")
    assert {status for _, status in stage.ask(RUNS)} == {"succeeded"}
