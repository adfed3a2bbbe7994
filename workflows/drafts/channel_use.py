"""Which live workflows use a channel: its page names them, archiving it makes their runs fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from messaging.models import Channel
from workflows.drafts.step_words import Definition, reached
from workflows.fields.known import Known
from workflows.models import Workflow
from workflows.registry import step_kinds
from workflows.runs.starting import allowed_in


@dataclass(frozen=True)
class ChannelUse:
    """A live workflow whose steps name the channel, and whether one of them posts there."""

    workflow: Workflow
    posts: bool


def uses_of(channel: Channel) -> list[ChannelUse]:
    """Return what uses the channel, by the live names (one query).

    The live versions count, never a draft. A private channel is used only by what its publisher,
    who is in it, lets work there: everything else fails there anyway.
    """
    live = Workflow.objects.published().alias(
        definition_text=Cast("published_version__definition", TextField())
    )
    named = allowed_in(live.filter(definition_text__contains=channel.channel_id), channel)
    found: list[ChannelUse] = []
    for workflow in named.select_related("app", "published_version").order_by("app__name", "pk"):
        version = workflow.published_version
        kinds = list(_kinds_with(channel.channel_id, version.definition)) if version else []
        if kinds:
            found.append(ChannelUse(workflow, posts=any(one.posts for one in kinds)))
    return found


def _kinds_with(channel_id: str, definition: Definition) -> Iterator[Any]:
    """Yield the kinds of the steps that have the channel in a setting for channels."""
    for step in definition["steps"]:
        kind = step_kinds.find(step["kind"])
        found = reached(kind, step["config"], Known())
        if any(one.named == channel_id and not one.is_person for one in found):
            yield kind
