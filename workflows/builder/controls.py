"""The settings of a step or trigger on the builder's page: drawn, and read back from its forms."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from workflows.drafts.checks import renamed
from workflows.fields.base import Configured, SettingField, as_text
from workflows.fields.scope import Drawing, Posted
from workflows.services.editing import Typed
from workflows.text.problems import Problem


@dataclass(frozen=True)
class Control:
    """One field: what is shown in it, what it held (its base), what is left to correct."""

    field: SettingField
    id: str
    value: str
    base: str
    flags: list[Problem] = dataclasses.field(default_factory=list)
    note: str = ""
    unit: str = ""
    widget: SafeString | str = ""
    part: str = ""  # "step 2": whose field it is, for the labels of its buttons

    @property
    def name(self) -> str:
        """The setting's name."""
        return self.field.name

    @property
    def label(self) -> str:
        """The setting's name for people."""
        return str(self.field.label)

    @property
    def help(self) -> str:
        """A sentence on what it wants."""
        return str(self.field.help_text)

    @property
    def template(self) -> str:
        """The template that draws it."""
        return self.field.template

    @property
    def length(self) -> int:
        """How many characters its text has."""
        return len(self.value)


def controls(
    kind: Configured, config: Mapping[str, Any], prefix: str, part: str, drawing: Drawing
) -> list[Control]:
    """Return the fields of the kind, with what the settings hold."""
    return [
        _control(one, config.get(name), f"{prefix}-{name}", part, drawing)
        for name, one in kind.fields().items()
    ]


def _control(field: SettingField, stored: Any, id: str, part: str, drawing: Drawing) -> Control:
    flags = field.flags(stored, drawing.scope)
    return Control(
        field=field,
        id=id,
        value=field.shown(stored, drawing.scope),
        base=as_text(stored),
        flags=flags,
        note="" if flags else field.note(stored, drawing),
        unit=field.unit(stored),
        widget=field.widget(stored, id, is_invalid=bool(flags)),
        part=part,
    )


def read_fields(fields: Mapping[str, SettingField], data: Mapping[str, Any]) -> dict[str, Typed]:
    """Return what was typed in a form of the page, each field with its base.

    A field that still shows what the page had put there was not touched, and is left out.
    """
    found: dict[str, Typed] = {}
    for name, field in fields.items():
        if f"base-{name}" not in data:
            continue
        posted = Posted(data, name)
        wrong, right = _suggestion(name, data)
        if right:
            found[name] = Typed(renamed(field.read(posted), wrong, right), posted.base)
        elif not field.is_untouched(posted):
            found[name] = Typed(field.read(posted), posted.base)
    return found


def _suggestion(name: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the button that was pressed corrects in this field: `text|suport|support`."""
    where, _bar, rest = data.get("use", "").partition("|")
    wrong, _bar, right = rest.partition("|")
    return (wrong, right) if where == name and wrong and right else ("", "")
