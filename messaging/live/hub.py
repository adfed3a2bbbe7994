"""The hub: reads each committed change once and says who may hear of it."""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q

from messaging import live
from messaging.background import BackgroundThread
from messaging.live import fan_out
from messaging.live.position import Position, current_position
from messaging.models import Change, Channel, Member, Membership

logger = logging.getLogger("declic.live")

SQLITE_POLL_SECONDS = 0.05  # another process's commits show in SQLite's data version
POLL_SECONDS = 1.0  # elsewhere; Redis, where there is one, is quicker
REST_SECONDS = 0.03  # between two readings: under load many changes are read as one batch
BATCH = 500


class Event(NamedTuple):
    """A change as it goes over the wire, and who may hear of it."""

    change: int
    line: bytes
    member: int | None
    is_member_changed: bool
    is_public: bool
    members: frozenset[int]
    barred: frozenset[int]

    def is_for(self, member: int) -> bool:
        """Tell whether the member with this primary key may hear of it."""
        if member == self.member or member in self.members:
            return True
        return self.is_public and member not in self.barred


def changes() -> Any:
    """Return the changes with what their events say of them, oldest first."""
    return Change.objects.order_by("pk").values_list(
        "pk", "kind", "channel", "channel__channel_id", "channel__kind", "message", "member"
    )


def events(rows: Sequence[tuple[Any, ...]], position: Position) -> list[Event]:
    """Return the events of the rows; who may hear of each is looked up now, in two queries."""
    if not rows:
        return []
    public = {row[2] for row in rows if row[4] == Channel.Kind.PUBLIC}
    closed = {row[2] for row in rows if row[2]} - public
    barred = frozenset(
        Member.objects.get_queryset()
        .filter(Q(role=Member.Role.GUEST) | Q(is_active=False))
        .values_list("pk", flat=True)
    )
    inside: dict[Any, set[Any]] = {}
    for channel, member in Membership.objects.filter(
        Q(channel__in=closed) | Q(channel__in=public, member__role=Member.Role.GUEST),
        member__is_active=True,
    ).values_list("channel", "member"):
        inside.setdefault(channel, set()).add(member)
    found = []
    for change, kind, channel, channel_id, channel_kind, message, member in rows:
        position = position.after(change)
        found.append(
            Event(
                change=change,
                line=event_line(position, kind, channel_id, message),
                member=member,
                is_member_changed=kind == Change.Kind.MEMBER_CHANGED,
                is_public=channel_kind == Channel.Kind.PUBLIC,
                members=frozenset(inside.get(channel, ())),
                barred=barred,
            )
        )
    return found


def event_line(
    position: Position, kind: str, channel_id: str | None = None, message: int | None = None
) -> bytes:
    """Return one server-sent event; its ID is where a lost connection goes on from."""
    data: dict[str, Any] = {"kind": kind}
    if channel_id is not None:
        data["channel"] = channel_id
    if message is not None:
        data["message"] = message
    return f"id: {position}\ndata: {json.dumps(data)}\n\n".encode()


class Hub:
    """One thread that reads new changes and hands their events on; it rests when nobody listens.

    `on_events` is called in that thread.
    """

    def __init__(self, on_events: Callable[[list[Event]], None]) -> None:
        self.on_events = on_events
        self._guard = threading.Lock()
        self._listeners = 0
        self._position = Position(0)
        self._data_version: object = None
        self._reader = BackgroundThread("declic-live-hub", self._work, logger=logger)
        self._threads = [self._reader]
        if settings.REDIS_URL:
            self._threads.append(fan_out.make_listener(self.wake))

    def enter(self) -> Position:
        """Count one more who listens; return where the hub's reading stands (one query)."""
        with self._guard:
            if not self._listeners:
                self._position = current_position()
            self._listeners += 1
            position = self._position
            self._start()
        self.wake()
        return position

    def leave(self) -> None:
        """Count one less who listens."""
        with self._guard:
            self._listeners -= 1

    def wake(self) -> None:
        """Have the hub read now."""
        self._reader.wake()

    def stop(self, seconds: float = 5.0) -> None:
        """End the hub's threads; wait for them at most `seconds`."""
        live.stop_listening(self.wake)
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.stop(0.0)
        for thread in self._threads:
            thread.stop(max(0.0, deadline - time.monotonic()))

    def _start(self) -> None:
        if not all(thread.is_alive for thread in self._threads):
            live.listen(self.wake)
            for thread in self._threads:
                thread.start()

    def _work(self) -> float:
        self._read()
        self._wait()
        return 0.0

    def _wait(self) -> None:
        if not self._listeners:
            self._reader.rest()
        elif connection.vendor == "sqlite":
            while not self._reader.rest(SQLITE_POLL_SECONDS):
                if self._has_new_data() or not self._listeners:
                    break
        else:
            self._reader.rest(POLL_SECONDS)

    def _has_new_data(self) -> bool:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            version = connection.connection.execute("PRAGMA data_version").fetchone()[0]
        is_new = version != self._data_version
        self._data_version = version
        return is_new

    def _read(self) -> None:
        while self._listeners and not self._reader.should_stop:
            with self._guard:
                start = self._position
            rows = list(changes().filter(start.not_seen())[:BATCH])
            found = events(rows, start)
            with self._guard:
                if self._position is not start:
                    return  # Everybody left, and somebody came: it starts anew.
                self._position = start.after_all(row[0] for row in rows).without_old_gaps()
            if found:
                self.on_events(found)
            if len(rows) < BATCH:
                break
        time.sleep(REST_SECONDS)
