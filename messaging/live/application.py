"""`GET /live`: the streams of this process, natively in ASGI, outside Django's middleware."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol
from urllib.parse import parse_qs

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from messaging.live.access import Listener, find_listener, is_own_address, lost, session_key_in
from messaging.live.hub import Event, Hub
from messaging.live.position import Position
from messaging.live.resume import missed
from messaging.live.stream import Stream

logger = logging.getLogger("declic.live")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

PATH = "/live"
HEARTBEAT_SECONDS = 15.0
STREAMS = 10_000
STREAMS_OF_A_MEMBER = 64
CHECKED_AT_ONCE = 500  # streams, at each heartbeat
SPREAD_MILLISECONDS = 3000  # over which browsers connect again after a shutdown

SAFE_HEADERS: RawHeaders = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]
STREAM_HEADERS: RawHeaders = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
    *SAFE_HEADERS,
]


class ThreadPool(Protocol):
    """Where database work is done (config/pool.py)."""

    async def run(self, job: Callable[..., Any], *args: Any) -> Any:
        """Do the job in a thread."""


class LiveApplication:
    """The streams of this process; belongs to the event loop that it is first called in."""

    def __init__(self, pool: ThreadPool) -> None:
        self.pool = pool
        self.hub = Hub(self._on_events)
        self.streams: set[Stream] = set()
        self._of_member: Counter[int] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `GET /live`: a stream for who is signed in, 404 for everybody else."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        is_ours = is_own_address(headers.get(b"host", ""), headers.get(b"origin", ""))
        if scope["method"] != "GET" or not is_ours:
            return await refuse(send, 404)
        try:
            listener = await self.pool.run(find_listener, session_key_in(cookies_of(scope)))
            if listener is None:
                return await refuse(send, 404)
            if self._is_full_for(listener):
                return await refuse(send, 503)
            stream = Stream(listener)
            with self._registered(stream):
                since = asked_position(scope, headers)
                here = await self.pool.run(self.hub.enter)
                try:
                    lines, told = await self.pool.run(missed, listener.member, since or here)
                    stream.begin(since or here, lines, told)
                    return await carry(stream, receive, send)
                finally:
                    self.hub.leave()
        except Exception as error:
            logger.warning("A live stream could not be opened: %s", type(error).__name__)
            return await refuse(send, 503)

    def end_all(self) -> None:
        """End every stream and open no more (in the event loop); browsers connect again."""
        self._is_stopping = True
        for number, stream in enumerate(self.streams):
            stream.end(retry=1000 + number * 37 % SPREAD_MILLISECONDS)

    def stop(self, seconds: float = 5.0) -> None:
        """End the streams and the hub's threads (in the event loop)."""
        self.end_all()
        user_logged_out.disconnect(self._on_signed_out)
        for task in self._tasks:
            task.cancel()
        self.hub.stop(seconds)

    def _is_full_for(self, listener: Listener) -> bool:
        return (
            self._is_stopping
            or len(self.streams) >= STREAMS
            or self._of_member[listener.member] >= STREAMS_OF_A_MEMBER
        )

    @contextlib.contextmanager
    def _registered(self, stream: Stream) -> Any:
        """Have the stream hear of what is new: before what it missed is read, so without a gap."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._start_task(self._beat())
            user_logged_out.connect(self._on_signed_out)
        self.streams.add(stream)
        self._of_member[stream.listener.member] += 1
        try:
            yield
        finally:
            self.streams.discard(stream)
            self._of_member[stream.listener.member] -= 1

    def _on_events(self, events: list[Event]) -> None:
        """Hand the events over to the event loop (called in the hub's thread)."""
        self._call(self._dispatch, events)

    def _dispatch(self, events: list[Event]) -> None:
        changed = {event.member for event in events if event.is_member_changed}
        for stream in self.streams:
            for event in events:
                stream.tell(event)
        if changed:
            self._start_task(self._check([s for s in self.streams if s.listener.member in changed]))

    def _on_signed_out(self, request: HttpRequest, **_: Any) -> None:
        """End the session's streams at once (called in the thread that signs out)."""
        self._call(self._end_session, request.session.session_key)

    def _end_session(self, session_key: str) -> None:
        for stream in self.streams:
            if stream.listener.session_key == session_key:
                stream.end()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            streams = list(self.streams)
            for start in range(0, len(streams), CHECKED_AT_ONCE):
                await self._check(streams[start : start + CHECKED_AT_ONCE])
            for stream in streams:
                stream.beat()

    async def _check(self, streams: Collection[Stream]) -> None:
        """End the streams whose listeners lost their right, in whatever process that was."""
        listeners = [stream.listener for stream in streams]
        if not listeners:
            return
        try:
            gone = await self.pool.run(lost, listeners)
        except Exception as error:
            logger.warning("Live streams could not be checked: %s", type(error).__name__)
            return
        for stream in streams:
            if stream.listener in gone:
                stream.end()

    def _start_task(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _call(self, work: Callable[..., None], *args: Any) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(work, *args)


def cookies_of(scope: Scope) -> str:
    """Return the request's cookies as one header."""
    sent = [value for name, value in scope["headers"] if name == b"cookie"]
    return b"; ".join(sent).decode("latin-1")


def asked_position(scope: Scope, headers: dict[bytes, str]) -> Position | None:
    """Return where the browser goes on from: the header wins, a reconnect keeps the old query."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return Position.parse(headers.get(b"last-event-id", "") or query.get("since", [""])[0])


async def carry(stream: Stream, receive: Receive, send: Send) -> None:
    """Send what the stream is told until it ends, its reader goes or something breaks.

    What breaks has no answer of its own: this one has begun. Browsers connect again.
    """
    await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
    watch = asyncio.create_task(end_with_reader(stream, receive))
    try:
        while lines := await stream.take():
            await send({"type": "http.response.body", "body": lines, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except Exception as error:
        logger.warning("A live stream broke off: %s", type(error).__name__)
        with contextlib.suppress(Exception):  # where its reader went, there is nothing to end
            await send({"type": "http.response.body", "body": b""})
    finally:
        watch.cancel()


async def end_with_reader(stream: Stream, receive: Receive) -> None:
    """End the stream when its reader goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def refuse(send: Send, status: int) -> None:
    """Answer without a stream; nothing tells why."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *SAFE_HEADERS]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
