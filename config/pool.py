"""A few threads that answer requests; each keeps its database connections."""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
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
        self.size = threads
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
        if self._pending >= self.backlog + self.size:
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


class Lane:
    """A share of a pool, or of another lane: so many jobs at once, the others wait outside it.

    What waits here holds no thread and no place of the wider one: the rest of the threads are
    free for whoever has no such lane. Belongs to the event loop.
    """

    def __init__(self, wider: "Pool | Lane", *, most: int, backlog: int) -> None:
        self.wider = wider
        self.most = most
        self.backlog = backlog
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def run(self, job: Callable[..., Result], *args: Any) -> Result:
        """Have a thread do the job at its turn; raise `PoolFullError` when too many wait."""
        await self._enter()
        # Whoever asked may go: the place is taken for as long as the thread works.
        work = asyncio.ensure_future(self.wider.run(job, *args))
        work.add_done_callback(lambda _: self._leave())
        return await asyncio.shield(work)

    async def _enter(self) -> None:
        if self._running < self.most:
            self._running += 1
            return
        if len(self._waiting) >= self.backlog:
            raise PoolFullError
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
            elif not place.cancelled():
                self._leave()  # the place was given to who has gone
            raise

    def _leave(self) -> None:
        """Give the place to the first who waits, or back."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._running -= 1
