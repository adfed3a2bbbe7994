"""Migrations run beside processes of the version before: what is added must not be in their way."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

from messaging.migration_operations import AddIndexWhileInUse

# The rules hold for what came after these.
BEFORE = {"messaging": "0001_initial", "workflows": "0004_rotation_and_failures"}


def database_operations(operations: list[Any]) -> Iterator[Any]:
    """Yield what is done to the tables, not what only the models hear of."""
    for one in operations:
        if isinstance(one, migrations.SeparateDatabaseAndState):
            yield from database_operations(one.database_operations)
        else:
            yield one


def wrong_in(migration: Any, made: set[str]) -> Iterator[str]:
    """Yield what would stand in the way; tables that are made here have no old users."""
    for one in database_operations(migration.operations):
        if isinstance(one, migrations.CreateModel):
            made.add(one.name_lower)
        elif getattr(one, "model_name_lower", "") in made:
            continue
        elif isinstance(one, migrations.AddIndex):
            if not isinstance(one, AddIndexWhileInUse):
                yield f"{migration}: AddIndexWhileInUse adds {one.index.name}"
            elif migration.atomic:
                yield f"{migration}: atomic = False for {one.index.name}"
        elif isinstance(one, migrations.AddField) and not one.field.many_to_many:
            if not one.field.null and one.field.db_default is NOT_PROVIDED:
                yield f"{migration}: db_default or null for {one.model_name}.{one.name}"
            if one.field.db_index or one.field.unique:
                yield f"{migration}: no index with {one.model_name}.{one.name}"


def test_what_was_added_since_is_not_in_the_way_of_old_code() -> None:
    disk = MigrationLoader(None).disk_migrations
    wrong, made = [], {app: set() for app in BEFORE}
    for (app, name), migration in sorted(disk.items()):
        if app in BEFORE and name > BEFORE[app]:
            wrong += wrong_in(migration, made[app])

    assert all((app, name) in disk for app, name in BEFORE.items())
    assert wrong == []


def index() -> models.Index:
    return models.Index(fields=["display_name"], name="member_by_name")


@pytest.mark.parametrize(
    ("operation", "is_atomic", "is_wrong"),
    [
        (migrations.AddIndex("member", index()), False, True),
        (AddIndexWhileInUse("member", index()), True, True),
        (AddIndexWhileInUse("member", index()), False, False),
        (migrations.AddField("member", "n", models.IntegerField(default=0)), True, True),
        (migrations.AddField("member", "n", models.IntegerField(db_default=0)), True, False),
        (migrations.AddField("member", "n", models.IntegerField(null=True)), True, False),
        (
            migrations.AddField("member", "n", models.IntegerField(null=True, db_index=True)),
            True,
            True,
        ),
        (migrations.AddField("new", "n", models.IntegerField()), True, False),
        (migrations.AddField("member", "n", models.ManyToManyField("member")), True, False),
        (
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.AddField("member", "n", models.IntegerField())]
            ),
            True,
            False,
        ),
        (
            migrations.SeparateDatabaseAndState([migrations.AddIndex("member", index())]),
            False,
            True,
        ),
    ],
)
def test_the_rules_find_what_is_wrong(operation: Any, is_atomic: bool, is_wrong: bool) -> None:
    migration = migrations.Migration("9999_new", "messaging")
    migration.atomic = is_atomic
    migration.operations = [migrations.CreateModel("New", []), operation]

    assert bool(list(wrong_in(migration, set()))) is is_wrong


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_back", [False, True])
def test_an_index_is_added_and_dropped_without_a_lock_on_postgresql(is_back: bool) -> None:
    before = MigrationLoader(connection).project_state(("messaging", "0001_initial"))
    operation = AddIndexWhileInUse("member", index())
    after: ProjectState = before.clone()
    operation.state_forwards("messaging", after)

    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        if is_back:
            operation.database_backwards("messaging", editor, after, before)
        else:
            operation.database_forwards("messaging", editor, before, after)

    (said,) = [sql for sql in editor.collected_sql if "member_by_name" in sql]
    assert ("CONCURRENTLY" in said) is (connection.vendor == "postgresql")
