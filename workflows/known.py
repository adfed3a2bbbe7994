"""The channels and members that a draft's settings name: one look-up for all of its steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import Q
from django.db.models.functions import Lower

from messaging.directory import find_members
from messaging.models import Channel, Member
from messaging.services import clean_channel_name

LONGEST = 254  # of a name, an ID or an address


@dataclass(frozen=True)
class Known:
    """What was found, by the texts that settings hold."""

    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Iterable[Any], *, member: Member | None) -> Self:
        """Look up what the settings may name, whatever their kind: two queries.

        Only channels that the member may see are found; all of them where nobody is given.
        """
        texts = {text.strip() for text in texts_in(settings)}
        texts = {text for text in texts if 0 < len(text) <= LONGEST and "\n" not in text}
        if not texts:
            return cls()
        return cls(channels=_channels(texts, member), members=find_members(texts))

    def channel(self, text: str) -> Channel | None:
        """Return the channel of this ID or name."""
        return self.channels.get(text) or self.channels.get(clean_channel_name(text).lower())

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
