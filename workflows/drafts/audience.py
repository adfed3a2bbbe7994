"""Who sees what a workflow writes: the channels that it posts to, the people it writes to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count

from messaging.models import Channel, Membership
from workflows.drafts.differences import Kind
from workflows.drafts.step_words import Definition, reached
from workflows.fields.base import Reach
from workflows.fields.known import Known
from workflows.registry import step_kinds


@dataclass(frozen=True)
class Audience:
    """A channel or a person, and whether they are new, as before, or left alone from now on."""

    kind: Kind
    name: str
    channel: Channel | None = None
    size: int = 0
    variable: str = ""  # the key of the variable that names the person
    is_person: bool = False
    is_written_to: bool = True  # else somebody is only added to the channel


Reached = tuple[Reach, bool]  # whom, and whether they are written to


def audiences(older: Definition | None, newer: Definition, known: Known) -> list[Audience]:
    """Return whom the newer definition reaches, then whom only the older one did (one query)."""
    before = dict.fromkeys(_reached(older, known)) if older else {}
    after = dict.fromkeys(_reached(newer, known))
    found = [(one, Kind.SAME if one in before else Kind.NEW) for one in after]
    found += [(one, Kind.REMOVED) for one in before if one not in after]
    sizes = _sizes(reach.channel for (reach, _posts), _kind in found if reach.channel is not None)
    return [_audience(reach, posts, kind, sizes) for (reach, posts), kind in found]


def _reached(definition: Definition, known: Known) -> Iterator[Reached]:
    """Yield whom each step reaches: its channel, or the person whom it writes to."""
    for step in definition["steps"]:
        kind = step_kinds.find(step["kind"])
        if kind is None:
            continue
        found = list(reached(kind, step["config"], known))
        channel = next((one for one in reversed(found) if not one.is_person), None)
        if channel is not None:
            yield channel, kind.posts
        elif found and kind.posts:
            yield found[-1], True


def _sizes(channels: Iterable[Channel]) -> dict[int, int]:
    keys = {one.pk for one in channels}
    active = Membership.objects.filter(channel__in=keys, member__is_active=True)
    rows = active.order_by().values("channel").annotate(n=Count("pk")) if keys else []
    return {row["channel"]: row["n"] for row in rows}


def _audience(reach: Reach, posts: bool, kind: Kind, sizes: Mapping[int, int]) -> Audience:
    return Audience(
        kind=kind,
        name=reach.name,
        channel=reach.channel,
        size=sizes.get(reach.channel.pk, 0) if reach.channel else 0,
        variable=reach.variable,
        is_person=reach.is_person,
        is_written_to=posts,
    )
