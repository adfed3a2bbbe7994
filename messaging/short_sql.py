"""Runs short SQL in SQLite's own cursor: Django's costs more than most of these statements do.

Django's cursor is used where somebody listens to it (a test that counts statements, a log of
queries), where it has more to do than pass the statement on, and on every other database.
"""

import datetime
import functools
from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


def first_row(query: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run one statement (`SELECT` or `… RETURNING`) and return its first row, None without one."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    if _can_be_short(wrapper, query):
        with wrapper.wrap_database_errors:
            rows = _execute(wrapper, query, values).fetchall()
        return rows[0] if rows else None
    with wrapper.cursor() as cursor:
        cursor.execute(query, [_adapted(value, wrapper) for value in values])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def changed_rows(query: str, values: Sequence[Any]) -> int:
    """Run one statement and return how many rows it changed."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    if _can_be_short(wrapper, query):
        with wrapper.wrap_database_errors:
            return int(_execute(wrapper, query, values).rowcount)
    with wrapper.cursor() as cursor:
        cursor.execute(query, [_adapted(value, wrapper) for value in values])
        return int(cursor.rowcount)


def _can_be_short(wrapper: BaseDatabaseWrapper, query: str) -> bool:
    """Tell whether Django's cursor would only pass the statement on.

    A write outside a transaction has to wait for its turn (config/sqlite), and a transaction that
    is broken takes no more statements.
    """
    return (
        wrapper.vendor == "sqlite"
        and wrapper.connection is not None
        and (wrapper.in_atomic_block or query.startswith("SELECT"))
        and not wrapper.needs_rollback
        and not wrapper.queries_logged
        and not wrapper.execute_wrappers
    )


def _execute(wrapper: BaseDatabaseWrapper, query: str, values: Sequence[Any]) -> Any:
    adapted = [
        _adapted(value, wrapper) if isinstance(value, datetime.datetime) else value
        for value in values
    ]
    return wrapper.connection.execute(_for_sqlite(query), adapted)


@functools.lru_cache(maxsize=256)
def _for_sqlite(query: str) -> str:
    return query.replace("%s", "?")


def _adapted(value: Any, wrapper: BaseDatabaseWrapper) -> Any:
    """Return a moment as this database takes it; anything else it takes as it is."""
    if not isinstance(value, datetime.datetime):
        return value
    if wrapper.vendor == "sqlite" and value.tzinfo is wrapper.timezone:
        return str(value.replace(tzinfo=None))  # as below, at a tenth of its cost
    return wrapper.ops.adapt_datetimefield_value(value)
