"""The database as a command finds it: does it answer, and is it up to date?"""

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor


class DatabaseNotReadyError(Exception):
    """The database can't be used; its text says why, in one line."""


def require_connection() -> None:
    """Raise `DatabaseNotReadyError` where the database doesn't answer."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        where = "DECLIC_DATA_DIR" if settings.IS_EMBEDDED else "DATABASE_URL"
        reason = " ".join(str(error).split())
        raise DatabaseNotReadyError(f"The database of {where} does not answer: {reason}") from None


def require_writable() -> None:
    """Raise OperationalError where SQLite may only read its file: a transaction begins by writing.

    A read-only PostgreSQL may be so for a moment: its server starts, and says so at /health.
    """
    with transaction.atomic():
        pass


def require_migrated() -> None:
    """Raise `DatabaseNotReadyError` where the database is empty or older than the code."""
    require_connection()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseNotReadyError(
            "The database is empty or of an older version: start `manage.py serve` once, or run "
            "`manage.py migrate`."
        )
