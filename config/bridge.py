"""The way from an ASGI server to Django's WSGI handlers, in a few threads.

Django under ASGI makes a thread for each request and costs five to six times the CPU of WSGI.
Here the body is read whole in the event loop, so that a slow sender holds no thread; then a pool
thread, which keeps its database connections, has Django answer.
"""

import functools
import io
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from django.conf import settings

from config import early
from config.body_budget import PAGES, BodyBudget, BudgetSpentError, HeldBody
from config.hook_handler import Environ, WSGIApplication, is_hook_path
from config.lanes import Lanes
from config.pool import PoolFullError
from config.request_body import (
    BodyCutShortError,
    BodyTooLargeError,
    BodyTooSlowError,
    Receive,
    drain,
    read_away,
    read_body,
)
from workflows.hook import answers

logger = logging.getLogger("declic.server")

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

SMALL_BYTES = 16 * 1024  # a body up to this size is read whoever sends it
STRANGER_BYTES = 64 * 1024  # the largest body of who is not signed in, to a page
CHUNK_BYTES = 256 * 1024  # of a streamed answer, taken from Django at once

PAGE_HEADERS: RawHeaders = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Answer(NamedTuple):
    """What Django answered: all of it, or its beginning and where the rest comes from."""

    status: int
    headers: RawHeaders
    body: bytes
    rest: "Rest | None" = None


class Rest(NamedTuple):
    """The chunks of a streamed answer that are still to come, and how it is closed."""

    chunks: Iterator[bytes]
    close: Callable[[], None]


class Bridge:
    """An ASGI application that has WSGI applications answer: one for hooks, one for the rest."""

    def __init__(self, *, pages: WSGIApplication, hooks: WSGIApplication, lanes: Lanes) -> None:
        self.pages = pages
        self.hooks = hooks
        self.lanes = lanes
        self.budget = BodyBudget(settings.DECLIC_BODY_MEMORY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        path = decoded_path(scope)
        is_hook = is_hook_path(path)
        held = HeldBody(self.budget)
        try:
            environ = make_environ(scope, path)
            body = await self._body(environ, receive, is_hook, held)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
            application = self.hooks if is_hook else self.pages
            lane = self.lanes.of(environ, is_hook)
            answer = await lane.run(respond, application, environ)
        except BodyTooLargeError:
            if "HTTP_EXPECT" not in environ:  # such a sender waits for the answer first
                await drain(receive)
            answer = refusal("payload_too_large", is_hook)
        except BodyTooSlowError:
            answer = refusal("request_timeout", is_hook)
        except BodyCutShortError:
            answer = refusal("invalid_json", is_hook, detail="The body ended early.")
        except BudgetSpentError:
            held.let_go()
            await drain(receive)
            answer = refusal("unavailable", is_hook)
        except PoolFullError:
            answer = refusal("unavailable", is_hook)
        except Exception as error:
            logger.error("A request failed before Django: %s", type(error).__name__, exc_info=error)
            answer = refusal("unavailable", is_hook)
        finally:
            held.let_go()
        await self._send(answer, send)

    async def _body(
        self, environ: Environ, receive: Receive, is_hook: bool, held: HeldBody
    ) -> bytes:
        announced = environ.pop("CONTENT_LENGTH", None)
        is_chunked = environ.pop("HTTP_TRANSFER_ENCODING", None) is not None
        if not (is_chunked or announced):
            return b""
        if is_hook and environ["REQUEST_METHOD"] != "POST":
            await drain(receive)  # It is refused for its method, whatever it carries.
            return b""
        length = None if is_chunked else int(announced)
        limit: int = (
            settings.DECLIC_MAX_BODY_BYTES if is_hook else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        )
        if (length is None or length > SMALL_BYTES) and (length or 0) <= limit:
            held.belongs_to(await self._sender(environ, is_hook))
            if held.sender is None and is_hook:
                await read_away(receive, length=length, limit=limit)
                return b""
            limit = STRANGER_BYTES if held.sender is None else limit
        return await read_body(receive, length=length, limit=limit, hold=held.hold)

    async def _sender(self, environ: Environ, is_hook: bool) -> object:
        """Return whose part of the budget a large body takes; None for a stranger's."""
        if is_hook:
            return await self.lanes.hooks.run(early.workflow_of, environ, settings.HOOK_URLCONF)
        return PAGES if await self.lanes.pages.run(early.is_signed_in, environ) else None

    async def _send(self, answer: Answer, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        rest = answer.rest
        if rest is None:
            await send({"type": "http.response.body", "body": answer.body})
            return
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        try:
            while chunk := await self.lanes.pages.run(take_chunk, rest.chunks):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except Exception as error:
            logger.error("An answer broke off: %s", type(error).__name__)
            raise  # The server cuts it short: ended as usual, half of it would pass for all of it.
        finally:
            await self.lanes.pages.run(rest.close)
        await send({"type": "http.response.body", "body": b""})


def decoded_path(scope: Scope) -> str:
    """Return the path as WSGI wants it: percent-decoded bytes, each as one character."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")


@functools.lru_cache(maxsize=256)
def environ_name(header: bytes) -> str | None:
    """Return a header's name in the environ, None for one that could pass for another.

    `X_Forwarded_For` would arrive under the same name as `X-Forwarded-For`.
    """
    if b"_" in header:
        return None
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"


def make_environ(scope: Scope, path: str) -> Environ:
    """Return the WSGI environ of the request, without its body."""
    method: str = scope["method"]
    server = scope.get("server") or ("", "")
    client = scope.get("client") or ("", "")
    environ: Environ = {
        "REQUEST_METHOD": method,
        "declic.method": method,  # as sent; Django upper-cases the other
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header, raw in scope["headers"]:
        name = environ_name(header)
        if name is None:
            continue
        value = raw.decode("latin-1")
        if name in environ:
            separator = "; " if name == "HTTP_COOKIE" else ","
            value = f"{environ[name]}{separator}{value}"
        environ[name] = value
    return environ


def respond(application: WSGIApplication, environ: Environ) -> Answer:
    """Have Django answer (in a pool thread); the answer is closed unless more is to come."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        started[:] = (
            int(status[:3]),
            [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        )

    response = application(environ, start_response)
    close = getattr(response, "close", _nothing_to_close)
    is_streamed = getattr(response, "streaming", True) and environ["REQUEST_METHOD"] != "HEAD"
    body, rest = b"", None
    try:
        if not is_streamed:
            body = b"".join(response) if environ["REQUEST_METHOD"] != "HEAD" else b""
        else:
            chunks = iter(response)
            body = take_chunk(chunks)
            if len(body) >= CHUNK_BYTES:
                rest = Rest(chunks, close)
    finally:
        if rest is None:
            close()
    status, headers = started
    return Answer(status, headers, body, rest)


def take_chunk(chunks: Iterable[bytes]) -> bytes:
    """Take about `CHUNK_BYTES` of a streamed answer; nothing means that it has ended."""
    taken, size = [], 0
    for chunk in chunks:
        taken.append(chunk)
        size += len(chunk)
        if size >= CHUNK_BYTES:
            break
    return b"".join(taken)


def refusal(error: str, is_hook: bool, **fields: str) -> Answer:
    """Return the answer that is given without Django: JSON for hooks, a plain line for pages."""
    status = answers.ERRORS[error]
    extra = answers.ERROR_HEADERS.get(error, {})
    if is_hook:
        body = json.dumps({"ok": False, "error": error, **fields}).encode()
        named = {"content-type": "application/json", **answers.HEADERS, **extra}
        return Answer(status, _encoded(named), body)
    return Answer(status, [*PAGE_HEADERS, *_encoded(dict(extra))], f"{status} {error}\n".encode())


def _encoded(headers: dict[str, str]) -> RawHeaders:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _nothing_to_close() -> None:
    """Stand in for the `close` of an answer that has none."""
