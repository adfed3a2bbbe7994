"""What every answer under /hooks/ looks like, whatever happened on the way to it."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase

logger = logging.getLogger("declic.hooks")

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}

# Each error code of the hook contract and the status that it goes with.
ERRORS: Mapping[str, int] = {
    "invalid_json": 400,
    "invalid_payload": 400,
    "invalid_signature": 401,
    "workflow_not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "length_required": 411,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "invalid_variables": 422,
    "rate_limited": 429,
    "quota_exceeded": 429,
    "unavailable": 503,
}

# What a sender must be told beside the status, for each error that asks for it.
ERROR_HEADERS: Mapping[str, Mapping[str, str]] = {
    "method_not_allowed": {"Allow": "POST"},
    "rate_limited": {"Retry-After": "1"},
    "unavailable": {"Retry-After": "5"},
}


class HookAnswer(HttpResponse):
    """An answer that has everything the hook contract promises."""

    def close(self) -> None:
        """Let go of the request, without the signal of its end (config/hook_handler.py)."""
        for closer in self._resource_closers:  # type: ignore[attr-defined]
            closer()
        self._resource_closers.clear()  # type: ignore[attr-defined]
        self.closed = True


def answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> HookAnswer:
    """Return the JSON answer with the headers that the hook contract promises."""
    response = HookAnswer(json.dumps(body), content_type="application/json", status=status)
    for name, value in HEADERS.items():
        response.headers[name] = value
    if headers:
        for name, value in headers.items():
            response.headers[name] = value
    return response


def refuse(error: str, **fields: Any) -> HookAnswer:
    """Return the answer for one of `ERRORS`, with the fields (`detail`, `details`) beside it."""
    return answer(ERRORS[error], {"ok": False, "error": error, **fields}, ERROR_HEADERS.get(error))


def method_as_sent(request: HttpRequest) -> str:
    """Return the method before Django upper-cased it (`post` is not `POST`)."""
    sent: str = request.META.get("declic.method") or request.META["REQUEST_METHOD"]
    return sent


def is_without_length(request: HttpRequest) -> bool:
    """Tell whether the body is sent in chunks to a WSGI server, where it would arrive empty.

    Our own server reads such a body whole before it gets here (config/bridge.py).
    """
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")


def answer_for_exception(error: Exception) -> HookAnswer:
    """Return what a sender is told when the way to the answer raised.

    Nothing of the exception reaches the sender, and neither path nor token the log.
    """
    if isinstance(error, Http404):
        return refuse("workflow_not_found")
    if isinstance(error, RequestDataTooBig):
        return refuse("payload_too_large")
    if isinstance(error, UnreadablePostError):
        return refuse("invalid_json", detail="The body could not be read.")
    if isinstance(error, DatabaseError):
        # Its message can hold a row's values, so only the kind is logged.
        logger.error("A hook could not be stored: %s", type(error).__name__)
    else:
        logger.error("A hook failed: %s", type(error).__name__, exc_info=error)
    return refuse("unavailable")


class HookAnswersMiddleware:
    """Guarantee the contract's answer (the outermost of `HOOK_MIDDLEWARE`).

    The method is checked here, before any token is looked up, so that it is refused alike for
    known and unknown ones. What is not a JSON answer (a redirect, an HTML error) is replaced.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, and never raise."""
        if method_as_sent(request) != "POST":
            return refuse("method_not_allowed")
        if is_without_length(request):
            return refuse("length_required")
        try:
            response = self.get_response(request)
        except Exception as error:
            return answer_for_exception(error)
        if isinstance(response, HookAnswer):
            return response
        if response.headers.get("Content-Type") != "application/json":
            response.close()
            return refuse("unavailable" if response.status_code >= 500 else "workflow_not_found")
        response.headers.pop("Allow", None)  # The REST framework names its own methods there.
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response
