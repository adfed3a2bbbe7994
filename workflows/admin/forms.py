"""The forms of Django's admin for workflows: what a draft may hold is checked as everywhere."""

from collections.abc import Iterator
from typing import Any

from adminsortable2.admin import CustomInlineFormSet
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Member
from workflows.drafts.limits import steps_problem
from workflows.fields.scope import EditScope
from workflows.models import MAX_VARIABLES, Step, Variable, Workflow
from workflows.registry import step_kinds
from workflows.services.drafts import (
    check_trigger_change,
    clean_details,
    clean_step,
    edit_scope,
    storable,
    too_many_variables,
)
from workflows.services.rights import may_build


class WorkflowForm(forms.ModelForm):
    """A draft's own fields; `editor` is who edits."""

    editor: Member

    class Meta:
        model = Workflow
        fields = ("name", "description", "icon", "trigger_kind")

    def clean(self) -> dict[str, Any]:
        """Check them as the services do."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("name", "description", "icon"):
            if name in cleaned:
                cleaned[name] = storable(cleaned[name])
        kind = cleaned.get("trigger_kind", self.instance.trigger_kind)
        try:
            if self.instance.pk is None:
                if not may_build(member=self.editor, trigger_kind=kind):
                    raise PermissionDenied
            elif kind != self.initial.get("trigger_kind", kind):
                check_trigger_change(workflow=self.instance, by=self.editor, kind=kind)
        except PermissionDenied:
            self.add_error("trigger_kind", _("You may not build workflows that start this way."))
        except ValidationError as error:
            self.add_error("trigger_kind", error)
        return cleaned

    def _post_clean(self) -> None:
        """Check the icon, and keep names on one line."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                clean_details(self.instance)
            except ValidationError as error:
                self.add_error(None, error)


class VariableForm(forms.ModelForm):
    """One variable of the draft."""

    class Meta:
        model = Variable
        fields = ("key", "kind", "example", "required", "default")
        # Narrow enough for all of them in one row at 1280 px, beside the admin's own sidebar.
        widgets = {
            name: forms.TextInput(attrs={"size": size})
            for name, size in (("key", 18), ("example", 20), ("default", 14))
        }

    def clean(self) -> dict[str, Any]:
        """Replace what not every database stores."""
        return {name: storable(value) for name, value in (super().clean() or {}).items()}


class VariableFormSet(CustomInlineFormSet):
    """At most twenty, each key once."""

    def clean(self) -> None:
        """Refuse the twenty-first and a key that is there twice."""
        super().clean()
        kept = [form for form in kept_forms(self) if form.cleaned_data.get("key")]
        if len(kept) > MAX_VARIABLES:
            raise ValidationError(too_many_variables())


class StepForm(forms.ModelForm):
    """One step: its kind, and its settings as JSON, checked by the kind's own form."""

    class Meta:
        model = Step
        fields = ("kind", "config")
        widgets = {"config": forms.Textarea(attrs={"rows": 4, "cols": 60, "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["config"] = exported(self.instance)
        self.fields["config"].help_text = config_help()
        self.fields["config"].required = False
        self.fields["config"].show_hidden_initial = False  # compare with what is stored


class StepFormSet(CustomInlineFormSet):
    """The draft's steps; what changed is checked against the variables in the same page."""

    editor: Member

    def clean(self) -> None:
        """Check each changed step's settings, and name what is wrong with which field."""
        super().clean()
        kept = kept_forms(self)
        configs = [form.cleaned_data.get("config") for form in kept]
        if problem := steps_problem(configs, len(kept)):
            raise ValidationError(problem)
        scope = self.scope()
        for form in kept:
            if form.has_changed() and not form.errors:
                self._clean_step(form, scope)

    def _clean_step(self, form: forms.ModelForm, scope: EditScope) -> None:
        kind, config = form.cleaned_data["kind"], form.cleaned_data.get("config") or {}
        try:
            form.instance.config = clean_step(kind, config, scope)
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                for text in texts:
                    form.add_error(
                        "kind" if name == "kind" else "config",
                        text if name in ("kind", "config") else f"{name}: {text}",
                    )

    def scope(self) -> EditScope:
        """Return who edits and the variables as they stand in the page that was sent."""
        variables = dict(self._sent_variables())
        if self.instance.pk:
            stored = edit_scope(workflow=self.instance, member=self.editor)
            declared = set(self.instance.variables.values_list("key", flat=True))
            provided = {key: kind for key, kind in stored.variables.items() if key not in declared}
            variables = {**provided, **variables}
        return EditScope(member=self.editor, variables=variables)

    def _sent_variables(self) -> Iterator[tuple[str, str]]:
        try:
            count = int(self.data["variables-TOTAL_FORMS"])
        except (KeyError, ValueError):
            return
        for number in range(min(count, 100)):
            prefix = f"variables-{number}"
            key = self.data.get(f"{prefix}-key", "").strip()
            if key and not self.data.get(f"{prefix}-DELETE"):
                yield key, self.data.get(f"{prefix}-kind", "")


def kept_forms(formset: Any) -> list[forms.ModelForm]:
    """Return the forms that hold something and are not to be deleted."""
    return [
        form
        for form in formset.forms
        if hasattr(form, "cleaned_data")
        and not form.cleaned_data.get("DELETE")
        and (form.instance.pk or form.has_changed())
    ]


def exported(step: Step) -> dict[str, Any]:
    """Return the settings for people: channels by `#name`, members by e-mail address."""
    kind = step_kinds.find(step.kind)
    return kind.exported(step.config) if kind else dict(step.config)


def config_help() -> SafeString:
    """Say which settings each kind takes."""
    kinds = ((kind.label, ", ".join(kind.fields())) for kind in step_kinds.all())
    return format_html_join(" · ", "{}: {}", kinds)


class HandOverForm(forms.Form):
    """To whom workflows without a manager go."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("New manager"),
        queryset=Member.objects.active().exclude(role=Member.Role.GUEST),
    )
