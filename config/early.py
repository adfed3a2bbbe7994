"""Who sends: asked before a large body is held, of the event loop's requests in a pool thread."""

import io

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, close_old_connections
from django.urls import Resolver404, resolve

from config.hook_handler import Environ
from messaging.live.access import find_listener, session_key_in
from workflows.hook.gates import FOUND_EARLY, find_url
from workflows.hook.refusals import Refusal
from workflows.hook.view import HookView


def workflow_of(environ: Environ, urlconf: str) -> int | None:
    """Return which workflow the hook's URL leads to, None for a wrong one.

    What was found, or what the sender is refused with, goes on with the request: the view looks
    no second time.
    """
    try:
        match = resolve(environ["PATH_INFO"].encode("latin-1").decode(), urlconf)
    except (Resolver404, UnicodeDecodeError):
        return None
    if getattr(match.func, "cls", None) is not HookView:
        return None
    close_old_connections()  # as before a request
    request = WSGIRequest({**environ, "wsgi.input": io.BytesIO()})
    try:
        found = environ[FOUND_EARLY] = find_url(request, match.kwargs["token"])
    except Refusal as refusal:
        environ[FOUND_EARLY] = refusal
        return None
    except DatabaseError:
        environ[FOUND_EARLY] = Refusal("unavailable")
        return None
    return found.workflow


def is_signed_in(environ: Environ) -> bool:
    """Tell whether the request comes with the session of a member who is signed in."""
    close_old_connections()
    key = session_key_in(environ.get("HTTP_COOKIE", ""))
    return find_listener(key) is not None
