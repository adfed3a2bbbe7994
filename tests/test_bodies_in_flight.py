"""What the bodies of requests in flight may take of the memory, in bytes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from config import bridge, early
from config.body_budget import PAGES, BodyBudget, BudgetSpentError
from config.bridge import SMALL_BYTES, STRANGER_BYTES, Bridge
from config.hook_handler import HookHandler
from config.lanes import Lanes
from tests.builders import hook_path, make_live
from tests.serving import session_cookie
from workflows.hook.gates import find_url
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1024 * 1024
PIECE = 64 * 1024
WRONG = "/hooks/workflows/dhk_nobody-has-this"


class Sender:
    """Sends a body in pieces, and stops before the last one until it is told to go on."""

    def __init__(self, path: str, size: int, *, is_chunked: bool = False, **headers: str) -> None:
        length = {"transfer-encoding": "chunked"} if is_chunked else {"content-length": str(size)}
        named = {"content-type": "application/json", **length, **headers}
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 4711),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        body = b'{"text": "' + b"x" * (size - 12) + b'"}'
        self.pieces = [body[at : at + PIECE] for at in range(0, size, PIECE)]
        self.is_stalled = asyncio.Event()
        self.may_end = asyncio.Event()
        self.status, self.answer = 0, b""

    async def receive(self) -> dict[str, Any]:
        if len(self.pieces) == 1:
            self.is_stalled.set()
            await self.may_end.wait()
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.answer += message.get("body", b"")


def held_while_stalled(make: Callable[[], list[Sender]]) -> tuple[int, list[Sender], Bridge]:
    """Return what was held while all senders had one piece left, and how they were answered."""

    async def send_all() -> tuple[int, list[Sender], Bridge]:
        lanes = Lanes(threads=2)
        way = Bridge(pages=answer_page, hooks=HookHandler(), lanes=lanes)
        senders = make()
        tasks = [asyncio.create_task(way(one.scope, one.receive, one.send)) for one in senders]
        stalled = [asyncio.create_task(one.is_stalled.wait()) for one in senders]
        for task, stall in zip(tasks, stalled, strict=True):
            await asyncio.wait({task, stall}, return_when=asyncio.FIRST_COMPLETED)
        held = way.budget.held
        for one in senders:
            one.may_end.set()
        await asyncio.gather(*tasks)
        for stall in stalled:
            stall.cancel()
        lanes.stop(10)
        return held, senders, way

    return asyncio.run(send_all())


def answer_page(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("200 OK", [])
    return [str(len(environ["wsgi.input"].read())).encode()]


@pytest.fixture
def live(alice, support):
    text = {"key": "text", "kind": "text"}
    live = make_live(alice, channel=support, text="{{ text }}", variables=[text])
    yield live
    connections.close_all()


@pytest.mark.parametrize("is_chunked", [False, True])
def test_what_a_wrong_url_sends_is_not_kept(live, is_chunked):
    held, senders, way = held_while_stalled(
        lambda: [Sender(WRONG, MIB, is_chunked=is_chunked) for _ in range(20)]
    )

    assert (held, way.budget.held) == (0, 0)
    assert {one.status for one in senders} == {404}
    assert {json.loads(one.answer)["error"] for one in senders} == {"workflow_not_found"}


def test_what_a_path_of_no_hook_sends_is_not_kept(live):
    held, senders, _ = held_while_stalled(lambda: [Sender("/hooks/other", MIB)])

    assert (held, senders[0].status) == (0, 404)


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_body_of_a_good_url_is_kept_accepted_and_let_go_of(live, is_chunked):
    path = hook_path(live)

    held, senders, way = held_while_stalled(lambda: [Sender(path, MIB, is_chunked=is_chunked)])

    assert held == MIB - PIECE
    assert way.budget.held == 0
    assert senders[0].status == 200
    assert len(Run.objects.get().payload) > MIB - 100


def test_all_that_a_workflow_sends_at_once_has_a_bound_and_another_one_still_gets_in(
    alice, live, settings
):
    settings.DECLIC_BODY_MEMORY = 8 * MIB
    path, other = hook_path(live), hook_path(make_live(alice))

    held, senders, way = held_while_stalled(
        lambda: [*(Sender(path, MIB) for _ in range(6)), Sender(other, MIB)]
    )

    assert held <= 3 * MIB
    statuses = [one.status for one in senders]
    assert 503 in statuses[:6]
    assert statuses[6] == 200
    assert way.budget.held == 0


def test_all_bodies_together_have_a_bound(alice, settings):
    settings.DECLIC_BODY_MEMORY = 4 * MIB
    paths = [hook_path(make_live(alice)) for _ in range(6)]

    held, senders, _ = held_while_stalled(lambda: [Sender(path, MIB) for path in paths])

    assert held <= 4 * MIB
    assert {one.status for one in senders} <= {200, 503}
    assert 503 in {one.status for one in senders}


def test_who_is_not_signed_in_sends_little_to_a_page(live):
    held, senders, _ = held_while_stalled(
        lambda: [
            Sender("/sign-in", MIB),
            Sender("/sign-in", MIB, is_chunked=True),
            Sender("/sign-in", STRANGER_BYTES + 1, cookie="sessionid=made-up"),
            Sender("/sign-in", STRANGER_BYTES),
        ]
    )

    assert held <= 2 * STRANGER_BYTES
    assert [one.status for one in senders] == [413, 413, 413, 200]


def test_who_is_signed_in_sends_more_within_a_half_of_the_budget(alice, settings):
    settings.DECLIC_BODY_MEMORY = 4 * MIB
    cookie = "; ".join(f"{name}={value}" for name, value in session_cookie(alice).items())

    held, senders, _ = held_while_stalled(
        lambda: [Sender("/workflows/import", MIB, cookie=cookie) for _ in range(4)]
    )

    assert held <= 2 * MIB
    assert 200 in {one.status for one in senders}
    assert 503 in {one.status for one in senders}


def test_a_small_body_costs_no_look_up_before_it(live, monkeypatch):
    monkeypatch.setattr(early, "workflow_of", None)  # it would raise
    path = hook_path(live)

    _, senders, _ = held_while_stalled(lambda: [Sender(path, SMALL_BYTES)])

    assert senders[0].status == 200


def test_the_token_of_a_large_body_is_looked_up_once(live, monkeypatch):
    asked = []
    look_up = find_url.__globals__["store"].find_url
    monkeypatch.setattr(
        "workflows.runs.store.find_url", lambda token: asked.append(token) or look_up(token)
    )
    path = hook_path(live)

    _, senders, _ = held_while_stalled(lambda: [Sender(path, MIB)])

    assert (senders[0].status, len(asked)) == (200, 1)


def test_nobody_counts_bytes_that_were_refused():
    budget = BodyBudget(100)
    budget.hold(50, PAGES)

    for size, sender in ((1, PAGES), (26, 1), (51, None)):
        with pytest.raises(BudgetSpentError):
            budget.hold(size, sender)

    assert budget.held == 50
    budget.let_go(50, PAGES)
    assert (budget.held, len(budget._of_sender)) == (0, 0)


def test_the_bound_of_strangers_is_below_that_of_members(settings):
    assert bridge.SMALL_BYTES <= STRANGER_BYTES < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
