"""Bad input, D46: on PostgreSQL, Redis and Celery too the token is written nowhere."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import settings
from redis import Redis

from tests.faults.load import post
from tests.faults.stage import CeleryProcess, Stage

pytestmark = [pytest.mark.served, pytest.mark.scaled_out]

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))
TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


def rows_of(url: str) -> Iterator[str]:
    """Yield every row of every table as text, as a dump holds it."""
    with psycopg.connect(url) as database:
        for (table,) in database.execute(TABLES).fetchall():
            for (row,) in database.execute(f'SELECT t::text FROM "{table}" t'):
                yield row


def entries_of(url: str) -> Iterator[str]:
    """Yield every key of a Redis database with what it holds."""
    with Redis.from_url(url) as redis:
        for key in redis.scan_iter():
            yield f"{key!r} {redis.dump(key)!r}"


def test_no_table_no_cache_no_queue_and_no_log_holds_the_token(
    make_stage: Callable[..., Stage], celery: Callable[..., CeleryProcess]
) -> None:
    stage = make_stage(servers=1, DECLIC_BROKER_URL=settings.TEST_BROKER_URL)
    (path,) = stage.seed(1, *STEPS)
    token = path.rpartition("/")[2]
    stage.server.start()
    worker, beat = (
        celery(stage, "worker"),
        celery(stage, "beat", "--schedule", str(stage.folder / "beat")),
    )
    worker.start()
    beat.start()

    assert post(stage.server.port, path, "1")[0] == 200
    assert post(stage.server.port, path, "2")[0] == 429
    assert post(stage.server.port, path + "x", "3")[0] == 404
    cached = [*entries_of(settings.REDIS_URL), *entries_of(settings.TEST_BROKER_URL)]
    stage.wait_until_nothing_waits()

    cached += [*entries_of(settings.REDIS_URL), *entries_of(settings.TEST_BROKER_URL)]
    logs = [stage.server.log.read_text(), worker.log.read_text(), beat.log.read_text()]
    rows = list(rows_of(stage.database_url))
    assert any("after 1" in row for row in rows)
    assert any("declic-flood" in entry for entry in cached)
    assert any(entry for entry in logs)
    for place in (*rows, *cached, *logs):
        assert token[4:] not in place
