"""Search that ignores case in every language: SQLite's own LIKE knows A–Z alone."""

import sqlite3
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations

FOLD = "FOLD_CASE"
# Not `iexact`: addresses are unique by SQLite's own LOWER, and found by the same rule.
FOLDED = frozenset({"icontains", "istartswith", "iendswith"})

OPERATORS = {
    **base.DatabaseWrapper.operators,
    **dict.fromkeys(FOLDED, rf"LIKE {FOLD}(%s) ESCAPE '\'"),
}
PATTERN_OPS = {
    name: pattern.replace("UPPER(", f"{FOLD}(") if name in FOLDED else pattern
    for name, pattern in base.DatabaseWrapper.pattern_ops.items()  # type: ignore[attr-defined]
}


class FoldingOperations(DatabaseOperations):
    """Django's own, but what is searched loses its case first, as on PostgreSQL."""

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        """Return the SQL around the column that is searched."""
        cast = super().lookup_cast(lookup_type, internal_type)
        return f"{FOLD}({cast})" if lookup_type in FOLDED else cast


def add_folding(connection: sqlite3.Connection) -> None:
    """Make the function known to the connection."""
    connection.create_function(FOLD, 1, fold_case, deterministic=True)


def fold_case(value: Any) -> str | None:
    """Return the text in lower case, NULL for NULL."""
    return None if value is None else str(value).lower()
