"""A database of the bench's own: the workspace's own data is neither read nor written."""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql


@dataclass(frozen=True)
class Scratch:
    """Where the bench works: a folder, and what each of the two servers has to be told."""

    folder: Path
    hooks: Mapping[str, str]
    bare: Mapping[str, str]


@contextlib.contextmanager
def scratch() -> Iterator[Scratch]:
    """Point this process at a fresh, migrated database, and take it away afterwards.

    SQLite: a folder inside the data folder, because the figures are about its disk. PostgreSQL: a
    database beside the given one (the user must be allowed to make one), used by both servers.
    """
    settings.DECLIC_DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings.DECLIC_DATA_DIR) as name:
        folder = Path(name)
        folders = {one: {"DECLIC_DATA_DIR": str(folder / one)} for one in ("hooks", "bare")}
        if settings.IS_EMBEDDED:
            (folder / "hooks").mkdir()
            place: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
            database = str(folder / "hooks" / "declic.sqlite3")
            shared: dict[str, str] = {}
        else:
            database = f"declic_bench_{secrets.token_hex(4)}"
            place = _postgresql_database(database)
            shared = {"DATABASE_URL": _url_of(database)}
        with place, _connected_to(database):
            call_command("migrate", interactive=False, verbosity=0)
            yield Scratch(folder, {**folders["hooks"], **shared}, {**folders["bare"], **shared})


@contextlib.contextmanager
def _connected_to(database: str) -> Iterator[None]:
    kept = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = kept


@contextlib.contextmanager
def _postgresql_database(name: str) -> Iterator[None]:
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url_of(database: str) -> str:
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{database}").geturl()
