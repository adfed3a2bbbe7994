"""What tests of faults start from: stages that end with the test, databases of their own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from tests.faults.stage import CeleryProcess, Stage

SECONDS = float(os.environ.get("DECLIC_FAULT_SECONDS", "8"))  # of load, for tests that kill


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """One server on SQLite; not started yet."""
    stage = Stage(tmp_path / "data")
    yield stage
    stage.end()


@pytest.fixture(scope="session")
def database_beside() -> Iterator[str]:
    """The URL of a PostgreSQL database beside the one that the settings name."""
    url = urlsplit(settings.DATABASE_URL)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"{url.path.strip('/')}_faults_{os.getpid()}{worker}"
    server = urlunsplit(url._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(url._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def own_database(database_beside: str) -> str:
    """The URL of an empty PostgreSQL database."""
    with psycopg.connect(database_beside) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return database_beside


@pytest.fixture
def limited_role(own_database: str) -> Iterator[str]:
    """A role that the number of connections can be limited for: superusers are let in anyway."""
    name = f"declic_limited_{os.getpid()}{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    with psycopg.connect(own_database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'limited'")
        connection.execute(f"GRANT ALL ON SCHEMA public TO {name}")
    yield name
    with psycopg.connect(own_database, autocommit=True) as connection:  # the test ends them all
        connection.execute(f"DROP OWNED BY {name}")
        connection.execute(f"DROP ROLE {name}")


@pytest.fixture
def make_stage(tmp_path: Path, own_database: str) -> Iterator[Callable[..., Stage]]:
    """Return a function that sets servers up on PostgreSQL and Redis; not started yet."""
    made: list[Stage] = []

    def make(*, servers: int = 1, **env: str) -> Stage:
        known = {"DATABASE_URL": own_database, "REDIS_URL": settings.REDIS_URL}
        made.append(Stage(tmp_path / "data", servers=servers, **{**known, **env}))
        return made[-1]

    yield make
    for stage in made:
        stage.end()


@pytest.fixture
def celery(tmp_path: Path) -> Iterator[Callable[..., CeleryProcess]]:
    """Return a function that makes a Celery process for a stage; not started yet."""
    made: list[CeleryProcess] = []

    def make(stage: Stage, *arguments: str) -> CeleryProcess:
        log = tmp_path / f"celery-{len(made)}.log"
        made.append(CeleryProcess(log, stage.server.env, *arguments))
        return made[-1]

    yield make
    for process in made:
        process.end()
