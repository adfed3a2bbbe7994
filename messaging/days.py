"""Days in words: “24 November”, “Tuesday 1 December 2026”, in the reader's language."""

import datetime

from django.utils.formats import date_format
from django.utils.translation import pgettext


def day_in_words(day: datetime.date, *, today: datetime.date, has_weekday: bool = False) -> str:
    """Return the day; with the year where it is another one than today's.

    The first of a month has formats of its own: French has an ordinal for it alone (1er juin).
    """
    if day.day == 1:
        plain = pgettext("the first of a month", "j F")
        with_year = pgettext("the first of a month", "j F Y")
    else:
        plain, with_year = "j F", "j F Y"
    pattern = plain if day.year == today.year else with_year
    return date_format(day, f"l {pattern}" if has_weekday else pattern)
