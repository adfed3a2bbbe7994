"""A setting that is what Django's own form fields are: a line, a choice of a few."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString

from workflows.fields.base import SettingField, as_text
from workflows.fields.scope import EditScope, Posted


class PlainField(SettingField):
    """Checked and drawn by a form field of Django's: `PlainField(forms.ChoiceField(…))`."""

    look = "form-control"

    def __init__(self, form_field: forms.Field | None = None, **kwargs: Any) -> None:
        self.form_field = form_field or forms.CharField(**kwargs)
        super().__init__(
            label=self.form_field.label,
            help_text=self.form_field.help_text,
            required=self.form_field.required,
        )

    def check(self, value: Any, scope: EditScope) -> Any:
        """Ask Django's field."""
        return self.form_field.clean(value)

    def read(self, posted: Posted) -> Any:
        """Take what its widget finds in the form."""
        return self.form_field.widget.value_from_datadict(
            posted.data, MultiValueDict(), f"f-{posted.name}"
        )

    def is_untouched(self, posted: Posted) -> bool:
        """Compare what was read: an unticked box posts nothing."""
        return as_text(self.read(posted)) == posted.base

    def widget(self, stored: Any, id: str, *, is_invalid: bool) -> SafeString | str:
        """Draw Django's widget."""
        widget = self.form_field.widget
        look = "form-select" if isinstance(widget, forms.Select) else self.look
        attrs = {"id": id, "class": f"{look} is-invalid" if is_invalid else look}
        if is_invalid:
            attrs |= {"aria-invalid": "true", "aria-describedby": f"{id}-flags"}
        return widget.render(f"f-{self.name}", self.form_field.prepare_value(stored), attrs)
