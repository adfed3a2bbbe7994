"""Lengths of time as people type and read them: a number and a unit, no second lost."""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
UNIT_LABELS = {
    "seconds": _("seconds"),
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
}
LONGEST = 12  # digits that anybody types


def split_length(stored: object) -> tuple[str, str]:
    """Return the number and the unit of a stored length; one that is no number as it was typed."""
    if isinstance(stored, int):
        unit = next(name for name in reversed(UNITS) if stored % UNITS[name] == 0)
        return (str(stored // UNITS[unit]), unit) if stored else ("0", "minutes")
    number, _space, unit = str(stored or "").rpartition(" ")
    return (number, unit) if unit in UNITS else (str(stored or ""), "minutes")


def join_length(number: str, unit: str) -> int | str:
    """Return the seconds of “1.5”, “hours”; what makes no whole seconds as it was typed."""
    number = number.strip()
    unit = unit if unit in UNITS else "minutes"
    if not number:
        return ""
    try:
        seconds = Decimal(number[: LONGEST + 1].replace(",", ".")) * UNITS[unit]
    except InvalidOperation:
        return f"{number} {unit}"
    is_sane = len(number) <= LONGEST and seconds.is_finite() and abs(seconds) < 10**LONGEST
    if is_sane and seconds == seconds.to_integral_value():
        return int(seconds)
    return f"{number} {unit}"


def length_in_words(seconds: int) -> str:
    """Return a length as a sentence says it: “1 second”, “365 days”."""
    number, unit = split_length(seconds)
    count = int(number)
    words = {
        "seconds": ngettext("%(count)d second", "%(count)d seconds", count),
        "minutes": ngettext("%(count)d minute", "%(count)d minutes", count),
        "hours": ngettext("%(count)d hour", "%(count)d hours", count),
        "days": ngettext("%(count)d day", "%(count)d days", count),
    }
    return words[unit] % {"count": count}
