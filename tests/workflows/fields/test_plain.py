"""A setting that a form field of Django's draws and checks."""

from django import forms

from workflows.fields.plain import PlainField
from workflows.fields.scope import EditScope, Posted

SCOPE = EditScope(None, {})


class Named:
    bell = PlainField(forms.ChoiceField(label="Bell", choices=[("big", "Big bell")]))
    tune = PlainField(label="Tune", required=False)


def test_djangos_field_says_what_is_taken():
    assert Named.bell.clean("big", SCOPE) == "big"
    [flag] = Named.bell.flags("huge", SCOPE)
    assert "huge is not one of the available choices" in flag.text
    assert Named.tune.flags("", SCOPE) == []


def test_it_is_drawn_under_its_own_name_and_marked_where_it_is_wrong():
    html = Named.bell.widget("huge", "s1-bell", is_invalid=True)
    assert 'name="f-bell"' in html
    assert 'aria-describedby="s1-bell-flags"' in html
    assert "form-select is-invalid" in html


def test_what_was_not_changed_was_not_touched():
    posted = Posted({"f-tune": "la", "base-tune": "la"}, "tune")
    assert Named.tune.is_untouched(posted)
