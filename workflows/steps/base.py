"""What every kind of step is: its name, its form, what it gives and what it does."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.models import App, Member
from workflows.known import Known
from workflows.sentences import Sentence
from workflows.template_text import Filled


class StepFailed(Exception):
    """Raised by a step that can't do its work, with a sentence for the builder.

    Mark the sentence with `gettext_noop` and hand the values in it over by name.
    """

    def __init__(self, msgid: str, **values: Any) -> None:
        super().__init__(msgid)
        kept = {
            name: value if isinstance(value, str | int | float) else str(value)
            for name, value in values.items()
        }
        self.sentence = Sentence(msgid, kept)


@dataclass(frozen=True)
class EditScope:
    """Who edits a step, and the variables (key → kind) that it may use.

    `known` is what the settings of all steps name, looked up beforehand: without it each field that
    names a channel or a member asks for its own.
    """

    member: Member | None
    variables: Mapping[str, str]
    known: Known | None = None

    def known_for(self, text: str) -> Known:
        """Return what was looked up, or look this text up."""
        return self.known if self.known is not None else Known.of([text], member=self.member)


@dataclass(frozen=True)
class RunContext:
    """What a step may know of the run that it belongs to."""

    run_id: str
    app: App  # the workflow's face: who posts
    publisher: int | None  # key of the member who published the running version
    values: Mapping[str, Filled]
    now: datetime.datetime


class StepField(forms.Field):
    """A form field of a step: checked when saved, filled with the variables when run."""

    scope: EditScope = EditScope(member=None, variables={})
    control: ClassVar[str] = "plain"  # templates/workflows/builder/controls/….html draws it
    missing: ClassVar[Any] = _("Fill this in.")  # what the builder's page says of an empty one

    def prepare(self, value: Any) -> Any:
        """Turn the stored setting into what `fill` wants; done once for each version."""
        return value

    def fill(self, prepared: Any, context: RunContext) -> Any:
        """Return what `run` gets; raise StepFailed where it can't be had."""
        return prepared

    def record(self, filled: Any) -> Any:
        """Return what the run's page shows of it (JSON)."""
        return filled

    def export(self, value: Any) -> Any:
        """Return the stored setting as a workflow file writes it; `clean` takes it back."""
        return value


class StepForm(forms.Form):
    """The form of a step's settings; its fields know who edits and which variables there are."""

    def __init__(self, *args: Any, scope: EditScope | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if scope is not None and isinstance(field, StepField):
                field.scope = scope


class Configured:
    """What has settings: a form that draws them, checks them and says how they are written."""

    ConfigForm: ClassVar[type[StepForm]] = StepForm

    def fields(self) -> dict[str, StepField]:
        """Return the form's fields by name."""
        return {
            name: field
            for name, field in self.ConfigForm.base_fields.items()
            if isinstance(field, StepField)
        }

    def exported(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored settings as a workflow file writes them, in the order of the form.

        PostgreSQL keeps JSON objects in an order of its own.
        """
        fields = self.fields()
        known = {
            name: field.export(config[name]) for name, field in fields.items() if name in config
        }
        return {**known, **{name: one for name, one in config.items() if name not in fields}}


class StepKind(Configured):
    """A kind of step. A subclass says everything; its file in this folder registers it."""

    kind: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    help: ClassVar[Any] = ""  # a sentence on what it does, for the picker
    outputs: ClassVar[Mapping[str, Any]] = {}
    local: ClassVar[bool] = True  # touches our database only: may run in the hook's transaction

    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Do the work with the filled settings and return the declared outputs.

        Raise StepFailed with a sentence for the builder; never touch the run's rows.
        """
        return {}

    def pause(self, config: Mapping[str, Any]) -> datetime.timedelta | None:
        """Return how long the run waits after this step; None: it goes on at once."""
        return None


def clean_config(kind: Configured, config: Any, scope: EditScope) -> dict[str, Any]:
    """Return the checked settings of a step or a trigger, as they are stored.

    Raise ValidationError with a dict of field names (unknown ones included) and their errors.
    """
    if not isinstance(config, Mapping):
        raise ValidationError({"config": gettext("The settings must be an object.")})
    form = kind.ConfigForm(data=dict(config), scope=scope)
    errors: dict[str, Any] = {
        name: [gettext("unknown field")] for name in config if name not in form.fields
    }
    if not form.is_valid():
        errors.update({name: list(found) for name, found in form.errors.items()})
    if errors:
        raise ValidationError(errors)
    return dict(form.cleaned_data)
