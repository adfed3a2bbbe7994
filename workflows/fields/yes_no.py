"""Yes or no: a box to tick."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from workflows.fields.base import as_text
from workflows.fields.plain import PlainField
from workflows.fields.scope import EditScope
from workflows.text.problems import Problem, Wrong


class YesNoField(PlainField):
    """True or false; false where nothing is said."""

    template = "workflows/builder/controls/yes_no.html"
    look = "form-check-input"

    def __init__(self, *, label: Any = "", help_text: Any = "") -> None:
        super().__init__(forms.BooleanField(label=label, help_text=help_text, required=False))

    def clean(self, value: Any, scope: EditScope) -> bool:
        """Return true or false."""
        return bool(super().clean(value, scope))

    def check(self, value: Any, scope: EditScope) -> bool:
        """Refuse what is neither."""
        if not isinstance(value, bool):
            raise Wrong(Problem("", _("must be true or false")))
        return value

    def words(self, stored: Any, scope: EditScope) -> str:
        """Say yes or no."""
        if isinstance(stored, bool) or stored is None:
            return _("Yes") if stored else _("No")
        return as_text(stored)

    def sent(self, stored: Any) -> dict[str, str]:
        """Post a tick as a browser does."""
        return {f"f-{self.name}": "on"} if stored else {}
