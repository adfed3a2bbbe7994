"""Short SQL for the hook's path, which pays for each microsecond.

Each function has its ORM equivalent in its docstring; tests/workflows/test_hook_store.py holds both
against each other on both databases.
"""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from messaging.message_store import insert_returning_id
from messaging.short_sql import changed_rows, first_row

SECOND = datetime.timedelta(seconds=1)
DAY = 86_400  # seconds


class FoundURL(NamedTuple):
    """What a token leads to (primary keys)."""

    request_url: int
    workflow: int
    version: int


class KnownRun(NamedTuple):
    """The run that a delivery has already started."""

    key: int
    run_id: str
    body_digest: str


def day_of(moment: datetime.datetime) -> int:
    """Return the day in UTC as the clock's row keeps it: since 1970."""
    return int(moment.timestamp()) // DAY


FIND_URL = """SELECT u."id", w."id", w."published_version_id"
FROM "workflows_requesturl" u JOIN "workflows_workflow" w ON w."id" = u."workflow_id"
WHERE u."digest" = %s AND u."retired_at" IS NULL AND u."pending_until" IS NULL
    AND (u."retires_at" IS NULL OR u."retires_at" > %s) AND w."published_version_id" IS NOT NULL
"""


def find_url(digest: str) -> FoundURL | None:
    """Return what the token's digest leads to; None for unknown, retired and unpublished alike.

    `(RequestURL.objects.live() | RequestURL.objects.retiring()).filter(digest=…,
    workflow__published_version__isnull=False)`
    """
    row = first_row(FIND_URL, [digest, timezone.now()])
    return FoundURL(*row) if row else None


FIND_DELIVERY = """SELECT "id", "run_id", "body_digest" FROM "workflows_run"
WHERE "workflow_id" = %s AND "delivery" = %s AND "accepted_at" > %s
"""


def find_delivery(workflow: int, delivery: str, since: datetime.datetime) -> KnownRun | None:
    """Return the run that this delivery started, if it is not older than `since`.

    `Run.objects.filter(workflow_id=…, delivery=…, accepted_at__gt=since).first()`
    """
    row = first_row(FIND_DELIVERY, [workflow, delivery, since])
    return KnownRun(*row) if row else None


TAKE_SECOND = """
UPDATE "workflows_hookclock" SET "last_accepted_at" = %s,
    "day_bytes" = CASE WHEN "day" = %s THEN "day_bytes" ELSE 0 END + %s, "day" = %s
WHERE "workflow_id" = %s AND ("last_accepted_at" <= %s OR "last_accepted_at" > %s)
    AND CASE WHEN "day" = %s THEN "day_bytes" ELSE 0 END + %s <= %s
"""
TAKE_SECOND_POSTGRESQL = """
WITH free AS (
    SELECT "workflow_id" FROM "workflows_hookclock"
    WHERE "workflow_id" = %s AND ("last_accepted_at" <= clock_timestamp() - interval '1 second'
        OR "last_accepted_at" > clock_timestamp() + interval '1 second')
        AND CASE WHEN "day" = %s THEN "day_bytes" ELSE 0 END + %s <= %s
    FOR UPDATE SKIP LOCKED)
UPDATE "workflows_hookclock" clock SET "last_accepted_at" = clock_timestamp(),
    "day_bytes" = CASE WHEN "day" = %s THEN "day_bytes" ELSE 0 END + %s, "day" = %s
FROM free WHERE clock."workflow_id" = free."workflow_id"
"""


def take_second(workflow: int, size: int = 0) -> bool:
    """Use the workflow's second, at least 1 s after the last; return False where it is not over.

    Also where the day's bytes would be too many with these, and on PostgreSQL where another process
    holds the row: nobody waits for it. Inside a transaction that holds the write lock: the time is
    read after it. A clock that was set back never locks a workflow out.

    `HookClock.objects.filter(Q(last_accepted_at__lte=now - SECOND)
    | Q(last_accepted_at__gte=now + SECOND), workflow=…).update(last_accepted_at=now) == 1`, and
    the day's bytes likewise
    """
    now, most = timezone.now(), settings.DECLIC_DAILY_BYTES
    today = day_of(now)
    if connection.vendor == "postgresql":
        values = [workflow, today, size, most, today, size, today]
        return bool(changed_rows(TAKE_SECOND_POSTGRESQL, values))
    second = [now, today, size, today, workflow, now - SECOND, now + SECOND, today, size, most]
    return bool(changed_rows(TAKE_SECOND, second))


DAY_BYTES = 'SELECT "day_bytes" FROM "workflows_hookclock" WHERE "workflow_id" = %s AND "day" = %s'


def is_quota_spent(workflow: int, size: int) -> bool:
    """Tell whether the day's bytes would be too many with these.

    `HookClock.objects.filter(workflow=…, day=today, day_bytes__gt=most - size).exists()`
    """
    row = first_row(DAY_BYTES, [workflow, day_of(timezone.now())])
    return (row[0] if row else 0) + size > settings.DECLIC_DAILY_BYTES


def insert_run(*, values: dict[str, str], error: dict[str, Any], **columns: Any) -> int:
    """Insert a run and return its key: `Run.objects.create(…).pk`, every column named."""
    return insert_returning_id(
        "workflows_run", values=json.dumps(values), error=json.dumps(error), **columns
    )


@dataclass(slots=True)
class StepRow:
    """What one step did, as its row is inserted.

    What was filled in and what came out become JSON at once: a step that gives something else
    fails by itself, before anything is inserted.
    """

    position: int
    kind: str
    status: str
    started_at: datetime.datetime
    finished_at: datetime.datetime | None = None
    input: str = "{}"
    output: str = "{}"
    error: str = "{}"

    def took(self, filled: Any) -> None:
        """Note the step's settings as they were filled; raise TypeError or ValueError."""
        self.input = json.dumps(filled, allow_nan=False)

    def gave(self, output: Any) -> None:
        """Note what came out; raise TypeError or ValueError where it is no JSON."""
        self.output = json.dumps(output, allow_nan=False)

    def failed(self, status: str, error: dict[str, Any]) -> None:
        """Note why it failed: nothing came out."""
        self.status, self.output, self.error = status, "{}", json.dumps(error)


STEP_RUN_COLUMNS = tuple(field.name for field in fields(StepRow))
STEP_RUN_NAMES = ", ".join(f'"{name}"' for name in ("run_id", *STEP_RUN_COLUMNS))
STEP_RUN_PLACES = f"({', '.join(['%s'] * (1 + len(STEP_RUN_COLUMNS)))})"


def insert_step_runs(run: int, rows: Sequence[StepRow]) -> None:
    """Insert what the run's steps did in one statement: `StepRun.objects.bulk_create(…)`."""
    if not rows:
        return
    values: list[Any] = []
    for row in rows:
        values += [run, *(getattr(row, name) for name in STEP_RUN_COLUMNS)]
    places = ", ".join([STEP_RUN_PLACES] * len(rows))
    changed_rows(
        f'INSERT INTO "workflows_steprun" ({STEP_RUN_NAMES}) VALUES {places}',  # noqa: S608
        values,
    )


TOUCH_URL = """
UPDATE "workflows_requesturl" SET "last_used_at" = %s, "last_used_by" = %s
WHERE "id" = %s AND "retired_at" IS NULL AND "pending_until" IS NULL
    AND ("retires_at" IS NULL OR "retires_at" > %s) AND EXISTS(
        SELECT 1 FROM "workflows_workflow" w
        WHERE w."id" = "workflow_id" AND w."published_version_id" IS NOT NULL)
"""


def touch_url(request_url: int, now: datetime.datetime, by: str) -> bool:
    """Note the URL's last use and by which kind of client.

    Return False where it leads nowhere any more (see `find_url`).

    `(RequestURL.objects.live() | RequestURL.objects.retiring()).filter(pk=…,
    workflow__published_version__isnull=False).update(last_used_at=now, last_used_by=by) == 1`
    """
    return bool(changed_rows(TOUCH_URL, [now, by, request_url, now]))
