"""The server's threads: how many hooks, pages and passwords may have of them."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.urls import reverse

from config.lanes import PASSWORD_PATH, PASSWORDS, Lanes
from config.pool import Lane, Pool, PoolFullError


class Busy:
    """A job that waits until it may end, and counts how many did so at once."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.at_once = self.most = 0
        self._guard = threading.Lock()

    def __call__(self) -> None:
        with self._guard:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.may_end.wait(30)
        with self._guard:
            self.at_once -= 1


def on_lanes(test: Callable[[Lanes], Awaitable[Any]], threads: int = 8) -> Any:
    """Do it in an event loop with lanes of its own."""

    async def run() -> Any:
        lanes = Lanes(threads)
        try:
            return await test(lanes)
        finally:
            lanes.stop(10)

    return asyncio.run(run())


async def begin(lane: Lane | Pool, job: Callable[[], None], count: int) -> list[Any]:
    """Have the lane do the job so often; return once no more of them can begin."""
    tasks = [asyncio.ensure_future(lane.run(job)) for _ in range(count)]
    await asyncio.sleep(0.1)
    return tasks


@pytest.mark.parametrize(("threads", "pages"), [(1, 1), (2, 1), (4, 3), (8, 6), (16, 12)])
def test_a_quarter_of_the_threads_is_kept_for_hooks(threads: int, pages: int) -> None:
    assert Lanes(threads).pages.most == pages


def test_pages_never_have_the_last_threads() -> None:
    busy = Busy()

    async def test(lanes: Lanes) -> None:
        tasks = await begin(lanes.pages, busy, 20)
        assert await lanes.hooks.run(lambda: "a hook") == "a hook"
        busy.may_end.set()
        await asyncio.gather(*tasks)

    on_lanes(test)
    assert busy.most == 6


def test_two_passwords_are_hashed_at_once_while_pages_go_on() -> None:
    busy = Busy()

    async def test(lanes: Lanes) -> None:
        tasks = await begin(lanes.passwords, busy, 20)
        assert await lanes.pages.run(lambda: "a page") == "a page"
        busy.may_end.set()
        await asyncio.gather(*tasks)

    on_lanes(test)
    assert busy.most == PASSWORDS == 2


def test_more_than_can_wait_are_refused() -> None:
    busy = Busy()

    async def test(lanes: Lanes) -> list[Any]:
        lanes.pages.backlog = 3
        tasks = await begin(lanes.pages, busy, 12)
        busy.may_end.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = on_lanes(test)
    assert [isinstance(one, PoolFullError) for one in answers] == [False] * 9 + [True] * 3


def test_who_goes_leaves_the_place_to_the_next() -> None:
    busy = Busy()

    async def test(lanes: Lanes) -> str:
        tasks = await begin(lanes.passwords, busy, 6)
        for task in (tasks[0], tasks[3], tasks[4]):  # one at work, two that wait
            task.cancel()
        await asyncio.sleep(0)
        assert lanes.passwords._running == 2  # the first one's thread still works
        busy.may_end.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        answer = await lanes.passwords.run(lambda: "next")
        assert (lanes.passwords._running, list(lanes.passwords._waiting)) == (0, [])
        return answer

    assert on_lanes(test) == "next"
    assert busy.most == 2


def test_an_error_gives_the_place_back() -> None:
    async def test(lanes: Lanes) -> None:
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await lanes.passwords.run(lambda: 1 / 0)

    on_lanes(test)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("messaging:sign_in", []),
        ("messaging:first_run", []),
        ("messaging:password", []),
        ("admin:login", []),
        ("admin:password_change", []),
        ("admin:messaging_member_add", []),
        ("admin:auth_user_password_change", [7]),
    ],
)
def test_forms_with_a_password_are_known(name: str, arguments: list[Any]) -> None:
    path = reverse(name, args=arguments)
    lanes = Lanes(8)

    assert PASSWORD_PATH.fullmatch(path)
    assert lanes.of({"REQUEST_METHOD": "POST", "PATH_INFO": path}, False) is lanes.passwords
    assert lanes.of({"REQUEST_METHOD": "GET", "PATH_INFO": path}, False) is lanes.pages


def test_hooks_have_all_the_threads() -> None:
    lanes = Lanes(8)

    assert lanes.of({"REQUEST_METHOD": "POST", "PATH_INFO": "/hooks/x"}, True) is lanes.hooks
    assert lanes.of({"REQUEST_METHOD": "POST", "PATH_INFO": "/channels/C1/send"}, False) is (
        lanes.pages
    )
