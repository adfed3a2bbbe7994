"""What tests of the engine start from: steps of a kind that exists for one test only."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind


@pytest.fixture
def odd_step() -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a step, as a workflow file has it, that does what the function does."""
    known = dict(step_kinds._kinds)

    def make(
        work: Callable[[RunContext], Any], *, kind: str = "odd", local: bool = True
    ) -> dict[str, Any]:
        class Odd(StepKind):
            label = "Odd"

            def run(self, config: Any, context: RunContext) -> Any:
                return work(context)

        Odd.kind, Odd.local = kind, local
        step_kinds.register(Odd)
        return {"kind": kind, "config": {}}

    yield make
    step_kinds._kinds.clear()
    step_kinds._kinds.update(known)
