"""The WSGI entry points: hooks go one short way, pages Django's usual one."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix, set_urlconf
from django.utils.module_loading import import_string

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApplication = Callable[[Environ, Any], Any]

SLASHES = re.compile("/{2,}")
HOOKS = "/hooks/"


def is_hook_path(path: str) -> bool:
    """Tell whether the path, with runs of slashes taken as one, begins with `/hooks/`."""
    return path.startswith(HOOKS) or ("//" in path and SLASHES.sub("/", path).startswith(HOOKS))


class HookHandler(WSGIHandler):
    """Django's handler with a middleware list and a URLconf of its own.

    Django has one list for all paths, and the pages' one costs a hook more than its own work.
    An exception goes through to the middleware (`workflows.hook.answers`), and no answer is
    logged: Django would write the path, and so the token.
    """

    def __call__(self, environ: Environ, start_response: StartResponse) -> Any:
        """Answer one request without the signals of its start and end.

        What they would do for a hook is done here: a connection that broke is made anew.
        """
        set_script_prefix(get_script_name(environ))
        close_old_connections()
        response = self.get_response(self.request_class(environ))
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, list(response.items()))
        return response

    def load_middleware(self, is_async: bool = False) -> None:
        """Chain `settings.HOOK_MIDDLEWARE` round the view, without Django's HTML errors."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler: Callable[[HttpRequest], HttpResponseBase] = self._get_response  # type: ignore[attr-defined]
        for path in reversed(settings.HOOK_MIDDLEWARE):
            handler = import_string(path)(handler)
        self._middleware_chain = handler

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; the path is resolved in `settings.HOOK_URLCONF`."""
        urlconf: str = settings.HOOK_URLCONF
        request.urlconf = urlconf  # type: ignore[attr-defined]
        set_urlconf(urlconf)
        response = self._middleware_chain(request)
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]
        return response


class TwoWays:
    """One WSGI application that sends each request to the handler for its path."""

    def __init__(self, pages: WSGIApplication, hooks: WSGIApplication) -> None:
        self.pages = pages
        self.hooks = hooks

    def __call__(self, environ: Environ, start_response: StartResponse) -> Any:
        """Answer one request."""
        way = self.hooks if is_hook_path(environ.get("PATH_INFO", "")) else self.pages
        return way(environ, start_response)
