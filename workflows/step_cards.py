"""Steps as pages show them: what they are set to do, and what they did in a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from messaging import mrkdwn
from messaging.directory import Directory
from messaging.models import Member, Message
from workflows import template_text
from workflows.known import Known, hidden_channel
from workflows.lengths import length_in_words
from workflows.models import Run, Step, StepRun
from workflows.provided import variable_specs
from workflows.provided_channels import channel_keys, channel_values
from workflows.registry import step_kinds
from workflows.services import Problem
from workflows.shown_texts import ShownTexts
from workflows.step_fields import ONE_VARIABLE, OWN_DIRECT
from workflows.step_words import controls_of, setting_in_words
from workflows.steps.base import EditScope
from workflows.template_text import TextValue


@dataclass(frozen=True)
class Setting:
    """One field of a step: its label and its value for people."""

    label: str
    value: str
    variable: str = ""  # the key of the variable that alone gave the value
    url: str = ""  # the page of what it names


@dataclass(frozen=True)
class StepCard:
    """A step of the draft."""

    step: Step
    number: int
    label: str
    settings: list[Setting]
    problems: list[Problem]

    @property
    def is_bad(self) -> bool:
        """Whether something is left to correct."""
        return bool(self.problems)


def step_cards(
    steps: Sequence[Step], problems: Iterable[Problem], reader: Member
) -> list[StepCard]:
    """Return the draft's steps as cards, each with what is left to correct in it (two queries)."""
    found = list(problems)
    known = Known.of([step.config for step in steps], member=reader)
    scope = EditScope(member=reader, variables={}, known=known)
    return [
        StepCard(
            step=step,
            number=position + 1,
            label=kind_label(step.kind),
            settings=_draft_settings(step, scope),
            problems=[one for one in found if one.step == position],
        )
        for position, step in enumerate(steps)
    ]


def kind_label(kind: str) -> str:
    """Return the step kind's name for people; its own where it does not exist any more."""
    found = step_kinds.find(kind)
    return str(found.label) if found else kind


def _draft_settings(step: Step, scope: EditScope) -> list[Setting]:
    controls = controls_of(step_kinds.find(step.kind))
    shown = {
        name: setting_in_words(controls.get(name, "plain"), value, scope)
        for name, value in step.config.items()
    }
    urls = {
        name: _channel_url(value, scope)
        for name, value in step.config.items()
        if controls.get(name) == "channel"
    }
    return labelled(step.kind, shown, urls=urls)


def _channel_url(value: Any, scope: EditScope) -> str:
    """Return the page of a channel that the reader may see, their own direct messages too."""
    known, text = scope.known_for(str(value)), str(value)
    direct = known.direct(text)
    if direct is not None:
        return direct.member.get_absolute_url() if direct.is_readers else ""
    channel = known.channel(text)
    return channel.get_absolute_url() if channel is not None else ""


def labelled(
    kind: str,
    values: Mapping[str, Any],
    variables: Mapping[str, str] | None = None,
    urls: Mapping[str, str] | None = None,
) -> list[Setting]:
    """Return the values in the order of the kind's form, under its labels."""
    found = step_kinds.find(kind)
    labels = (
        {name: str(one.label or name) for name, one in found.ConfigForm.base_fields.items()}
        if found
        else {}
    )
    names = [name for name in labels if name in values]
    names += [name for name in values if name not in labels]
    keys, pages = variables or {}, urls or {}
    return [
        Setting(
            labels.get(name, name), _text(values[name]), keys.get(name, ""), pages.get(name, "")
        )
        for name in names
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Result:
    """What came out of a step: a message that the reader may open, or a word on it."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class StepReport:
    """What one step of a run did, or that it has not been reached."""

    number: int
    label: str
    row: StepRun | None
    is_next: bool = False
    settings: list[Setting] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    error: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether the run ended here."""
        return self.row is not None and self.row.status == StepRun.Status.FAILED

    @property
    def is_done(self) -> bool:
        """Whether it did its work."""
        return self.row is not None and self.row.status == StepRun.Status.SUCCEEDED


def step_reports(run: Run, reader: Member) -> list[StepReport]:
    """Return every step of the run's version with what it did; a few queries, however many."""
    rows = {row.position: row for row in run.step_runs.all()}
    messages = _visible_messages(rows.values(), reader)
    steps = run.version.definition["steps"]
    known = Known.of([step["config"] for step in steps], member=reader)
    texts = ShownTexts(run.values)
    reports = []
    for position, step in enumerate(steps):
        row = rows.get(position)
        reports.append(
            StepReport(
                number=position + 1,
                label=kind_label(step["kind"]),
                row=row,
                is_next=not run.is_over and position == run.next_step,
                settings=_shown(_filled(row, run, step["config"], known), texts) if row else [],
                error=texts.show(row.error_sentence) if row else "",
                results=_results(row, messages) if row else [],
            )
        )
    return reports


def _shown(settings: Iterable[Setting], texts: ShownTexts) -> list[Setting]:
    return [replace(one, value=texts.show(one.value)) for one in settings]


def _filled(row: StepRun, run: Run, config: Mapping[str, Any], known: Known) -> list[Setting]:
    """Return what the step got, and which variable gave it where it was nothing else."""
    if not row.input:
        return labelled(row.kind, *_as_far_as_known(row, run, config))
    alone = {name: ONE_VARIABLE.match(str(value)) for name, value in config.items()}
    keys = {name: found[1] for name, found in alone.items() if found}
    return labelled(row.kind, _input(row, run, config, known), keys)


def _as_far_as_known(
    row: StepRun, run: Run, config: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a step that could not be filled would have got: its text, whom it names."""
    given_values = run.whole_values
    specs = variable_specs(run.version.definition)
    channels = channel_values(given_values, channel_keys(specs))
    values = {key: channels.get(key) or TextValue(value) for key, value in given_values.items()}
    settings: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for name, control in controls_of(step_kinds.find(row.kind)).items():
        given = str(config.get(name, ""))
        alone = ONE_VARIABLE.match(given)
        if control == "message":
            filled = template_text.fill(template_text.compile_text(given), values)
            filled = mrkdwn.cut(filled)
            settings[name] = mrkdwn.plain_text(filled, Directory.of(filled).names())
        elif control == "person" and alone:
            settings[name], keys[name] = given_values.get(alone[1], ""), alone[1]
    return settings, keys


def _input(row: StepRun, run: Run, config: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return what the step got; a channel that the reader may not see keeps its name."""
    controls = controls_of(step_kinds.find(row.kind))

    def shown(name: str, value: Any) -> Any:
        if controls.get(name) == "time" and isinstance(value, int):
            return length_in_words(value)
        if controls.get(name) != "channel":
            return value
        if value == OWN_DIRECT:
            publisher = run.version.published_by
            owner = publisher.display_name if publisher else ""
            return _("Direct messages of %(name)s") % {"name": owner}
        return value if known.channel(str(config.get(name, ""))) else hidden_channel()

    return {name: shown(name, value) for name, value in row.input.items()}


def _visible_messages(rows: Iterable[StepRun], reader: Member) -> dict[int, Message]:
    keys = [row.output["message"] for row in rows if isinstance(row.output.get("message"), int)]
    if not keys:
        return {}
    found = Message.objects.visible_to(reader).filter(pk__in=keys).select_related("channel")
    return {message.pk: message for message in found}


def _results(row: StepRun, messages: Mapping[int, Message]) -> list[Result]:
    kind = step_kinds.find(row.kind)
    results = []
    for name, value in row.output.items():
        label = str(kind.outputs.get(name, name)) if kind else name
        message = messages.get(value) if name == "message" else None
        if message is not None:
            label = (
                _("The direct message")
                if message.channel.is_direct
                else _("The message in #%(channel)s") % {"channel": message.channel.name}
            )
        results.append(Result(label, message.get_absolute_url() if message else ""))
    return results
