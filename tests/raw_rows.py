"""Rows as they stand in the database, to hold short SQL against the ORM."""

from typing import Any

from django.db import connection
from django.db.models import Model


def raw_row(model: type[Model], key: int, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return every column of one row, untouched by the ORM, but for its key and those named."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{model._meta.db_table}" WHERE "id" = %s', [key])
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    return {name: value for name, value in row.items() if name not in {"id", *without}}
