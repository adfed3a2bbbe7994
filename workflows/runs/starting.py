"""Starts runs from what happens in a channel: somebody picks a shortcut, a person joins."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from messaging.models import Channel, Member, Membership
from workflows.models import Run, Workflow
from workflows.models.workflow import WorkflowQuerySet
from workflows.payload.body import JSONValue, dump
from workflows.payload.variable_values import variable_values
from workflows.registry import trigger_kinds
from workflows.runs.accept import Job, accept, accept_for_later
from workflows.runs.provided import variable_specs
from workflows.text.sentences import Sentence

NOT_INSIDE = gettext_noop(
    "The workflow may no longer listen in its channel: who published it "
    "is not in that private channel."
)


@dataclass(frozen=True)
class Shortcut:
    """A workflow that somebody may start by hand, and where."""

    workflow: Workflow
    channel: Channel


def menu_kinds() -> list[str]:
    """Return the kinds of trigger that a channel's shortcuts menu offers."""
    return [one.kind for one in trigger_kinds.all() if one.is_in_channel_menu]


def shortcuts_in(channel: Channel) -> WorkflowQuerySet:
    """Return the workflows that the channel's shortcuts menu offers, by their live names.

    None in an archived channel, and none that may no longer work in a private one.
    """
    if channel.is_direct or channel.is_archived:
        return Workflow.objects.none()
    return allowed_in(_live_in(channel, menu_kinds()), channel)


def find_shortcut(*, pk: int, member: Member) -> Shortcut | None:
    """Return the shortcut, if it is live in a channel that the member may see."""
    live = Workflow.objects.published().select_related("published_version")
    workflow = live.filter(pk=pk, trigger_kind__in=menu_kinds()).first()
    if workflow is None or workflow.published_version is None:
        return None
    channel_id = workflow.published_version.definition["trigger"].get("channel", "")
    channel = Channel.objects.visible_to(member).filter(channel_id=channel_id).first()
    found = shortcuts_in(channel).filter(pk=pk).first() if channel else None
    return Shortcut(found, channel) if found and channel else None


def start_shortcut(*, shortcut: Shortcut, member: Member) -> Run:
    """Start the workflow for the member, as a request does but not at its pace; return the run.

    Raise DatabaseError where nothing could be stored.
    """
    kind = trigger_kinds.find(shortcut.workflow.trigger_kind)
    document = kind.document(channel=shortcut.channel, member=member) if kind else {}
    accepted = accept(_job(shortcut.workflow, member, document))
    return Run.objects.get(run_id=accepted.run_id)


def start_listeners(
    *, kind: str, channel: Channel, member: Member, document: dict[str, str]
) -> None:
    """Start each live workflow of this kind in the channel, because of what the member did.

    The runs are stored in the caller's transaction, so that they stand or fall with what started
    them; the runner carries them on. One query, a second one in a private channel.
    """
    live = _live_in(channel, [kind])
    allowed = set(allowed_in(live, channel))
    for workflow in live:
        problem = None if workflow in allowed else Sentence(NOT_INSIDE)
        accept_for_later(_job(workflow, member, document), problem=problem)


def _live_in(channel: Channel, kinds: Collection[str]) -> WorkflowQuerySet:
    """Return what is live with such a trigger in the channel."""
    found = Workflow.objects.published().filter(
        trigger_kind__in=kinds,
        published_version__definition__trigger__channel=channel.channel_id,
    )
    return found.select_related("app", "published_version").order_by("app__name", "pk")


def allowed_in(workflows: WorkflowQuerySet, channel: Channel) -> WorkflowQuerySet:
    """Keep what may work in the channel: a private one has the version's publisher in it."""
    if not channel.is_private:
        return workflows
    inside = Membership.objects.filter(
        channel=channel,
        member=OuterRef("published_version__published_by"),
        member__is_active=True,
    )
    return workflows.filter(Exists(inside))


def _job(workflow: Workflow, member: Member, document: dict[str, str]) -> Job:
    version = workflow.published_version
    if version is None:
        raise ValueError("An unpublished workflow starts nothing.")
    given: JSONValue = dict(document)
    return Job(
        workflow=workflow.pk,
        version=version.pk,
        values=variable_values(given, variable_specs(version.definition)),
        payload=dump(given),
        start_kind=workflow.trigger_kind,
        started_by=member.pk,
        is_paced=False,
    )
