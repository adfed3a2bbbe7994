"""The time that a page may take of the database: pages share it with the hooks."""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

STEPS = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond
ENDINGS = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # never refused: they put things in order


class PageTooSlowError(OperationalError):
    """The page's time is over: nothing more is asked of the database."""


class _Page(threading.local):
    """What this thread is at: one page after the other, on a connection that stays open."""

    ends_at: float | None = None
    limited: object = None  # the connection that knows of the limit


_page = _Page()


def is_over() -> bool:
    """Tell whether the page that this thread makes has used up its time."""
    return _page.ends_at is not None and time.monotonic() >= _page.ends_at


class PageTimeMiddleware:
    """Stop what a page asks of the database after `settings.DECLIC_PAGE_SECONDS`.

    One long statement is stopped by the database itself (SQLite's progress handler, PostgreSQL's
    statement timeout), many short ones before the next. The page is answered by
    `messaging.views.errors.database_unavailable`, which says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the page while its time runs."""
        _page.ends_at = time.monotonic() + settings.DECLIC_PAGE_SECONDS
        try:
            if connection.connection is not None:
                with contextlib.suppress(Error):  # the page meets it too, and is answered
                    _limit(connection)
            with connection.execute_wrapper(_refuse_when_over):
                return self.get_response(request)
        finally:
            _page.ends_at = None


def _refuse_when_over(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if is_over() and not sql.startswith(ENDINGS):
        raise PageTooSlowError("The page took too long.")
    return execute(sql, params, many, context)


@receiver(connection_created)
def _limit_new(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _page.ends_at is not None:
        _limit(connection)


def _limit(wrapper: BaseDatabaseWrapper) -> None:
    """Tell the connection of the limit, once: without Django's cursor, nobody counts it."""
    inner = wrapper.connection
    if inner is _page.limited:
        return
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            inner.set_progress_handler(is_over, STEPS)
        elif wrapper.vendor == "postgresql":
            # It stays: the hooks' statements, which this connection carries too, are short.
            inner.execute(f"SET statement_timeout = {int(settings.DECLIC_PAGE_SECONDS * 1000)}")
    _page.limited = inner
