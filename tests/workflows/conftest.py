"""What tests of the engine start from: steps of a kind that exists for one test only."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Channel, Member
from tests.builders import make_live
from tests.workflows.runs import AGENT, WAIT, say, start
from workflows.models import Run, Workflow
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind


@pytest.fixture
def odd_step() -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a step, as a workflow file has it, that does what the function does."""
    known = dict(step_kinds._kinds)

    def make(
        work: Callable[[RunContext], Any],
        *,
        kind: str = "odd",
        local: bool = True,
        outputs: Any = (),
    ) -> dict[str, Any]:
        class Odd(StepKind):
            label = "Odd"

            def run(self, config: Any, context: RunContext) -> Any:
                return work(context)

        Odd.kind, Odd.local = kind, local
        Odd.outputs = dict.fromkeys(outputs, "Output")
        step_kinds.register(Odd)
        return {"kind": kind, "config": {}}

    yield make
    step_kinds._kinds.clear()
    step_kinds._kinds.update(known)


@pytest.fixture
def her(alice: Member, signed_in: Callable[[Member], Client]) -> Client:
    """Alice's browser."""
    return signed_in(alice)


@pytest.fixture
def waiting(alice: Member, support: Channel) -> Workflow:
    """A live workflow that posts, waits a minute and posts again."""
    return make_live(
        alice, variables=[AGENT], steps=[say(support, "before"), WAIT, say(support, "after")]
    )


@pytest.fixture
def due(waiting: Workflow) -> Run:
    """A run that is due now."""
    run = start(waiting)
    Run.objects.update(due_at=timezone.now())
    return run
