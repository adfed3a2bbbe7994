"""A time of day, in the workspace's time zone."""

import datetime
import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.fields.plain import PlainField
from workflows.fields.scope import EditScope, RunContext
from workflows.text.problems import Problem, Wrong

CLOCK = re.compile(r"\A([01]?[0-9]|2[0-3])[:h]([0-5][0-9])\Z")


class TimeOfDayField(PlainField):
    """Hour and minute of the 24-hour clock, stored as `HH:MM`."""

    missing = gettext_lazy("Say at what time.")

    def __init__(self, *, label: Any = "", help_text: Any = "") -> None:
        clock = forms.TimeInput(attrs={"type": "time"})
        super().__init__(forms.CharField(label=label, help_text=help_text, widget=clock))

    def check(self, value: Any, scope: EditScope) -> str:
        """Return `09:00` of “9:00”; refuse what no clock shows."""
        found = CLOCK.match(value.strip()) if isinstance(value, str) else None
        if found is None:
            sentence = _("Write a time of day, for example 09:00.")
            raise Wrong(Problem("", _("must be a time like 09:00"), sentence=sentence))
        return f"{int(found[1]):02}:{found[2]}"

    def fill(self, prepared: str, context: RunContext) -> datetime.time:
        """Return the time."""
        return datetime.time.fromisoformat(prepared)

    def record(self, filled: datetime.time) -> str:
        """Show hour and minute."""
        return filled.strftime("%H:%M")
