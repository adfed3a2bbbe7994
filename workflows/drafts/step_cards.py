"""Steps as pages show them: what they are set to do, and what they did in a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from messaging.models import Member, Message
from workflows.fields.base import ONE_VARIABLE, SettingField, as_text
from workflows.fields.known import Known
from workflows.fields.scope import EditScope, RunReading
from workflows.models import Run, Step, StepRun
from workflows.registry import step_kinds
from workflows.runs.provided import variable_specs
from workflows.runs.provided_channels import channel_keys, channel_values
from workflows.runs.shown_texts import ShownTexts
from workflows.text.problems import Problem
from workflows.text.template_text import Filled, TextValue


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
    kind = step_kinds.find(step.kind)
    fields = kind.fields() if kind else {}
    named = {name: field for name, field in fields.items() if name in step.config}
    shown = {name: as_text(value) for name, value in step.config.items()}
    shown |= {name: field.words(step.config[name], scope) for name, field in named.items()}
    urls = {name: field.url(step.config[name], scope) for name, field in named.items()}
    return labelled(step.kind, shown, urls=urls)


def labelled(
    kind: str,
    values: Mapping[str, Any],
    variables: Mapping[str, str] | None = None,
    urls: Mapping[str, str] | None = None,
) -> list[Setting]:
    """Return the values in the order of the kind's form, under its labels."""
    found = step_kinds.find(kind)
    labels = {name: str(one.label) for name, one in found.fields().items()} if found else {}
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
    publisher = run.version.published_by
    reading = RunReading(
        known, publisher.display_name if publisher else "", run.whole_values, _given(run)
    )
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
                settings=_shown(_filled(row, step["config"], reading), texts) if row else [],
                error=texts.show(row.error_sentence) if row else "",
                results=_results(row, messages) if row else [],
            )
        )
    return reports


def _given(run: Run) -> dict[str, Filled]:
    """Return the run's values as texts take them: a channel is named for whoever reads."""
    values = run.whole_values
    channels = channel_values(values, channel_keys(variable_specs(run.version.definition)))
    return {key: channels.get(key) or TextValue(value) for key, value in values.items()}


def _shown(settings: Iterable[Setting], texts: ShownTexts) -> list[Setting]:
    return [replace(one, value=texts.show(one.value)) for one in settings]


def _filled(row: StepRun, config: Mapping[str, Any], reading: RunReading) -> list[Setting]:
    """Return what the step got, and which variable gave it where it was nothing else."""
    kind = step_kinds.find(row.kind)
    fields = kind.fields() if kind else {}
    alone = {name: ONE_VARIABLE.match(str(value)) for name, value in config.items()}
    keys = {name: found[1] for name, found in alone.items() if found}
    values = {
        name: fields[name].recorded(value, config.get(name, ""), reading)
        if name in fields
        else value
        for name, value in row.input.items()
    }
    return labelled(row.kind, values or _as_far_as_known(fields, config, reading), keys)


def _as_far_as_known(
    fields: Mapping[str, SettingField], config: Mapping[str, Any], reading: RunReading
) -> dict[str, Any]:
    """Return what a step that could not be filled would have got: its text, whom it names."""
    found = {name: one.unfilled(config.get(name, ""), reading) for name, one in fields.items()}
    return {name: value for name, value in found.items() if value is not None}


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
