"""Who and what a message's tokens refer to: one look-up for a whole page of messages."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Q
from django.db.models.functions import Lower

from messaging import mrkdwn
from messaging.models.channel import Channel, Membership, own_direct_key
from messaging.models.member import Member
from messaging.mrkdwn.tokens import Body, Names, Person, Place


@dataclass(frozen=True)
class Directory:
    """The members and channels that some bodies name, by their public IDs."""

    members: dict[str, Member]
    channels: dict[str, Channel]

    @classmethod
    def of(cls, *bodies: Body) -> Self:
        """Look up what the bodies name: two queries, none where they name nothing.

        More where they name so many that one statement does not take them.
        """
        found = [mrkdwn.references(body) for body in bodies]
        members = set[str]().union(*(one.members for one in found))
        channels = set[str]().union(*(one.channels for one in found))
        return cls(
            # Most messages name nobody: the hook's path does not pay for a queryset then.
            members=Member.objects.in_bulk(members, field_name="member_id") if members else {},
            channels=Channel.objects.named().in_bulk(channels, field_name="channel_id")
            if channels
            else {},
        )

    def names(self, read_in: Channel | None = None) -> Names:
        """Return what plain text needs: no links, and no private channel's name.

        Where the text is read in a private channel itself, that one is named.
        """
        return Names(
            members={
                key: Person(name=one.display_name, email=one.email, url="")
                for key, one in self.members.items()
            },
            channels={
                key: Place(name=one.name, url="")
                for key, one in self.channels.items()
                if one.is_public or (one == read_in and not one.is_direct)
            },
        )

    def names_for(self, reader: Member) -> Names:
        """Return what a page needs for its reader; private channels keep their name from others."""
        linked = self._linked_members(reader)
        return Names(
            members={
                key: Person(
                    name=one.display_name,
                    email=one.email,
                    url=one.get_absolute_url() if key in linked else "",
                )
                for key, one in self.members.items()
            },
            channels={
                one.channel_id: Place(name=one.name, url=one.get_absolute_url())
                for one in self._shown_channels(reader)
            },
        )

    def _linked_members(self, reader: Member) -> Collection[str]:
        """Return whose page the reader may open: a guest not everybody's (one query then)."""
        if not reader.is_guest or not self.members:
            return self.members
        seen = Member.objects.visible_to(reader).filter(member_id__in=self.members)
        return set(seen.values_list("member_id", flat=True))

    def _shown_channels(self, reader: Member) -> Iterable[Channel]:
        if not reader.is_guest and all(one.is_public for one in self.channels.values()):
            return self.channels.values()
        keys = [one.pk for one in self.channels.values()]
        return Channel.objects.visible_to(reader).in_bulk(keys).values()

    def without_mentions_of_outsiders(self, body: Body, channel: Channel) -> Body:
        """Return the body with plain names for who is deactivated or may not see the channel."""
        if not self.members:
            return body
        outside = {key for key, one in self.members.items() if not one.is_active}
        doubtful = [
            one
            for key, one in self.members.items()
            if key not in outside and (one.is_guest or not channel.is_public)
        ]
        if doubtful:
            inside = set(
                Membership.objects.filter(Q(channel=channel), member__in=doubtful).values_list(
                    "member_id", flat=True
                )
            )
            outside |= {one.member_id for one in doubtful if one.pk not in inside}
        return _as_names(body, outside) if outside else body


def find_members(texts: Collection[str]) -> dict[str, Member]:
    """Return the members that the texts name by member ID or e-mail address (one query)."""
    if not texts:
        return {}
    addresses = {text.lower() for text in texts if "@" in text}
    found = Member.objects.annotate(address=Lower("email")).filter(
        Q(member_id__in=texts) | Q(address__in=addresses)
    )
    members: dict[str, Member] = {}
    for member in found:
        members[member.member_id] = members[member.email.lower()] = member
    named = {text: members.get(text) or members.get(text.lower()) for text in texts}
    return {text: member for text, member in named.items() if member is not None}


def find_own_direct(channel_ids: Collection[str]) -> dict[str, Member]:
    """Return whose direct messages with themselves these are, by channel ID (one query)."""
    rows = Membership.objects.select_related("channel", "member").filter(
        channel__channel_id__in=channel_ids, channel__kind=Channel.Kind.DIRECT, channel__app=None
    )
    return {
        row.channel.channel_id: row.member
        for row in rows
        if row.channel.direct_key == own_direct_key(row.member.pk)
    }


def without_mentions(body: Body) -> Body:
    """Return a copy of the body that calls nobody: each mention is a plain name."""
    renamed: Body = _as_names(body, mrkdwn.references(body).members)
    return renamed


def _as_names(token: Any, outside: Collection[str]) -> Any:
    """Return a copy in which the mentions of these members are plain names."""
    if isinstance(token, list):
        return [_as_names(one, outside) for one in token]
    if not isinstance(token, dict):
        return token
    if token.get("t") == "user" and token["id"] in outside and token["as"] == "mention":
        return {**token, "as": "name"}
    return {key: _as_names(value, outside) for key, value in token.items()}
