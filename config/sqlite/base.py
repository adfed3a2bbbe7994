"""SQLite whose writers take turns in this process, and that ignores case in every script."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from config.data_folder import make_private_file
from config.sqlite.folding import OPERATORS, PATTERN_OPS, FoldingOperations, add_folding
from config.sqlite.turns import Turn, lock_for

BUSY_SECONDS = 5.0  # sqlite3's own, where the options say nothing
WRITING_WORDS = frozenset({"INSERT", "UPDATE", "DELETE", "REPLAC"})


def is_write(query: str) -> bool:
    """Tell whether a single statement asks for SQLite's write lock."""
    return query[:6].upper() in WRITING_WORDS


class TurnTakingCursor(base.SQLiteCursorWrapper):
    """A cursor whose single statements, outside a transaction, wait for their turn too."""

    wrapper: "DatabaseWrapper"

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement, at its turn if it writes."""
        if self.wrapper.needs_turn(query):
            with self.wrapper.one_turn():
                return super().execute(query, params)
        return super().execute(query, params)

    def executemany(self, query: str, param_list: Sequence[Any] | Any) -> Any:
        """Run one statement for each list of values, at its turn if it writes."""
        if self.wrapper.needs_turn(query):
            with self.wrapper.one_turn():
                return super().executemany(query, param_list)
        return super().executemany(query, param_list)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite connection; transactions and single writes take turns in this process.

    How it is synced and how a transaction begins is said by Django's own options, in the settings.
    """

    operators = OPERATORS
    pattern_ops = PATTERN_OPS
    ops_class = FoldingOperations
    turn: Turn | None = None
    patience: float = BUSY_SECONDS

    def get_connection_params(self) -> dict[str, Any]:
        """Return what `sqlite3.connect` takes; from here on the file's writers are known."""
        params = super().get_connection_params()
        self.patience = float(params.get("timeout", BUSY_SECONDS))
        if not self.is_in_memory_db():
            self.turn = Turn(lock_for(os.path.abspath(str(self.settings_dict["NAME"]))))
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that can ignore case; a new file is private, and those beside it."""
        if self.turn is not None:
            make_private_file(Path(conn_params["database"]))
        connection = super().get_new_connection(conn_params)
        add_folding(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor whose single writes wait for their turn."""
        if self.turn is None:
            return super().create_cursor(name)
        cursor = self.connection.cursor(factory=TurnTakingCursor)
        cursor.wrapper = self
        return cursor

    def needs_turn(self, query: str) -> bool:
        """Tell whether the statement writes outside a transaction that holds the turn."""
        turn = self.turn
        return turn is not None and not turn.is_held and is_write(query)

    def one_turn(self) -> "OneTurn":
        """Return the context of a single statement's turn."""
        return OneTurn(self)

    def take_turn(self) -> None:
        """Wait for the turn as long as for SQLite's own lock, and fail like it."""
        if self.turn is not None and not self.turn.take(self.patience):
            raise OperationalError("database is locked")

    def give_turn_back(self) -> None:
        """Let the next writer go on."""
        if self.turn is not None:
            self.turn.give_back()

    def give_turn_back_unless_in_transaction(self) -> None:
        """Let the next writer go on, if SQLite no longer holds its lock for this one.

        A commit that failed leaves the transaction open until Django rolls it back.
        """
        if self.connection is None or not self.connection.in_transaction:
            self.give_turn_back()

    def _start_transaction_under_autocommit(self) -> None:
        self.take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.give_turn_back()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self.give_turn_back_unless_in_transaction()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.give_turn_back_unless_in_transaction()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.give_turn_back()


class OneTurn:
    """The turn of one statement outside a transaction."""

    def __init__(self, wrapper: DatabaseWrapper) -> None:
        self.wrapper = wrapper

    def __enter__(self) -> None:
        self.wrapper.take_turn()

    def __exit__(self, *error: object) -> None:
        self.wrapper.give_turn_back_unless_in_transaction()
