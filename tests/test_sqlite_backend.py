"""SQLite: one writer at a time, in turn, synced to disk."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from django.db.utils import ConnectionHandler

from config.sqlite.base import is_write
from tests.serving import ServedProcess

pytestmark = pytest.mark.embedded

THREADS = 20
APPLICATION_OPTIONS = settings.DATABASES["default"].get("OPTIONS", {})


class Database:
    """A database file of the backend under test, with one connection for each thread."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.handler = ConnectionHandler(
            {
                "default": {
                    "ENGINE": "config.sqlite",
                    "NAME": path,
                    "OPTIONS": {**APPLICATION_OPTIONS, **options},
                }
            }
        )

    @property
    def connection(self) -> Any:
        return self.handler["default"]

    def run(self, query: str) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def begin(self) -> None:
        self.connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)

    def end(self) -> None:
        self.connection.commit()
        self.connection.set_autocommit(True)

    def undo(self) -> None:
        self.connection.rollback()
        self.connection.set_autocommit(True)


@pytest.fixture(autouse=True)
def _files_of_its_own(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.sqlite3", timeout=30.0)
    database.run("CREATE TABLE counter (value integer)")
    database.run("INSERT INTO counter VALUES (0)")
    yield database
    database.connection.close()


def in_threads(work: Any, count: int = THREADS) -> list[BaseException]:
    """Do the work in threads at the same time; return what was raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_it_is_logged_ahead_and_checks_references(database: Database) -> None:
    assert database.run("PRAGMA journal_mode") == [("wal",)]
    assert database.run("PRAGMA foreign_keys") == [(1,)]
    assert database.run("PRAGMA busy_timeout") == [(30_000,)]
    assert database.connection.transaction_mode == "IMMEDIATE"


@pytest.mark.parametrize(("said", "mode"), [("", 2), ("FULL", 2), ("normal", 1)])
def test_it_is_synced_unless_less_is_asked_for(
    served_process: ServedProcess, said: str, mode: int
) -> None:
    served_process.env |= {"DECLIC_SQLITE_SYNCHRONOUS": said} if said else {}
    ask = (
        "from django.db import connection; cursor = connection.cursor(); "
        "print(cursor.execute('PRAGMA synchronous').fetchone())"
    )

    assert served_process.manage("shell", "--no-imports", "-c", ask).stdout == f"({mode},)\n"


def test_transactions_that_read_and_then_write_wait_for_each_other(database: Database) -> None:
    def read_then_write() -> None:
        for _ in range(5):
            database.begin()
            value = database.run("SELECT value FROM counter")[0][0]
            database.run(f"UPDATE counter SET value = {value + 1}")
            database.end()
        database.connection.close()

    assert in_threads(read_then_write) == []
    assert database.run("SELECT value FROM counter") == [(THREADS * 5,)]


def test_single_statements_wait_too(database: Database) -> None:
    def write() -> None:
        for _ in range(5):
            database.run("UPDATE counter SET value = value + 1")
        database.connection.close()

    assert in_threads(write) == []
    assert database.run("SELECT value FROM counter") == [(THREADS * 5,)]


def test_a_turn_that_does_not_come_in_time_fails_as_a_locked_database(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3", timeout=0.05)
    database.run("CREATE TABLE counter (value integer)")
    database.begin()

    def write() -> None:
        try:
            database.run("INSERT INTO counter VALUES (1)")
        finally:
            database.connection.close()

    (error,) = in_threads(write, count=1)
    database.undo()

    assert isinstance(error, OperationalError)
    assert str(error) == "database is locked"
    assert in_threads(write, count=1) == []
    database.connection.close()


def test_another_process_that_holds_the_lock_gives_the_turn_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3", timeout=0.05)
    database.run("CREATE TABLE counter (value integer)")
    other = sqlite3.connect(tmp_path / "test.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OperationalError, match="database is locked"):
        database.begin()
    other.execute("ROLLBACK")
    other.close()

    assert not database.connection.turn.is_held
    database.begin()
    database.end()
    database.connection.close()


def test_a_thread_that_ends_in_a_transaction_frees_the_turn_with_its_connection(
    database: Database,
) -> None:
    def leave_it_open() -> None:
        database.begin()
        database.run("UPDATE counter SET value = 1")
        database.connection.close()

    in_threads(leave_it_open, count=1)

    database.run("UPDATE counter SET value = value + 10")
    assert database.run("SELECT value FROM counter") == [(10,)]


def test_a_connection_that_is_forgotten_frees_the_turn(database: Database) -> None:
    turn = database.connection.turn
    assert turn.take(1.0)

    other = type(turn)(turn._lock)
    assert not other.take(0.0)
    del database.connection.turn
    del turn

    assert other.take(0.0)


def test_a_commit_that_fails_keeps_the_turn_until_it_is_rolled_back(database: Database) -> None:
    database.run("CREATE TABLE parent (id integer PRIMARY KEY)")
    database.run(
        "CREATE TABLE child (parent integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    database.begin()
    database.run("INSERT INTO child VALUES (7)")

    with pytest.raises(IntegrityError):
        database.connection.commit()
    assert database.connection.turn.is_held
    database.undo()

    assert not database.connection.turn.is_held


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("INSERT INTO a VALUES (1)", True),
        ("update a set b = 1", True),
        ("DELETE FROM a", True),
        ("REPLACE INTO a VALUES (1)", True),
        ("SELECT 1", False),
        ("SAVEPOINT x", False),
        ("PRAGMA x", False),
        ("BEGIN IMMEDIATE", False),
    ],
)
def test_statements_that_write_are_known(query: str, expected: bool) -> None:
    assert is_write(query) is expected


@pytest.mark.django_db(transaction=True)
def test_the_application_writes_in_turn() -> None:
    assert connection.settings_dict["ENGINE"] == "config.sqlite"
    connection.ensure_connection()
    assert connection.transaction_mode == "IMMEDIATE"
    assert connection.turn is not None
