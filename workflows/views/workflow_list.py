"""Workflows in lists: found by what was typed and chosen, counted by status, page by page."""

import functools
import operator
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery

from messaging.models import Channel, Member
from workflows.fields.base import Configured
from workflows.fields.known import hidden_channel
from workflows.models import Run, Step, Workflow, WorkflowVersion
from workflows.models.workflow import WorkflowQuerySet
from workflows.registry import step_kinds, trigger_kinds
from workflows.runs.failures import with_failures

PAGE = 50
MOST_CHANNELS = 100  # that a search looks for in settings
STATUSES = {
    "live": Q(published_version__isnull=False),
    "draft": Q(published_version=None, had_version=False),
    "unpublished": Q(published_version=None, had_version=True),
}


@dataclass(frozen=True)
class Filters:
    """What a reader asked for, cleaned: what does not exist is not asked for."""

    query: str = ""
    trigger: str = ""
    status: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Filters":
        """Read them from a form."""
        trigger, status = asked.get("trigger", ""), asked.get("status", "")
        return cls(
            query=asked.get("q", "").strip()[:80].replace("\0", ""),
            trigger=trigger if trigger_kinds.find(trigger) else "",
            status=status if status in STATUSES else "",
        )

    @property
    def is_empty(self) -> bool:
        """Whether everything is shown."""
        return not (self.query or self.trigger or self.status)


@dataclass(frozen=True)
class ListLine:
    """A workflow and how it starts, in words."""

    workflow: Workflow
    trigger: str


@dataclass(frozen=True)
class ListPage:
    """One page of workflows, and how many there are of each status."""

    lines: list[ListLine]
    page: "Page[Workflow]"
    counts: dict[str, int]


def your_workflows(member: Member, filters: Filters, number: Any = 1) -> ListPage:
    """Return what the member manages; the queries are as many for one workflow as for fifty."""
    versions = WorkflowVersion.objects.filter(workflow=OuterRef("pk"))
    found = Workflow.objects.managed_by(member).annotate(had_version=Exists(versions))
    if filters.trigger:
        found = found.filter(trigger_kind=filters.trigger)
    if filters.query:
        found = found.filter(_matches(filters.query, member))
    counts = found.aggregate(
        all=Count("pk"), **{name: Count("pk", filter=rule) for name, rule in STATUSES.items()}
    )
    if filters.status:
        found = found.filter(STATUSES[filters.status])
    page = Paginator(_as_listed(found, member), PAGE).get_page(number)
    rows = list(page)
    words = trigger_words([(one.trigger_kind, one.trigger_config) for one in rows], member)
    lines = [ListLine(one, trigger) for one, trigger in zip(rows, words, strict=True)]
    return ListPage(lines, page, counts)


def _matches(query: str, member: Member) -> Q:
    """Find by name, description, manager, and by a channel that the member may see."""
    seen = Channel.objects.visible_to(member).named()
    named = seen.filter(name__icontains=query.removeprefix("#")).order_by()
    channels = list(named.values_list("channel_id", flat=True)[:MOST_CHANNELS])
    return (
        Q(name__icontains=query)
        | Q(description__icontains=query)
        | Q(pk__in=Workflow.objects.filter(managers__display_name__icontains=query).values("pk"))
        | _in_channels(channels, member)
    )


def _in_channels(channels: Collection[str], member: Member) -> Q:
    if not channels:
        return Q()
    names = _channel_settings(step_kinds.all())
    named = _any(Q(**{f"config__{name}__in": channels}) for name in names)
    steps = Step.objects.filter(named, workflow__managers=member)
    names = _channel_settings(trigger_kinds.all())
    triggers = _any(Q(**{f"trigger_config__{name}__in": channels}) for name in names)
    return triggers | Q(pk__in=steps.order_by().values("workflow"))


def _channel_settings(kinds: Iterable[Configured]) -> list[str]:
    """Return how the settings are called that hold a channel's ID."""
    fields = (one for kind in kinds for one in kind.fields().items())
    return sorted({name for name, field in fields if field.names_channel})


def _any(rules: Iterable[Q]) -> Q:
    return functools.reduce(operator.or_, rules, Q())


def _as_listed(workflows: WorkflowQuerySet, member: Member) -> WorkflowQuerySet:
    """Fetch what a line shows, however many lines there are."""
    runs = Run.objects.filter(workflow=OuterRef("pk")).order_by("-pk")
    first_versions = WorkflowVersion.objects.filter(number=1).only("pk", "workflow")
    active = Member.objects.active().order_by("manager_rows__pk")
    return (
        with_failures(workflows, member)
        .with_draft()
        .annotate(last_run_at=Subquery(runs.values("accepted_at")[:1]))
        .prefetch_related(Prefetch("managers", active), Prefetch("versions", first_versions))
    )


def published_workflows(member: Member, query: str, number: Any = 1) -> ListPage:
    """Return all that is live, for a team admin: name, managers, trigger, and nothing else."""
    query = query.strip()[:80].replace("\0", "")
    found = Workflow.objects.published()
    if query:
        managed = Workflow.objects.filter(managers__display_name__icontains=query)
        found = found.filter(Q(app__name__icontains=query) | Q(pk__in=managed.values("pk")))
    mine = Workflow.objects.managed_by(member).filter(pk=OuterRef("pk"))
    active = Member.objects.active().order_by("manager_rows__pk")
    found = (
        found.annotate(is_mine=Exists(mine))
        .select_related("app", "published_version")
        .prefetch_related(Prefetch("managers", active))
        .order_by("app__name", "pk")
    )
    page = Paginator(found, PAGE).get_page(number)
    rows = list(page)
    versions = [one.published_version for one in rows]
    triggers = [one.definition["trigger"] for one in versions if one is not None]
    words = trigger_words([(one["kind"], one) for one in triggers], member)
    lines = [ListLine(one, trigger) for one, trigger in zip(rows, words, strict=True)]
    return ListPage(lines, page, {"all": page.paginator.count})


def trigger_words(triggers: Iterable[tuple[str, Mapping[str, Any]]], reader: Member) -> list[str]:
    """Return how each trigger starts: “Webhook”, “Shortcut in #general” (one query)."""
    given = list(triggers)
    ids = {str(config["channel"]) for _kind, config in given if config.get("channel")}
    named = Channel.objects.visible_to(reader).named().filter(channel_id__in=ids) if ids else ()
    names = {one.channel_id: f"#{one.name}" for one in named}
    return [_trigger(kind, config, names) for kind, config in given]


def _trigger(name: str, config: Mapping[str, Any], names: Mapping[str, str]) -> str:
    kind = trigger_kinds.find(name)
    if kind is None:
        return name
    channel = config.get("channel")
    if not channel or not kind.listed:
        return str(kind.label)
    return str(kind.listed) % {"channel": names.get(str(channel), hidden_channel())}
