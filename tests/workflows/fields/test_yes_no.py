"""Yes or no as a setting."""

import pytest

from workflows.fields.scope import EditScope, Posted
from workflows.fields.yes_no import YesNoField

SCOPE = EditScope(None, {})


class Named:
    loud = YesNoField(label="Loud")


FIELD = Named.loud


@pytest.mark.parametrize(("given", "stored"), [(True, True), (False, False), (None, False)])
def test_nothing_said_is_no(given, stored):
    assert FIELD.clean(given, SCOPE) is stored
    assert FIELD.flags(given, SCOPE) == []


@pytest.mark.parametrize("given", ["yes", 1, 0, "false"])
def test_anything_else_is_refused(given):
    assert [one.text for one in FIELD.flags(given, SCOPE)] == ["Must be true or false."]


@pytest.mark.parametrize("stored", [True, False])
def test_what_a_form_posts_is_read_back(stored):
    assert FIELD.read(Posted(FIELD.sent(stored), "loud")) is stored
    assert FIELD.words(stored, SCOPE) == ("Yes" if stored else "No")
