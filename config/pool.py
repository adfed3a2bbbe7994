"""A few threads that answer requests; each keeps its database connections."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connections

Result = TypeVar("Result")


class PoolFullError(Exception):
    """More jobs wait than the pool takes."""


class Pool:
    """Threads that take jobs in turn, and a bound on how many may wait.

    Django's connections belong to a thread, so a fixed set of threads keeps them open. The
    threads don't keep the process alive: whoever stops it waits as long as it wants to.
    """

    def __init__(self, *, threads: int, backlog: int) -> None:
        self.backlog = backlog
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pending = 0  # touched in the event loop's thread only
        self._threads = [
            threading.Thread(target=self._work, name=f"declic-{number}", daemon=True)
            for number in range(threads)
        ]
        self._is_started = False

    async def run(self, job: Callable[..., Result], *args: Any) -> Result:
        """Have a thread do the job; raise `PoolFullError` when too many wait already."""
        if self._pending >= self.backlog + len(self._threads):
            raise PoolFullError
        if not self._is_started:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._pending += 1
        self._jobs.put((loop, future, job, args))
        return await future

    def stop(self, seconds: float) -> None:
        """Let the threads finish what waits, close their connections, and end."""
        if not self._is_started:
            return
        deadline = time.monotonic() + seconds
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _start(self) -> None:
        self._is_started = True
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while (item := self._jobs.get()) is not None:
            loop, future, job, args = item
            result, error = None, None
            try:
                result = job(*args)
            except BaseException as raised:
                error = raised
            # A loop that has ended waits for nothing any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._finish, future, result, error)
            del item, future, job, args, result, error
        connections.close_all()

    def _finish(
        self, future: "asyncio.Future[Any]", result: object, error: BaseException | None
    ) -> None:
        self._pending -= 1
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
