"""A time of day: what is taken, what is stored."""

import datetime

import pytest

from workflows.fields.scope import EditScope
from workflows.fields.time_of_day import TimeOfDayField
from workflows.text.problems import Wrong

NOBODY = EditScope(member=None, variables={})
FIELD = TimeOfDayField(label="Time")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("09:00", "09:00"),
        (" 9:05 ", "09:05"),
        ("9h30", "09:30"),
        ("23:59", "23:59"),
        ("0:00", "00:00"),
    ],
)
def test_a_time_is_stored_with_four_digits(typed, stored):
    assert FIELD.clean(typed, NOBODY) == stored
    assert FIELD.clean(stored, NOBODY) == stored
    assert FIELD.flags(stored, NOBODY) == []


@pytest.mark.parametrize("typed", ["24:00", "9", "09:60", "noon", "09:00:30", 900, True, "٠٩:٠٠"])
def test_what_no_clock_shows_is_refused(typed):
    with pytest.raises(Wrong) as refused:
        FIELD.clean(typed, NOBODY)
    assert refused.value.messages == ["must be a time like 09:00"]
    assert [one.text for one in FIELD.flags(typed, NOBODY)] == [
        "Write a time of day, for example 09:00."
    ]


def test_an_empty_one_is_asked_for():
    assert [one.text for one in FIELD.flags("", NOBODY)] == ["Say at what time."]


def test_a_run_gets_a_time_and_shows_it():
    filled = FIELD.fill(FIELD.prepare("09:00"), None)
    assert filled == datetime.time(9)
    assert FIELD.record(filled) == "09:00"
