"""Everything that the builder's page shows of a draft, in a number of queries that stays the same.

The draft comes with its variables and steps (`Workflow.objects.with_draft`); what they name is
looked up at once, however many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.days import day_in_words
from messaging.models import Channel, Member
from workflows.builder.controls import Control, controls
from workflows.drafts import examples
from workflows.drafts.checks import key_suggestion, uses, variable_problems
from workflows.drafts.step_words import channels_named_by
from workflows.fields.known import Known, my_direct_messages
from workflows.fields.scope import Drawing, EditScope
from workflows.models import MAX_VARIABLES, RemovedPart, Step, Variable, Workflow
from workflows.registry import step_kinds, trigger_kinds
from workflows.services.drafts import edit_scope
from workflows.text.problems import Problem

MOST_OFFERED = 500  # people and channels in the lists; others can be typed


@dataclass(frozen=True)
class StepCard:
    """A step: its number from 1, its fields, what is wrong besides them."""

    step: Step
    number: int
    label: str
    controls: list[Control]
    flags: list[Problem] = field(default_factory=list)
    is_last: bool = False

    @property
    def id(self) -> str:
        """The anchor of the card."""
        return f"s{self.step.pk}"

    @property
    def is_bad(self) -> bool:
        """Whether something is left to correct in it."""
        return bool(self.flags) or any(one.flags for one in self.controls)


@dataclass(frozen=True)
class VariableRow:
    """A variable with what is wrong in its fields, and the steps that use it."""

    variable: Variable
    flags: dict[str, Problem]
    used_in: list[int]
    is_first: bool = False
    is_last: bool = False

    @property
    def id(self) -> str:
        """The anchor of the row."""
        return f"v{self.variable.pk}"

    @property
    def key_flags(self) -> list[Problem]:
        """What is wrong with the key."""
        return self._flags("key")

    @property
    def example_flags(self) -> list[Problem]:
        """What is wrong with the example."""
        return self._flags("example")

    @property
    def default_flags(self) -> list[Problem]:
        """What is wrong with the default."""
        return self._flags("default")

    def _flags(self, name: str) -> list[Problem]:
        return [self.flags[name]] if name in self.flags else []


class BuilderPage:
    """The page's parts, each made when it is first asked for."""

    def __init__(self, workflow: Workflow, reader: Member) -> None:
        self.workflow = workflow
        self.reader = reader
        self.steps = list(workflow.steps.all())
        self.trigger = trigger_kinds.find(workflow.trigger_kind)

    @cached_property
    def scope(self) -> EditScope:
        """Who edits, which variables there are, and what the settings name (two queries)."""
        named = [self.workflow.trigger_config, *(step.config for step in self.steps)]
        named += [{"": one.example} for one in self.workflow.declared_variables()]
        named.append({"": examples.EXAMPLE_MEMBER})
        known = Known.of(named, member=self.reader)
        return edit_scope(workflow=self.workflow, member=self.reader, known=known)

    @cached_property
    def drawing(self) -> Drawing:
        """What drawing the forms needs."""
        live = self.workflow.published_version
        steps = live.definition["steps"] if live else []
        return Drawing(
            scope=self.scope,
            sizes={one.channel_id: one.size for one in self.channels},
            live_channels=frozenset(channels_named_by(steps)),
        )

    @cached_property
    def channels(self) -> list[Any]:
        """The channels that the reader may post in (one query)."""
        active = Count("members", filter=Q(members__is_active=True))
        found = Channel.objects.named().open().visible_to(self.reader).annotate(size=active)
        return list(found[:MOST_OFFERED])

    @property
    def my_direct_messages(self) -> str:
        """What the reader's own direct messages are called in the list of channels."""
        return my_direct_messages()

    @cached_property
    def people(self) -> list[Member]:
        """The members who can be written to (one query)."""
        return list(Member.objects.visible_to(self.reader).active()[:MOST_OFFERED])

    @cached_property
    def member_keys(self) -> list[str]:
        """The variables that name a person."""
        return [key for key, kind in self.scope.variables.items() if kind == "member"]

    @cached_property
    def cards(self) -> list[StepCard]:
        """The steps in their order."""
        return [self._card(step, number) for number, step in enumerate(self.steps, 1)]

    def _card(self, step: Step, number: int) -> StepCard:
        kind = step_kinds.find(step.kind)
        is_last = number == len(self.steps)
        if kind is None:
            text = _("There is no such kind of step any more. Remove it.")
            return StepCard(step, number, step.kind, [], [Problem("", text)], is_last)
        config = step.config if isinstance(step.config, dict) else {}
        part = _("step %(number)s") % {"number": number}
        drawn = controls(kind, config, f"s{step.pk}", part, self.drawing)
        unknown = set(config) - {one.name for one in drawn}
        flags = [
            Problem("", _("There is no setting “%(name)s” in this kind of step.") % {"name": name})
            for name in sorted(unknown)
        ]
        return StepCard(step, number, str(kind.label), drawn, flags, is_last)

    @cached_property
    def trigger_controls(self) -> list[Control]:
        """The trigger's own settings."""
        if self.trigger is None:
            return []
        part = _("the trigger")
        return controls(self.trigger, self.workflow.trigger_config, "trigger", part, self.drawing)

    @property
    def controls(self) -> list[Control]:
        """All fields of the trigger and the steps."""
        return [*self.trigger_controls, *(one for card in self.cards for one in card.controls)]

    @cached_property
    def variables(self) -> list[VariableRow]:
        """The declared variables in their order."""
        declared = self.workflow.declared_variables()
        used = uses(step.config for step in self.steps)
        rows = []
        for at, one in enumerate(declared):
            others = {other.key for other in declared if other is not one}
            problems = variable_problems(one, others)
            flags = {name: Problem("", text) for name, text in problems.items()}
            if "key" in flags:
                near = key_suggestion(one.shown_key, others)
                flags["key"] = Problem("", problems["key"], use=near)
            rows.append(
                VariableRow(one, flags, used.get(one.key, []), at == 0, at == len(declared) - 1)
            )
        return rows

    @property
    def provided(self) -> list[tuple[str, Any]]:
        """The variables that the trigger fills by itself."""
        return list(self.trigger.variables.items()) if self.trigger else []

    @property
    def has_bad_variables(self) -> bool:
        """Whether something is left to correct in a variable."""
        return any(row.flags for row in self.variables)

    @property
    def has_room(self) -> bool:
        """Whether one more variable may be added."""
        return len(self.variables) < MAX_VARIABLES

    @cached_property
    def todos(self) -> list[Problem]:
        """What is left to correct, from top to bottom."""
        found = [Problem("trigger-top", _("There is no such trigger any more."))] * (
            not self.trigger
        )
        for one in self.trigger_controls:
            found += [Problem(one.id, in_trigger(flag.text)) for flag in one.flags]
        for number, row in enumerate(self.variables, 1):
            key = row.variable.shown_key or str(number)
            found += [
                Problem(f"{row.id}-{name}", in_variable(key, flag.text))
                for name, flag in row.flags.items()
            ]
        for card in self.cards:
            found += [Problem(card.id, in_step(card.number, flag.text)) for flag in card.flags]
            for one in card.controls:
                found += [Problem(one.id, in_step(card.number, flag.text)) for flag in one.flags]
        if not self.cards:
            found.append(Problem("add-step", _("Add at least one step.")))
        return found

    @cached_property
    def places(self) -> dict[str, list[Problem]]:
        """What is wrong in each field, by its anchor; empty lists for what is right."""
        found = {one.id: one.flags for one in self.controls}
        for row in self.variables:
            found[f"{row.id}-key"] = row.key_flags
            found[f"{row.id}-example"] = row.example_flags
            found[f"{row.id}-default"] = row.default_flags
        for card in self.cards:
            found[card.id] = card.flags
        return found

    @cached_property
    def last_removed(self) -> RemovedPart | None:
        """What the reader removed last and may bring back (one query)."""
        rows: QuerySet[RemovedPart] = self.workflow.removed_parts.filter(removed_by=self.reader)
        return rows.first()

    @cached_property
    def offered(self) -> list[dict[str, str]]:
        """The variables as the picker of a text field offers them, with samples of each format."""
        return [self._offer(key, kind) for key, kind in self.scope.variables.items()]

    def _offer(self, key: str, kind: str) -> dict[str, str]:
        offer = {"key": key, "kind": kind, "word": str(Variable.Kind(kind).label)}
        if kind == Variable.Kind.MEMBER:
            example = next((one.example for one in self._declared if one.key == key), "")
            named = example or examples.EXAMPLE_MEMBER
            member = self.scope.known_for(named).member(named)
            name, email = (member.display_name, member.email) if member else (named, named)
            offer |= {"mention": f"@{name}" if member else named, "name": name, "email": email}
        return offer

    @property
    def _declared(self) -> Sequence[Variable]:
        return self.workflow.declared_variables()

    @property
    def kinds(self) -> list[Any]:
        """The kinds of step that can be added."""
        return sorted(step_kinds.all(), key=lambda kind: kind.order)

    @property
    def saved(self) -> str:
        """When the draft was saved last, in the reader's zone."""
        local = timezone.localtime(self.workflow.updated_at)
        today = timezone.localdate()
        if local.date() == today:
            return _("Draft saved %(time)s") % {"time": local.strftime("%H:%M")}
        return _("Draft saved %(day)s") % {"day": day_in_words(local.date(), today=today)}

    @property
    def example(self) -> str:
        """The JSON that a service would send."""
        return examples.pretty_json(examples.example_payload(self.workflow))

    @property
    def curl(self) -> str:
        """The command that sends it, without the secret."""
        return examples.curl_without_url(self.workflow)


def in_trigger(why: str) -> str:
    """Say what is wrong in the trigger's settings."""
    return _("Trigger: %(why)s") % {"why": why}


def in_variable(key: str, why: str) -> str:
    """Say what is wrong in a variable."""
    return _("Variable %(key)s: %(why)s") % {"key": key, "why": why}


def in_step(number: int, why: str) -> str:
    """Say what is wrong in a step."""
    return _("Step %(number)s: %(why)s") % {"number": number, "why": why}
