"""The measurement itself: two servers, one load after the other, and what came of it."""

import contextlib
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from messaging.models import Message
from workflows.bench import load
from workflows.bench.load import Load
from workflows.bench.processes import ServerProcess, running
from workflows.bench.scratch import Scratch, scratch
from workflows.bench.seeding import seed

BARE_WARM_UP = 2000  # requests


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    seconds: int
    connections: int
    workflows: int
    rounds: int


@dataclass(frozen=True)
class Measure:
    """One load on one server."""

    load: Load
    cpu_ms: float | None  # of the server's processor time, for each answer
    memory_mb: float | None  # of the server process, afterwards


@dataclass(frozen=True)
class Round:
    """The hook and the bare limit, one right after the other."""

    hook: Measure
    bare: Measure

    @property
    def ratio(self) -> float:
        """The hook's requests a second in those of the bare limit."""
        bare = self.bare.load.per_second
        return self.hook.load.per_second / bare if bare else 0.0


@dataclass(frozen=True)
class Outcome:
    """Everything that was measured, and whether the store holds what was answered."""

    plan: Plan
    first: Measure  # each workflow's first request since the server started
    rounds: list[Round]
    messages: int
    database: str
    python: str

    @property
    def accepted(self) -> int:
        """How many hooks were answered with 2xx, those of the first load included."""
        return sum(one.load.accepted for one in self._hooks())

    @property
    def unanswered(self) -> int:
        """How many were sent and never answered: their messages may be there or not."""
        return sum(one.load.sent - one.load.answered for one in self._hooks())

    @property
    def is_complete(self) -> bool:
        """Whether there are as many messages as answers that promised one."""
        return self.accepted <= self.messages <= self.accepted + self.unanswered

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(one.ratio for one in self.rounds)

    def _hooks(self) -> list[Measure]:
        return [self.first, *(one.hook for one in self.rounds)]


def measure(plan: Plan, say: Callable[[str], None]) -> Outcome:
    """Start both servers on fresh databases and measure them in turn.

    Every workflow is started once before, so that the rounds see a server that has been up for a
    while. Raise load.LoadFailed or processes.ServerFailed.
    """
    load.find_wrk()
    with scratch() as place:
        say(f"Making {plan.workflows} published workflows …")
        paths = place.folder / "paths.txt"
        paths.write_text("".join(f"{path}\n" for path in seed(plan.workflows)))
        connection.close()
        with _servers(place) as (hooks, bare):
            say("Starting each workflow once …")
            first = _measure(hooks, paths, plan, most=plan.workflows)
            _measure(bare, paths, plan, most=BARE_WARM_UP)
            rounds = []
            for number in range(plan.rounds):
                say(f"Round {number + 1} of {plan.rounds} …")
                at = number * plan.workflows // plan.rounds
                rounds.append(
                    Round(
                        hook=_measure(hooks, paths, plan, first=at),
                        bare=_measure(bare, paths, plan, first=at),
                    )
                )
        return Outcome(
            plan=plan,
            first=first,
            rounds=rounds,
            messages=Message.objects.count(),
            database=connection.vendor,
            python=platform.python_version(),
        )


@contextlib.contextmanager
def _servers(place: Scratch) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    ours = ("manage.py", "serve", "--port", "{port}")
    other = ("-m", "workflows.bench.bare_server", "{port}")
    with (
        running(*ours, env=_env(place.hooks), log=place.folder / "hooks.log") as hooks,
        running(*other, env=_env(place.bare), log=place.folder / "bare.log") as bare,
    ):
        yield hooks, bare


def _env(told: Mapping[str, str]) -> dict[str, str]:
    return {"DECLIC_BROKER_URL": "", "DECLIC_BASE_URL": "", **told}


def _measure(
    server: ServerProcess, paths: Path, plan: Plan, *, most: int | None = None, first: int = 0
) -> Measure:
    before = server.cpu_seconds()
    seen = load.send(
        server.port,
        paths,
        connections=plan.connections,
        seconds=load.LONGEST if most else plan.seconds,
        most=most,
        first=first,
    )
    after = server.cpu_seconds()
    used = None if before is None or after is None else (after - before) * 1000
    return Measure(
        load=seen,
        cpu_ms=None if used is None or not seen.answered else used / seen.answered,
        memory_mb=server.memory_mb(),
    )
