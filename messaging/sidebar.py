"""What the sidebar lists: the reader's channels and direct messages, and what is unread there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import Count, F, OuterRef, Subquery

from messaging.models import App, Channel, Member, Membership, Message

SHOWN_DIRECTS = 20
NAMED_AT_ONCE = 500  # a statement takes only so many values


@dataclass
class Entry:
    """One line of the sidebar."""

    channel: Channel
    newest: int
    last_read: int
    other: Member | App | None = None
    unread: int = 0

    @property
    def is_unread(self) -> bool:
        """Whether something was written since the reader was here."""
        return self.newest > self.last_read

    @property
    def label(self) -> str:
        """The channel's name, or with whom one speaks."""
        return self.channel.name or str(self.other or "")

    @property
    def count(self) -> str:
        """How many direct messages are new, up to a hundred."""
        return "99+" if self.unread > 99 else str(self.unread)


@dataclass
class Sidebar:
    """The reader's lists; two queries, one more where direct messages are unread.

    One more for each further 500 direct messages that are listed: unread ones are, all of them.
    """

    channels: list[Entry]
    directs: list[Entry]

    @classmethod
    def of(cls, member: Member, *, current: str = "") -> Self:
        """Look up the member's lists; the channel with the ID `current` is listed in any case."""
        entries = [
            one
            for one in _entries(member)
            if one.channel.channel_id == current or not one.channel.is_archived
        ]
        named = [one for one in entries if not one.channel.is_direct]
        directs = [one for one in entries if one.channel.is_direct]
        return cls(
            channels=sorted(named, key=lambda one: one.channel.name.casefold()),
            directs=_directs(member, directs, current),
        )

    @property
    def unread(self) -> int:
        """How many channels and direct messages hold something new."""
        return sum(one.is_unread for one in (*self.channels, *self.directs))


def newest_key() -> Subquery:
    """Return the newest message's key of the outer query's channel (one index look-up)."""
    newest = Message.objects.filter(channel=OuterRef("channel")).order_by("-pk")
    return Subquery(newest.values("pk")[:1])


def _entries(member: Member) -> list[Entry]:
    memberships = (
        Membership.objects.filter(member=member)
        .select_related("channel__app")
        .annotate(newest=newest_key())
    )
    return [
        Entry(channel=one.channel, newest=one.newest or 0, last_read=one.last_read)
        for one in memberships
    ]


def _directs(member: Member, entries: list[Entry], current: str) -> list[Entry]:
    shown = [one for one in entries if one.newest or one.channel.channel_id == current]
    shown.sort(key=lambda one: (one.channel.channel_id == current, one.newest), reverse=True)
    shown = [one for place, one in enumerate(shown) if place < SHOWN_DIRECTS or one.is_unread]
    _name(member, shown)
    _count(member, shown)
    shown = [one for one in shown if one.other != member]
    return sorted(shown, key=lambda one: (isinstance(one.other, App), one.label.casefold()))


def _name(member: Member, entries: Sequence[Entry]) -> None:
    """Find with whom each of the direct messages are."""
    people: dict[int, Member] = {}
    for start in range(0, len(entries), NAMED_AT_ONCE):
        keys = [one.channel.pk for one in entries[start : start + NAMED_AT_ONCE]]
        others = Membership.objects.filter(channel__in=keys).exclude(member=member)
        people |= {one.channel_id: one.member for one in others.select_related("member")}
    for one in entries:
        one.other = one.channel.app or people.get(one.channel.pk, member)


def _count(member: Member, entries: Iterable[Entry]) -> None:
    """Count the new messages where there are any."""
    unread = [one for one in entries if one.is_unread]
    if not unread:
        return
    mine = Membership.objects.filter(member=member, channel__kind=Channel.Kind.DIRECT).order_by()
    counts = mine.filter(channel__messages__pk__gt=F("last_read")).values_list("channel")
    found = dict(counts.annotate(n=Count("channel__messages")))
    for one in unread:
        one.unread = found.get(one.channel.pk, 0)
