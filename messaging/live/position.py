"""How far somebody has heard the changes: up to an ID, but for some that were not there yet."""

import datetime
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone

from messaging.models import Change

LATE_SECONDS = 10.0  # how long a change may take from its ID to its commit (PostgreSQL)
GAPS = 200  # how many changes below the newest are looked at for late ones
FIRST_GAPS = 20  # the same, where no older change is there to say which IDs were used
PATTERN = re.compile(r"(\d{1,18})(?:-(\d{1,18}(?:\.\d{1,18}){0,199}))?", re.ASCII)


def are_ids_in_order() -> bool:
    """Tell whether changes are committed in the order of their IDs: SQLite has one writer."""
    return connection.vendor == "sqlite"


@dataclass(frozen=True)
class Position:
    """The newest ID heard of, and the lower ones that may still be committed.

    On SQLite IDs are committed in their order. On PostgreSQL a transaction may commit after one
    with a higher ID: "newer than the last one" alone would skip it. Written as `120` or, while
    117 and 118 are awaited, `120-117.118`; that is the ID of a server-sent event.
    """

    newest: int
    awaited: dict[int, float] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        if not self.awaited:
            return str(self.newest)
        return f"{self.newest}-{'.'.join(map(str, sorted(self.awaited)))}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the position that was written so, None if it is not one."""
        match = PATTERN.fullmatch(text)
        if match is None:
            return None
        now = time.monotonic()
        awaited = {int(number): now for number in (match[2] or "").split(".") if number}
        return cls(int(match[1]), awaited)

    def not_seen(self) -> Q:
        """Return the condition for changes that were not heard of yet."""
        condition = Q(pk__gt=self.newest)
        return condition | Q(pk__in=list(self.awaited)) if self.awaited else condition

    def after(self, change: int) -> "Position":
        """Return the position once the change was heard of too."""
        awaited = {key: since for key, since in self.awaited.items() if key != change}
        if change > self.newest and not are_ids_in_order():
            now = time.monotonic()
            start = max(self.newest + 1, change - (GAPS if self.newest else FIRST_GAPS))
            awaited.update(dict.fromkeys(range(start, change), now))
        return Position(max(self.newest, change), awaited)

    def after_all(self, changes: Iterable[int]) -> "Position":
        """Return the position once all of them were heard of."""
        position = self
        for change in changes:
            position = position.after(change)
        return position

    def without_old_gaps(self) -> "Position":
        """Forget the IDs that were awaited long enough: their transactions were rolled back."""
        if not self.awaited:
            return self
        limit = time.monotonic() - LATE_SECONDS
        kept = {key: since for key, since in self.awaited.items() if since > limit}
        return Position(self.newest, kept)


def current_position() -> Position:
    """Return where the changes stand now: read it before what a page shows."""
    if are_ids_in_order():
        return Position(Change.objects.aggregate(newest=Max("pk"))["newest"] or 0)
    keys = list(Change.objects.order_by("-pk").values_list("pk", "created_at")[:GAPS])
    if not keys:
        return Position(0)
    limit = timezone.now() - datetime.timedelta(seconds=LATE_SECONDS)
    newest = keys[0][0]
    unknown = max(0, keys[-1][0] - FIRST_GAPS - 1)
    settled = next((key for key, created_at in keys if created_at <= limit), unknown)
    now = time.monotonic()
    missing = set(range(max(settled + 1, newest - GAPS), newest)) - {key for key, _ in keys}
    awaited = dict.fromkeys(missing, now)
    return Position(newest, awaited)
