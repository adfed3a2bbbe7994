"""Short SQL for the rows that every message writes: the hook's path pays for each microsecond.

Each function has its ORM equivalent in its docstring; a test holds both against each other on
both databases.
"""

import datetime
import functools
import json
from typing import Any

from django.db import connection
from django.utils import timezone

from messaging.models.channel import Channel, own_direct_key
from messaging.short_sql import first_row


def insert_message(
    *,
    channel: int,
    member: int | None,
    app: int | None,
    text: str,
    body: list[Any],
    parent: int | None,
    now: datetime.datetime,
    app_as: dict[str, str] | None = None,
) -> int:
    """Insert a message and return its key.

    `Message.objects.create(channel_id=…, member_id=…, app_id=…, text=…, body=…, parent_id=…,
    created_at=now).pk`
    """
    face = {} if app_as is None else {"app_as": json.dumps(app_as)}
    return insert_returning_id(
        "messaging_message",
        channel_id=channel,
        member_id=member,
        app_id=app,
        text=text,
        body=json.dumps(body),
        parent_id=parent,
        created_at=now,
        **face,
    )


def insert_message_change(*, channel: int, message: int, now: datetime.datetime) -> int:
    """Insert the change that tells open pages of a new message, and return its key.

    `Change.objects.create(kind="message_posted", channel_id=…, message_id=…, created_at=now).pk`
    """
    return insert_returning_id(
        "messaging_change",
        kind="message_posted",
        channel_id=channel,
        message_id=message,
        created_at=now,
    )


def insert_returning_id(table: str, **columns: Any) -> int:
    """Insert one row, columns as given (JSON already dumped), and return its primary key."""
    row = first_row(_insert_sql(table, tuple(columns)), list(columns.values()))
    assert row is not None  # noqa: S101
    return int(row[0])


@functools.lru_cache(maxsize=16)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({places}) RETURNING "id"'  # noqa: S608


CHANNEL_FOR_POSTING = """SELECT "id", "channel_id", "kind", "name", "archived_at", EXISTS(
    SELECT 1 FROM "messaging_membership" JOIN "messaging_member"
        ON "messaging_member"."id" = "messaging_membership"."member_id"
    WHERE "messaging_membership"."channel_id" = "messaging_channel"."id"
        AND "messaging_member"."id" = %s AND "messaging_member"."is_active")
FROM "messaging_channel" WHERE "channel_id" = %s AND ("kind" <> 'direct' OR "direct_key" = %s)
"""


def channel_for_posting(channel_id: str, member: int | None) -> tuple[Channel | None, bool]:
    """Return the channel and whether the (active) member with this key is in it.

    Of direct messages only the member's own are found, with themselves.
    `Channel.objects.filter(~Q(kind="direct") | Q(direct_key=own_direct_key(…))).get(channel_id=…)`
    and
    `channel.memberships.filter(member=…, member__is_active=True).exists()`
    """
    row = first_row(CHANNEL_FOR_POSTING, [member, channel_id, own_direct_key(member)])
    if row is None:
        return None, False
    key, public_id, kind, name, archived_at, is_inside = row
    if archived_at is not None and timezone.is_naive(archived_at):  # SQLite knows no time zone
        archived_at = timezone.make_aware(archived_at, connection.timezone)
    channel = Channel(id=key, channel_id=public_id, kind=kind, name=name, archived_at=archived_at)
    channel._state.adding, channel._state.db = False, connection.alias
    return channel, bool(is_inside)
