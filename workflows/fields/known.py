"""The channels and members that a draft's settings name: one look-up for all of its steps."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from messaging.directory import find_members, find_own_direct
from messaging.models import Channel, Member
from messaging.services import clean_channel_name

LONGEST = 254  # of a name, an ID or an address
DIRECT_ID = re.compile(r"\AD[A-Z0-9]{9,31}\Z")


def my_direct_messages() -> str:
    """Return what one's own direct messages are called where a channel can be chosen."""
    return _("My own direct messages")


def hidden_channel() -> str:
    """Return what stands for a channel that the reader may not see."""
    return _("a channel that you are not in")


@dataclass(frozen=True)
class OwnDirect:
    """A member's direct messages with themselves."""

    member: Member
    is_readers: bool

    def __str__(self) -> str:
        if self.is_readers:
            return my_direct_messages()
        return _("Direct messages of %(name)s") % {"name": self.member.display_name}


@dataclass(frozen=True)
class Known:
    """What was found, by the texts that settings hold."""

    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    directs: dict[str, OwnDirect] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Iterable[Any], *, member: Member | None) -> Self:
        """Look up what the settings may name, whatever their kind: two queries.

        Only channels that the member may see are found; all of them where nobody is given. Two
        more queries at most where the ID of direct messages is named: the member's own are found,
        and those of people who manage a workflow with them.
        """
        texts = {text.strip() for text in texts_in(settings)}
        texts = {text for text in texts if 0 < len(text) <= LONGEST and "\n" not in text}
        if not texts:
            return cls()
        return cls(
            channels=_channels(texts, member),
            members=find_members(texts),
            directs=_directs(texts, member),
        )

    def channel(self, text: str) -> Channel | None:
        """Return the channel of this ID or name."""
        return self.channels.get(text) or self.channels.get(clean_channel_name(text).lower())

    def direct(self, text: str) -> OwnDirect | None:
        """Return whose direct messages with themselves have this ID."""
        return self.directs.get(text)

    def member(self, text: str) -> Member | None:
        """Return the member of this ID or e-mail address."""
        return self.members.get(text)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts_in(list(value.values()))
    elif isinstance(value, Iterable):
        for one in value:
            yield from texts_in(one)


def _channels(texts: set[str], member: Member | None) -> dict[str, Channel]:
    names = {clean_channel_name(text).lower() for text in texts}
    found = Channel.objects.named()
    if member is not None:
        found = found.visible_to(member)
    found = found.annotate(lowered=Lower("name"))
    channels: dict[str, Channel] = {}
    for channel in found.filter(Q(channel_id__in=texts) | Q(lowered__in=names)):
        channels[channel.channel_id] = channels[channel.name.lower()] = channel
    return channels


def _directs(texts: set[str], member: Member | None) -> dict[str, OwnDirect]:
    ids = {text for text in texts if DIRECT_ID.match(text)}
    if not ids or member is None:
        return {}
    owners = find_own_direct(ids)
    others = {owner.pk for owner in owners.values()} - {member.pk}
    if others:
        fellows = Member.objects.filter(pk__in=others, managed_workflows__managers=member)
        others = set(fellows.values_list("pk", flat=True))
    return {
        key: OwnDirect(owner, is_readers=owner == member)
        for key, owner in owners.items()
        if owner == member or owner.pk in others
    }
