"""Short SQL runs in SQLite's own cursor, and in Django's wherever that one has more to do."""

import datetime
from contextlib import nullcontext

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from messaging.models import App
from messaging.short_sql import changed_rows, first_row
from tests.raw_rows import raw_row

pytestmark = pytest.mark.django_db

INSERT = """INSERT INTO "messaging_app" ("name", "icon", "page", "is_workflow", "created_at")
VALUES (%s, '', '', %s, %s) RETURNING "id" """
RENAME = 'UPDATE "messaging_app" SET "name" = %s WHERE "name" = %s'
SELECT = 'SELECT "name" FROM "messaging_app" WHERE "name" = %s ORDER BY "id"'
NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)


def insert(name):
    return first_row(INSERT, [name, True, NOW])[0]


def test_rows_are_returned_and_counted(db):
    key = insert("a ? %")
    insert("b")

    assert App.objects.get(pk=key).name == "a ? %"
    assert first_row(SELECT, ["b"]) == ("b",)
    assert first_row(SELECT, ["c"]) is None
    assert changed_rows(RENAME, ["b", "a ? %"]) == 1
    assert changed_rows(RENAME, ["b", "gone"]) == 0


def test_who_listens_hears_each_statement(db):
    with CaptureQueriesContext(connection) as heard:
        insert("a")
        first_row(SELECT, ["a"])
        changed_rows(RENAME, ["b", "a"])

    assert len(heard) == 3

    seen = []

    def watch(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        first_row(SELECT, ["b"])
    assert seen == [SELECT]


def test_errors_are_djangos_own(db):
    insert("a")
    with pytest.raises(IntegrityError), transaction.atomic():
        first_row(INSERT, [None, True, NOW])
    with pytest.raises(IntegrityError), transaction.atomic():
        changed_rows('UPDATE "messaging_app" SET "name" = NULL', [])


def test_a_broken_transaction_takes_no_more(db):
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            first_row(SELECT, ["a"])


@pytest.mark.embedded
def test_a_write_outside_a_transaction_waits_for_its_turn(transactional_db, monkeypatch):
    turns = []
    wrapper = connection._connections[connection._alias]
    monkeypatch.setattr(wrapper, "take_turn", lambda: turns.append("turn"))

    insert("a")
    assert turns == ["turn"]
    first_row(SELECT, ["a"])
    assert turns == ["turn"]
    with transaction.atomic():
        insert("b")
        changed_rows(RENAME, ["c", "b"])
    assert turns == ["turn", "turn"]  # the transaction's own
    assert App.objects.filter(name__in=["a", "c"]).count() == 2


@pytest.mark.parametrize("listens", [False, True])
@pytest.mark.parametrize("zone", [datetime.UTC, datetime.timezone(datetime.timedelta(hours=2))])
@pytest.mark.parametrize("micro", [0, 890123])
def test_moments_are_taken_as_by_django(db, zone, micro, listens):
    moment = datetime.datetime(2026, 3, 4, 5, 6, 7, micro, tzinfo=zone)
    by_orm = App.objects.create(name="a")
    App.objects.update(created_at=moment)

    with CaptureQueriesContext(connection) if listens else nullcontext():
        key = first_row(INSERT, ["a", True, moment])[0]

    own = ("name", "icon", "page")
    assert raw_row(App, key, without=own) == raw_row(App, by_orm.pk, without=own)
