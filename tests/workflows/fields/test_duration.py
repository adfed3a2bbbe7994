"""A length of time as a setting."""

import pytest

from workflows.fields.duration import DurationField
from workflows.fields.scope import EditScope, Posted
from workflows.text.problems import Wrong

FIELD = DurationField(label="How long", least=1, most=86_400)
SCOPE = EditScope(None, {})


class Named:
    seconds = DurationField(label="How long", least=1, most=86_400)


@pytest.mark.parametrize("given", [True, 1.5, "1.5 hours", "soon", [1]])
def test_what_is_no_whole_number_of_seconds_is_refused(given):
    with pytest.raises(Wrong) as refused:
        FIELD.clean(given, SCOPE)
    assert refused.value.messages == ["Enter a whole number."]
    assert FIELD.flags(given, SCOPE)[0].text == "Write a number, for example 30."


@pytest.mark.parametrize("given", [0, -1, 86_401, "86401"])
def test_too_little_and_too_much_is_refused_with_both_ends(given):
    assert [one.text for one in FIELD.flags(given, SCOPE)] == ["From 1 second to 1 day."]


@pytest.mark.parametrize("stored", [45, 5400, 7200, 86_400, "soon hours", None])
def test_what_a_form_posts_is_read_back(stored):
    data = Named.seconds.sent(stored) | {"base-seconds": "x"}
    assert Named.seconds.read(Posted(data, "seconds")) == (stored or "")


def test_another_unit_is_another_length():
    data = {"base-seconds": "3600", "f-seconds": "1", "unit-seconds": "hours"}
    assert FIELD.is_untouched(Posted(data, "seconds"))
    assert not FIELD.is_untouched(Posted(data | {"unit-seconds": "days"}, "seconds"))


def test_it_reads_with_its_unit():
    assert FIELD.words(7200, SCOPE) == "2 hours"
    assert FIELD.lines(7200, SCOPE) == ["2 hours"]
    assert FIELD.words("soon hours", SCOPE) == "soon hours"
