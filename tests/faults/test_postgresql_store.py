"""PostgreSQL that restarts, refuses or hangs: 503 and when to come back, never 500."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults.load import Load, post, wait_until
from tests.faults.stage import Stage, expected
from tests.faults.test_sqlite_store import post_for_all, refused

pytestmark = [pytest.mark.served, pytest.mark.scaled_out]

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))
OTHERS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def drop_connections(other: "psycopg.Connection") -> None:
    """End every other connection to the database, as its restart does."""
    dropped = {pid for (pid,) in other.execute(OTHERS)}
    for pid in dropped:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_until(lambda: not dropped & {pid for (pid,) in other.execute(OTHERS)})


def test_connections_that_are_dropped_under_load_cost_a_503_at_most(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(servers=1)
    paths = stage.seed(12, *STEPS)
    stage.server.start()
    load = Load(stage.ports, paths)
    load.start()

    with psycopg.connect(stage.database_url, autocommit=True) as other:
        for _ in range(12):
            time.sleep(0.25)
            drop_connections(other)

    load.stop()
    stage.wait_until_nothing_waits()
    assert set(load.statuses()) <= {200, 429, 503}
    numbers = [sent.number for sent in load.accepted]
    assert stage.texts() == expected(numbers, "before {}", "after {}")


def test_a_database_that_refuses_or_hangs_is_503_until_it_is_well_again(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(servers=1)
    paths = stage.seed(5, *STEPS)
    stage.server.start()
    assert post(stage.server.port, paths[0], "first")[0] == 200

    with psycopg.connect(stage.database_url, autocommit=True) as other:
        while_it_refuses(stage, other, paths[1])
        assert post(stage.server.port, paths[2], "second")[0] == 200
        while_another_holds_a_row(stage, other, paths[3])
        assert post(stage.server.port, paths[4], "last")[0] == 200

    stage.wait_until_nothing_waits()
    numbers = ["first", "second", "waited", "last"]
    assert stage.texts() == expected(numbers, "before {}", "after {}")


def test_too_many_connections_are_503_until_there_is_room_again(
    make_stage: Callable[..., Stage], limited_role: str, own_database: str
) -> None:
    url = urlsplit(own_database)
    place = f"{limited_role}:limited@{url.hostname}:{url.port or 5432}"
    stage = make_stage(servers=1, DATABASE_URL=url._replace(netloc=place).geturl())
    paths = stage.seed(3, *STEPS)
    stage.server.start()
    assert post(stage.server.port, paths[0], "first")[0] == 200

    with psycopg.connect(own_database, autocommit=True) as other:
        other.execute(f"ALTER ROLE {limited_role} CONNECTION LIMIT 0")
        drop_connections(other)
        assert refused(post_for_all(stage.server.port, paths[1], "refused"))
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            psycopg.connect(stage.database_url)
        other.execute(f"ALTER ROLE {limited_role} CONNECTION LIMIT -1")

    wait_until(lambda: post(stage.server.port, paths[2], "last")[0] in {200, 429})
    stage.wait_until_nothing_waits()
    assert stage.texts() == expected(["first", "last"], "before {}", "after {}")


def while_it_refuses(stage: Stage, other: "psycopg.Connection", path: str) -> None:
    name = stage.database_url.rpartition("/")[2]
    server = stage.database_url.removesuffix(name) + "postgres"
    with psycopg.connect(server, autocommit=True) as outside:  # none may close its own door
        for fault, cure in [
            ("SET default_transaction_read_only = on", "RESET default_transaction_read_only"),
            ("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"),
        ]:
            outside.execute(f'ALTER DATABASE "{name}" {fault}')
            drop_connections(other)
            assert refused(post_for_all(stage.server.port, path, "refused"))
            outside.execute(f'ALTER DATABASE "{name}" {cure}')
            drop_connections(other)


def while_another_holds_a_row(stage: Stage, other: "psycopg.Connection", path: str) -> None:
    with ThreadPoolExecutor(1) as sender:
        with other.transaction():
            other.execute("SELECT * FROM workflows_hookclock FOR UPDATE")
            early = sender.submit(post, stage.server.port, path, "early").result()
            assert (early[0], early[1]["error"]) == (429, "rate_limited")
        with other.transaction():
            other.execute("SELECT * FROM workflows_requesturl FOR UPDATE")
            waiting = sender.submit(post_for_all, stage.server.port, path, "waited")
            time.sleep(2)
            assert not waiting.done()
        assert not refused(waiting.result())
        with other.transaction():
            other.execute("SELECT * FROM workflows_requesturl FOR UPDATE")
            assert refused(sender.submit(post_for_all, stage.server.port, path, "no").result())
