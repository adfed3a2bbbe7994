"""The channel that a trigger provides: kept as its ID, and named for each who reads it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from messaging.models import Channel, Member
from workflows.fields.known import Known, hidden_channel
from workflows.payload.variable_values import VariableSpec
from workflows.text.template_text import ChannelValue


def channel_keys(specs: Iterable[VariableSpec]) -> list[str]:
    """Return the variables whose values are channels."""
    return [one.key for one in specs if one.is_channel]


def channel_values(values: Mapping[str, str], keys: Iterable[str]) -> dict[str, ChannelValue]:
    """Return the channels that the values of these keys name (one query, if any).

    Runs of older versions have stored `#name`. What is no channel stays a text.
    """
    named = {key: values[key] for key in keys if values.get(key)}
    if not named:
        return {}
    texts = set(named.values())
    found = Channel.objects.named().filter(
        Q(channel_id__in=texts) | Q(name__in=[text.removeprefix("#") for text in texts])
    )
    channels = {text: one for one in found for text in (f"#{one.name}", one.channel_id)}
    values_by_text = {
        text: ChannelValue(one.channel_id, one.name if one.is_public else "")
        for text, one in channels.items()
    }
    return {key: values_by_text[text] for key, text in named.items() if text in values_by_text}


def with_names(
    documents: Sequence[Mapping[str, Any]], keys: Iterable[str], reader: Member
) -> list[dict[str, Any]]:
    """Return the documents with the names that the reader may know in place of these channels.

    Two queries for all of them, none without a key.
    """
    wanted = list(keys)
    texts = [str(one[key]) for one in documents for key in wanted if one.get(key)]
    known = Known.of(texts, member=reader)

    def named(key: str, value: Any) -> Any:
        if key not in wanted or not value:
            return value
        channel = known.channel(str(value))
        return f"#{channel.name}" if channel else hidden_channel()

    return [{key: named(key, value) for key, value in one.items()} for one in documents]
