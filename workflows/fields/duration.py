"""A length of time in whole seconds, typed with its unit."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.fields.base import SettingField, as_text
from workflows.fields.scope import EditScope, Posted, RunReading
from workflows.text.lengths import UNIT_LABELS, join_length, length_in_words, split_length
from workflows.text.problems import Problem, Wrong


class DurationField(SettingField):
    """Whole seconds, from `least` to `most`; what makes no whole seconds is kept as typed."""

    template = "workflows/builder/controls/time.html"
    missing = gettext_lazy("Say how long.")

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most
        self._whole = forms.IntegerField(min_value=least, max_value=most)

    @property
    def units(self) -> list[tuple[str, Any]]:
        """The units of time that it can be given in."""
        return list(UNIT_LABELS.items())

    def check(self, value: Any, scope: EditScope) -> int:
        """Refuse what is no whole number (true and 1.5 included), too little and too much."""
        if isinstance(value, bool | float):
            raise self._no_number(str(self._whole.error_messages["invalid"]))
        try:
            return int(self._whole.clean(value))
        except ValidationError as error:
            message = error.messages[0]
            if error.error_list[0].code == "invalid":
                raise self._no_number(message) from None
            raise self._out_of_range(message) from None

    def _no_number(self, message: str) -> Wrong:
        return Wrong(Problem("", message, sentence=_("Write a number, for example 30.")))

    def _out_of_range(self, message: str) -> Wrong:
        said = {"least": length_in_words(self.least), "most": length_in_words(self.most)}
        return Wrong(Problem("", message, sentence=_("From %(least)s to %(most)s.") % said))

    def shown(self, stored: Any, scope: EditScope) -> str:
        """Show the number; the unit stands beside it."""
        return split_length(stored)[0] if stored not in ("", None) else ""

    def unit(self, stored: Any) -> str:
        """Choose the largest unit that loses no second."""
        return split_length(stored)[1] if stored not in ("", None) else "minutes"

    def read(self, posted: Posted) -> int | str:
        """Take number and unit together."""
        return join_length(posted.typed, posted.unit)

    def is_untouched(self, posted: Posted) -> bool:
        """Compare the seconds: the unit stands in another input."""
        return as_text(self.read(posted)) == posted.base

    def sent(self, stored: Any) -> dict[str, str]:
        """Post number and unit."""
        number, unit = split_length(stored) if stored not in ("", None) else ("", "")
        return {f"f-{self.name}": number, f"unit-{self.name}": unit}

    def words(self, stored: Any, scope: EditScope) -> str:
        """Say “2 hours”."""
        return length_in_words(stored) if isinstance(stored, int) else as_text(stored)

    def lines(self, stored: Any, scope: EditScope) -> list[str]:
        """Say it without a label."""
        if isinstance(stored, int):
            return [length_in_words(stored)]
        return super().lines(stored, scope)

    def recorded(self, value: Any, stored: Any, reading: RunReading) -> Any:
        """Say “2 hours” of what was waited."""
        return length_in_words(value) if isinstance(value, int) else value
