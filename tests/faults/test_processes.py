"""`serve --processes 2`: one port, several processes, which end as one and are started again."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import SECONDS
from tests.faults.load import Load, post, wait_until
from tests.faults.stage import RUNS, Stage, expected
from tests.serving import HOST, connect
from workflows.server.serving import listening_socket

pytestmark = [pytest.mark.served, pytest.mark.scaled_out]

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))
TWO = ("--processes", "2")


def children_of(pid: int) -> set[int]:
    return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def is_there(pid: int) -> bool:
    """Tell whether the process lives; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def cpu_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def start_two(stage: Stage) -> set[int]:
    """Start the server with two processes; return them."""
    stage.server.start(*TWO)
    children = children_of(stage.server.process.pid)
    assert len(children) == 2
    return children


def test_both_answer_on_one_port_and_end_together(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    paths = stage.seed(24, *STEPS)
    children = start_two(stage)
    before = {child: cpu_of(child) for child in children}

    for number in range(120):
        post(stage.server.port, paths[number % 24], f"n{number}")
    used = {child: cpu_of(child) - before[child] for child in children}
    status = stage.server.terminate()

    assert status == 0
    assert min(used.values()) * 10 > max(used.values())
    assert not any(is_there(child) for child in children)
    listening_socket(HOST, stage.server.port).close()  # nobody has the port any more
    stage.server.start(*TWO)
    stage.wait_until_nothing_waits()


def test_one_that_is_killed_is_started_again_and_nothing_is_lost(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage()
    paths = stage.seed(24, *STEPS)
    children = start_two(stage)
    parent = stage.server.process.pid
    load = Load(stage.ports, paths)
    load.start()

    end, kills = time.monotonic() + SECONDS, 0
    while kills < 3 or time.monotonic() < end:
        time.sleep(random.uniform(0.5, 1.0))
        alive = children_of(parent)
        if len(alive) == 2:
            os.kill(random.choice(sorted(alive)), signal.SIGKILL)
            kills += 1

    load.stop()
    stage.wait_until_nothing_waits()
    numbers = [sent.number for sent in load.accepted]
    assert numbers == [sent.number for sent in load.sent]
    assert stage.texts() == expected(numbers, "before {}", "after {}")
    assert set(dict(stage.ask(RUNS)).values()) == {"succeeded"}
    wait_until(lambda: len(children_of(parent)) == 2)
    assert children_of(parent) != children


def test_they_end_with_the_one_that_watches_them(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.seed(1, *STEPS)
    children = start_two(stage)

    stage.server.kill()

    wait_until(lambda: not any(is_there(child) for child in children))
    with pytest.raises(ConnectionRefusedError):
        connect(stage.server.port)
