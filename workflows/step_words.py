"""The settings of a step or a trigger as people read them: names instead of IDs, no field names."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.builder_controls import shown_value
from workflows.known import Known
from workflows.lengths import length_in_words
from workflows.registry import step_kinds, trigger_kinds
from workflows.steps.base import Configured, EditScope, StepField

Definition = Mapping[str, Any]


class StepWords:
    """Reads settings of some definitions to one reader; two queries, however many there are."""

    def __init__(self, definitions: list[Definition], reader: Member) -> None:
        settings = [one["trigger"] for one in definitions]
        settings += [step["config"] for one in definitions for step in one["steps"]]
        self.known = Known.of(settings, member=reader)
        self._scope = EditScope(member=reader, variables={}, known=self.known)

    def lines(self, kind: str, config: Mapping[str, Any]) -> list[str]:
        """Return the settings as lines, in the order of the kind's form; a text as it is."""
        found = step_kinds.find(kind) or trigger_kinds.find(kind)
        fields = found.fields() if found else {}
        names = [name for name in fields if name in config]
        names += [name for name in config if name not in fields]
        lines: list[str] = []
        for name in names:
            lines += self._read(fields.get(name), name, config[name])
        return lines

    def _read(self, field: StepField | None, name: str, value: Any) -> list[str]:
        control = field.control if field else "plain"
        if control == "message" and isinstance(value, str):
            return value.splitlines()
        if control == "time" and isinstance(value, int):
            return [length_in_words(value)]
        label = str(field.label or name) if field else name
        values = {"label": label, "value": setting_in_words(control, value, self._scope)}
        return [_("%(label)s: %(value)s") % values]


def setting_in_words(control: str, value: Any, scope: EditScope) -> str:
    """Return one setting as people read it: names instead of IDs, a length with its unit."""
    if control == "time" and isinstance(value, int):
        return length_in_words(value)
    return shown_value(control, value, scope)


def controls_of(kind: Configured | None) -> dict[str, str]:
    """Return which control draws each field of the kind's form."""
    return {name: field.control for name, field in kind.fields().items()} if kind else {}
