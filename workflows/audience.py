"""Who sees what a workflow writes: the channels that it posts to, the people it writes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from messaging.models import Channel, Membership
from workflows.builder_controls import hidden_channel
from workflows.differences import Kind
from workflows.known import Known
from workflows.registry import step_kinds
from workflows.step_fields import ONE_VARIABLE
from workflows.step_words import Definition, controls_of


@dataclass(frozen=True)
class Reached:
    """One channel or person that a definition reaches, and in which way."""

    control: str  # "channel" or "person"
    named: str  # an ID, `{{ key }}`, or what was typed
    is_written_to: bool = True  # else somebody is only added to the channel


@dataclass(frozen=True)
class Audience:
    """A channel or a person, and whether they are new, as before, or left alone from now on."""

    kind: Kind
    name: str
    channel: Channel | None = None
    size: int = 0
    variable: str = ""  # the key of the variable that names the person
    is_person: bool = False
    is_written_to: bool = True


def audiences(older: Definition | None, newer: Definition, known: Known) -> list[Audience]:
    """Return whom the newer definition reaches, then whom only the older one did (one query)."""
    before = dict.fromkeys(_reached(older, known)) if older else {}
    after = dict.fromkeys(_reached(newer, known))
    found = [(one, Kind.SAME if one in before else Kind.NEW) for one in after]
    found += [(one, Kind.REMOVED) for one in before if one not in after]
    channels = {one.named: known.channel(one.named) for one, _kind in found}
    sizes = _sizes([one for one in channels.values() if one is not None])
    return [_audience(one, kind, known, sizes) for one, kind in found]


def _reached(definition: Definition, known: Known) -> Iterator[Reached]:
    for step in definition["steps"]:
        kind = step_kinds.find(step["kind"])
        controls = controls_of(kind)
        writes = kind is not None and "message" in kind.outputs
        named = dict(_named(controls, step["config"]))
        if "channel" in named:
            channel = known.channel(named["channel"])
            yield Reached("channel", channel.channel_id if channel else named["channel"], writes)
        elif "person" in named and writes:
            member = known.member(named["person"].strip())
            yield Reached("person", member.member_id if member else named["person"].strip())


def _named(controls: Mapping[str, str], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, control in controls.items():
        if control in {"channel", "person"} and isinstance(config.get(name), str):
            yield control, config[name]


def _sizes(channels: list[Channel]) -> dict[int, int]:
    active = Membership.objects.filter(channel__in=channels, member__is_active=True)
    rows = active.order_by().values("channel").annotate(n=Count("pk")) if channels else []
    return {row["channel"]: row["n"] for row in rows}


def _audience(one: Reached, kind: Kind, known: Known, sizes: Mapping[int, int]) -> Audience:
    if one.control == "person":
        variable = ONE_VARIABLE.match(one.named)
        member = known.member(one.named)
        name = member.display_name if member else one.named
        key = variable[1] if variable else ""
        return Audience(kind, name, is_person=True, variable=key)
    direct = known.direct(one.named)
    if direct is not None:
        return Audience(kind, str(direct), is_written_to=one.is_written_to)
    channel = known.channel(one.named)
    if channel is None:
        return Audience(kind, hidden_channel(), is_written_to=one.is_written_to)
    size = sizes.get(channel.pk, 0)
    return Audience(kind, f"#{channel.name}", channel, size, is_written_to=one.is_written_to)
