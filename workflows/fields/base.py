"""What every kind of setting is: all that anybody asks about it, with an answer for each."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.models import Channel
from workflows.fields.known import Known
from workflows.fields.scope import (
    Drawing,
    EditScope,
    Exporting,
    Posted,
    RunContext,
    RunReading,
    plain_lines,
)
from workflows.text.problems import Problem, Wrong

TO_ANYBODY = Exporting()
EMPTY: tuple[Any, ...] = (None, "", [], (), {})
ONE_VARIABLE = re.compile(r"\A\{\{\s*([A-Za-z_][A-Za-z0-9_-]{0,63})\s*\}\}\Z")


@dataclass(frozen=True)
class Reach:
    """A channel or a person that a setting leads to."""

    named: str  # an ID, `{{ key }}`, or what was typed
    name: str = ""  # in words
    channel: Channel | None = None
    is_person: bool = False
    variable: str = ""  # the key of the variable that names the person


class SettingField:
    """A setting of a step or a trigger, declared on its class; a subclass is a kind of setting.

    A value has four shapes: *typed* (or read from a file), *stored* in the draft and in versions
    (JSON), *prepared* once for each version, and *filled* for each run.
    """

    template: ClassVar[str] = "workflows/builder/controls/plain.html"
    missing: ClassVar[Any] = _("Fill this in.")  # what the builder's page says of an empty one
    is_message: ClassVar[bool] = False  # its text is what the step posts
    names_channel: ClassVar[bool] = False  # what it stores is a channel's ID
    is_of_workspace: ClassVar[bool] = False  # names what another workspace may not have
    has_note: ClassVar[bool] = False  # `note` may say something, and changes with the value

    def __init__(self, *, label: Any = "", help_text: Any = "", required: bool = True) -> None:
        self.label = label
        self.help_text = help_text
        self.required = required
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.label = self.label or name

    # --- What may be stored ---

    def clean(self, value: Any, scope: EditScope) -> Any:
        """Return what is stored of a typed value; raise ValidationError for what can't be."""
        return self.keep(self._checked(value, scope), scope)

    def flags(self, value: Any, scope: EditScope) -> list[Problem]:
        """Return what is wrong with a value; no query where `scope.known` is given."""
        try:
            self._checked(value, scope)
        except Wrong as error:
            return error.problems
        except ValidationError as error:
            return [Problem("", text) for text in error.messages]
        return []

    def _checked(self, value: Any, scope: EditScope) -> Any:
        if value not in EMPTY:
            return self.check(value, scope)
        if self.required:
            raise self.is_missing()
        return value

    def is_missing(self) -> Wrong:
        """Return the refusal of an empty value."""
        message = str(forms.Field.default_error_messages["required"])
        return Wrong(Problem("", message, sentence=str(self.missing)))

    def check(self, value: Any, scope: EditScope) -> Any:
        """Return the value as it is to be stored; raise `Wrong`. The rules: nothing is written."""
        return value

    def keep(self, checked: Any, scope: EditScope) -> Any:
        """Return what is stored of a checked value; what it stands for may be made here."""
        return checked

    # --- On the builder's page ---

    def shown(self, stored: Any, scope: EditScope) -> str:
        """Return what the field shows of a stored value: names instead of IDs."""
        return as_text(stored)

    def unit(self, stored: Any) -> str:
        """Return the unit that is chosen beside the field."""
        return ""

    def note(self, stored: Any, drawing: Drawing) -> str:
        """Return what stands under a field with nothing wrong in it."""
        return ""

    def widget(self, stored: Any, id: str, *, is_invalid: bool) -> SafeString | str:
        """Return the input's HTML, for a kind whose template leaves it to Django."""
        return ""

    def read(self, posted: Posted) -> Any:
        """Return what was typed."""
        return posted.typed.strip()

    def is_untouched(self, posted: Posted) -> bool:
        """Tell whether the field still shows what the page had put there."""
        return plain_lines(posted.typed) == posted.shown

    def sent(self, stored: Any) -> dict[str, str]:
        """Return what a form posts so that `read` gives this very value, by the inputs' names."""
        return {f"f-{self.name}": as_text(stored)}

    # --- In words ---

    def words(self, stored: Any, scope: EditScope) -> str:
        """Return a stored value as people read it."""
        return self.shown(stored, scope)

    def lines(self, stored: Any, scope: EditScope) -> list[str]:
        """Return the lines by which two versions are compared."""
        values = {"label": str(self.label), "value": self.words(stored, scope)}
        return [gettext("%(label)s: %(value)s") % values]

    def url(self, stored: Any, scope: EditScope) -> str:
        """Return the page of what it names."""
        return ""

    # --- Whom it reaches ---

    def reaches(self, stored: Any, known: Known) -> Reach | None:
        """Return the channel or person that it leads to."""
        return None

    def leads_to(self, stored: Any, context: RunContext, known: Known) -> str:
        """Say in a preview where the step's message goes."""
        return ""

    # --- In a run and in files ---

    def prepare(self, stored: Any) -> Any:
        """Turn the stored setting into what `fill` wants; done once for each version."""
        return stored

    def fill(self, prepared: Any, context: RunContext) -> Any:
        """Return what `run` gets; raise StepFailed where it can't be had."""
        return prepared

    def record(self, filled: Any) -> Any:
        """Return what the run's page shows of it (JSON)."""
        return filled

    def recorded(self, value: Any, stored: Any, reading: RunReading) -> Any:
        """Return what this reader sees of what was recorded."""
        return value

    def unfilled(self, stored: Any, reading: RunReading) -> str | None:
        """Return as far as known what it would have been in a step that could not be filled."""
        return None

    def export(self, stored: Any, exporting: Exporting) -> Any:
        """Return the stored setting as a workflow file writes it; `clean` takes it back."""
        return stored


class Configured:
    """What has settings, declared on its class in the order in which they are drawn."""

    _fields: ClassVar[Mapping[str, SettingField]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name: one for name, one in vars(cls).items() if isinstance(one, SettingField)}
        for name in own:
            if any(hasattr(base, name) for base in cls.__mro__[1:]):
                raise ImproperlyConfigured(f"{cls.__qualname__} may not call a setting {name}.")
        cls._fields = {**cls._fields, **own}

    def fields(self) -> Mapping[str, SettingField]:
        """Return the settings by name."""
        return self._fields

    def exported(
        self, config: Mapping[str, Any], exporting: Exporting = TO_ANYBODY
    ) -> dict[str, Any]:
        """Return stored settings as a workflow file writes them, in their own order.

        PostgreSQL keeps JSON objects in an order of its own.
        """
        known = {
            name: field.export(config[name], exporting)
            for name, field in self.fields().items()
            if name in config
        }
        return {**known, **{name: one for name, one in config.items() if name not in known}}


def as_text(value: Any) -> str:
    """Return a setting as the text by which two saves are compared; empty where there is none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def clean_config(kind: Configured, config: Any, scope: EditScope) -> dict[str, Any]:
    """Return the checked settings of a step or a trigger, as they are stored.

    Raise ValidationError with a dict of field names (unknown ones included) and their errors.
    """
    if not isinstance(config, Mapping):
        raise ValidationError({"config": gettext("The settings must be an object.")})
    fields = kind.fields()
    errors: dict[str, Any] = {
        name: [gettext("unknown field")] for name in config if name not in fields
    }
    cleaned = {}
    for name, field in fields.items():
        try:
            cleaned[name] = field.clean(config.get(name), scope)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return cleaned
