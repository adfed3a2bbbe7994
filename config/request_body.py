"""Reading a request's body whole, bounded in bytes and in seconds, before a thread is taken."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]

SECONDS = 20.0  # for the whole body: a stalled sender is let go of after it
DRAIN_BYTES = 10 * 1024 * 1024  # of a body that is too large, so that its sender sees the answer
DRAIN_SECONDS = 2.0


class BodyTooLargeError(Exception):
    """The body is over the bound."""


class BodyTooSlowError(Exception):
    """The body did not come in time."""


class BodyCutShortError(Exception):
    """The sender went away, or its chunks can't be read."""


async def read_body(
    receive: Receive, *, length: int | None, limit: int, hold: Callable[[int], None]
) -> bytes:
    """Return the whole body; `length` is what the sender announced, None for chunks.

    `hold` is told the size of each piece before it is kept, and may raise. Raise
    `BodyTooLargeError`, `BodyTooSlowError` or `BodyCutShortError`.
    """
    chunks: list[bytes] = []

    def keep(chunk: bytes) -> None:
        hold(len(chunk))
        chunks.append(chunk)

    await _read_whole(receive, length, limit, keep)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_away(receive: Receive, *, length: int | None, limit: int) -> None:
    """Read the whole body and keep none of it; raise like `read_body`."""
    await _read_whole(receive, length, limit, _forget)


def _forget(chunk: bytes) -> None:
    """Keep nothing of a piece."""


async def _read_whole(
    receive: Receive, length: int | None, limit: int, keep: Callable[[bytes], None]
) -> None:
    if length is not None and length > limit:
        raise BodyTooLargeError
    try:
        async with asyncio.timeout(SECONDS):
            await _read(receive, length, limit, keep)
    except TimeoutError:
        raise BodyTooSlowError from None


async def _read(
    receive: Receive, length: int | None, limit: int, keep: Callable[[bytes], None]
) -> None:
    size = 0
    while size != length:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyCutShortError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError
        keep(chunk)
        if not message.get("more_body", False):
            break
    if length is not None and size != length:
        raise BodyCutShortError


async def drain(receive: Receive) -> None:
    """Read on and forget, within bounds.

    A connection that is closed on unread bytes is reset, and a sender that is still writing
    would then see the reset instead of the answer.
    """
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while size <= DRAIN_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                size += len(message.get("body", b""))
    except TimeoutError:
        return
