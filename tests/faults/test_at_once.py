"""Many at the same moment: one a second passes, and one delivery is one run."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.builders import hook_path, make_live
from tests.faults.load import post
from tests.faults.stage import Stage
from tests.serving import ServedApp, request_bytes
from workflows.models import HookClock, Run
from workflows.models.request_url import LONG_AGO

pytestmark = pytest.mark.served

Answer = tuple[int, dict]


def post_at_once(
    ports: Sequence[int], path: str, count: int, delivery: str | None = None
) -> list[Answer]:
    """Post so often at the same moment, to the servers in turn; without `delivery` each its own."""
    start = threading.Barrier(count)

    def send(number: int) -> Answer:
        start.wait()
        port = ports[number % len(ports)]
        return post(port, path, f"{path[-5:]}-{number}-{time.monotonic()}", delivery=delivery)

    with ThreadPoolExecutor(count) as senders:
        return list(senders.map(send, range(count)))


def check_one_delivery(answers: Sequence[Answer]) -> str:
    """Hold the answers to one delivery against the contract; return its run.

    On PostgreSQL nobody waits for the winner: who comes before its commit is told to come again.
    """
    if connection.vendor == "postgresql":
        assert {status for status, _ in answers} <= {200, 429}
        answers = [one for one in answers if one[0] == 200]
    assert [status for status, _ in answers] == [200] * len(answers)
    assert len({body["run"] for _, body in answers}) == 1
    assert sum("duplicate" not in body for _, body in answers) == 1
    run: str = answers[0][1]["run"]
    return run


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support, text="hello", variables=[])


def test_one_delivery_fifteen_times_at_once_is_one_run(served_app: ServedApp, live) -> None:
    answers = post_at_once([served_app.port], hook_path(live), 15, delivery="d")

    assert Run.objects.get().run_id == check_one_delivery(answers)


def test_one_delivery_fifty_times_at_once_is_that_run_or_the_flood_gates_429(
    served_app: ServedApp, live
) -> None:
    answers = post_at_once([served_app.port], hook_path(live), 50, delivery="d")

    run = check_one_delivery([one for one in answers if one[0] == 200])
    assert {status for status, _ in answers} <= {200, 429}
    assert Run.objects.get().run_id == run


def test_of_many_at_once_one_passes_in_a_second(served_app: ServedApp, live) -> None:
    begun = time.monotonic()
    for passed in (1, 2):
        HookClock.objects.update(last_accepted_at=LONG_AGO)
        answers = post_at_once([served_app.port], hook_path(live), 10)

        seconds = int(time.monotonic() - begun)
        assert {status for status, _ in answers} == {200, 429}
        assert passed <= Run.objects.count() <= passed + seconds


@pytest.mark.scaled_out
def test_four_processes_share_the_second_and_the_deliveries(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(servers=4, DECLIC_FLOOD_RATE="1000/s")
    one, another = stage.seed(2, ("say", "{{ number }}"))
    stage.start_all()

    begun = time.monotonic()
    answers = post_at_once(stage.ports, one, 50)
    seconds = int(time.monotonic() - begun)
    same = post_at_once(stage.ports, another, 15, delivery="d")

    statuses = [status for status, _ in answers]
    assert set(statuses) == {200, 429}
    assert 1 <= statuses.count(200) <= 1 + seconds
    assert {body.get("error") for status, body in answers if status == 429} == {"rate_limited"}
    run = check_one_delivery(same)
    runs = {body["run"] for status, body in answers if status == 200} | {run}
    assert {run for (run,) in stage.ask("SELECT run_id FROM workflows_run")} == runs
    assert sum(stage.texts().values()) == len(runs)


@pytest.mark.scaled_out
def test_who_waits_as_long_as_one_process_said_is_stored_by_another(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(servers=2)
    (path,) = stage.seed(1, ("say", "{{ number }}"))
    stage.start_all()
    one, another = stage.servers

    told = []
    for number in range(4):
        assert one.raw(json_request(path, f"first {number}")).status == 200
        early = another.raw(json_request(path, f"second {number}"))
        if early.status == 429:
            told.append(early.headers["retry-after"])
            time.sleep(int(told[-1]))
            early = another.raw(json_request(path, f"second {number}"))
        assert early.status == 200
        time.sleep(1)

    assert told, "the machine was too busy to be early even once"
    assert set(told) == {"1"}
    assert sum(stage.texts().values()) == 8


def json_request(path: str, number: str) -> bytes:
    body = json.dumps({"number": number}).encode()
    return request_bytes("POST", path, body, Content_Type="application/json")


@pytest.mark.scaled_out
def test_processes_share_the_flood_gate(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(servers=2, DECLIC_FLOOD_RATE="5/h")
    (path,) = stage.seed(1, ("say", "{{ number }}"))
    stage.start_all()

    answers = post_at_once(stage.ports, path, 1, delivery="d")  # known from here on
    answers += post_at_once(stage.ports, path, 19, delivery="d")

    assert sorted(status for status, _ in answers) == [200] * 5 + [429] * 15
