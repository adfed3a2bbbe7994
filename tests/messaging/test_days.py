"""Days in words, in both languages."""

import datetime

import pytest
from django.utils import translation

from messaging.days import day_in_words

TODAY = datetime.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("language", "day", "has_weekday", "words"),
    [
        ("en", datetime.date(2026, 11, 1), False, "1 November"),
        ("en", datetime.date(2025, 11, 1), True, "Saturday 1 November 2025"),
        ("fr", datetime.date(2026, 11, 1), False, "1er novembre"),
        ("fr", datetime.date(2026, 11, 1), True, "dimanche 1er novembre"),
        ("fr", datetime.date(2025, 11, 1), False, "1er novembre 2025"),
        ("fr", datetime.date(2025, 11, 1), True, "samedi 1er novembre 2025"),
        ("fr", datetime.date(2026, 11, 11), False, "11 novembre"),
        ("fr", datetime.date(2026, 11, 21), True, "samedi 21 novembre"),
    ],
)
def test_a_day_is_said_as_people_say_it(
    language: str, day: datetime.date, has_weekday: bool, words: str
) -> None:
    with translation.override(language):
        assert day_in_words(day, today=TODAY, has_weekday=has_weekday) == words
