"""The live updates of one connection: a stream of server-sent events."""

import asyncio
import time

from messaging.live.access import Listener
from messaging.live.hub import Event
from messaging.live.position import Position

RETRY_MILLISECONDS = 1000  # when a browser connects again after its stream ended
# The server takes whatever is sent into its memory, so a reader who doesn't read is bounded by
# what one stream may carry; the browser goes on with a new one.
STREAM_BYTES = 256 * 1024
STREAM_SECONDS = 3600.0
# A comment for what lies between, a named event for the page: it sees no comments.
BEAT = b': beat\nevent: beat\ndata: {"kind": "beat"}\n\n'


class Stream:
    """One open connection: what is to be sent on it, and when it ends."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.is_ended = False
        self._opened_at = time.monotonic()
        self._early: list[Event] | None = []  # came before it was read what was missed
        self._told: set[int] = set()  # by the reading of what was missed
        self._lines: list[bytes] = []
        self._size = 0
        self._news = asyncio.Event()

    def begin(self, position: Position, missed: list[bytes], told: set[int]) -> None:
        """Say where the stream begins, what was missed, and then what came meanwhile."""
        self._told = told
        early, self._early = self._early or [], None
        self._put(f"retry: {RETRY_MILLISECONDS}\nid: {position}\n\n".encode())
        for line in missed:
            self._put(line)
        for event in early:
            self.tell(event)

    def tell(self, event: Event) -> None:
        """Send the event, once, if its listener may hear of it."""
        if self._early is not None:
            self._early.append(event)
        elif event.change not in self._told and event.is_for(self.listener.member):
            self._put(event.line)

    def beat(self) -> None:
        """Show that the connection lives, so that nothing between cuts it."""
        if time.monotonic() - self._opened_at > STREAM_SECONDS:
            self.end()
        else:
            self._put(BEAT)

    def end(self, retry: int = RETRY_MILLISECONDS) -> None:
        """End the stream once what waits is sent; the browser connects again after `retry`."""
        if not self.is_ended:
            self._lines.append(f"retry: {retry}\n\n".encode())
            self.is_ended = True
            self._news.set()

    async def take(self) -> bytes:
        """Wait for something to send; nothing means the end."""
        if not self._lines and not self.is_ended:
            await self._news.wait()
        self._news.clear()
        lines = b"".join(self._lines)
        self._lines.clear()
        return lines

    def _put(self, line: bytes) -> None:
        if self.is_ended:
            return  # The browser asks for it again: it goes on from what it got.
        self._lines.append(line)
        self._size += len(line)
        self._news.set()
        if self._size > STREAM_BYTES:
            self.end()
