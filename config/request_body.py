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


async def read_body(receive: Receive, *, length: int | None, limit: int) -> bytes:
    """Return the whole body; `length` is what the sender announced, None for chunks.

    Raise `BodyTooLargeError`, `BodyTooSlowError` or `BodyCutShortError`.
    """
    if length is not None and length > limit:
        raise BodyTooLargeError
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(receive, length, limit)
    except TimeoutError:
        raise BodyTooSlowError from None


async def _read(receive: Receive, length: int | None, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while size != length:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyCutShortError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError
        chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if length is not None and size != length:
        raise BodyCutShortError
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


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
