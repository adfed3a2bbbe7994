"""A person as a setting: a member, or whom a variable names."""

import pytest

from messaging.services import deactivate_member
from workflows.fields.known import Known
from workflows.fields.person import PersonField
from workflows.fields.scope import EditScope, Posted, RunReading
from workflows.text.problems import Wrong

FIELD = PersonField(label="Person")


@pytest.fixture
def scope(alice):
    return EditScope(alice, {"agent": "member", "link": "text"})


@pytest.mark.parametrize(
    ("given", "message", "sentence"),
    [
        ("nobody@x.example", "unknown member “nobody@x.example”", "Nobody here is"),
        ("{{ agnet }}", 'unknown variable "agnet"', "Did you mean “agent”?"),
        ("{{ zzz }}", 'unknown variable "zzz"', "There is no variable “zzz”."),
        ("{{ link }}", 'the variable "link" is not a member', "“link” is not a member."),
        ([1], "unknown member", "Unknown member."),
    ],
)
def test_files_and_the_page_refuse_the_same_each_in_its_words(scope, given, message, sentence):
    with pytest.raises(Wrong) as refused:
        FIELD.clean(given, scope)
    assert refused.value.messages == [message]
    assert sentence in FIELD.flags(given, scope)[0].text


def test_a_near_key_is_proposed(scope):
    [flag] = FIELD.flags("{{ agnet }}", scope)
    assert (flag.use, flag.wrong) == ("agent", "agnet")


def test_who_left_is_refused_by_name(scope, bob, dana):
    deactivate_member(member=bob, by=dana)
    [flag] = FIELD.flags(bob.member_id, scope)
    assert flag.text == "Bob left the workspace. Choose another person."


def test_it_is_stored_by_id_and_shown_with_the_address(scope, bob):
    assert FIELD.clean(f" {bob.email} ", scope) == bob.member_id
    assert FIELD.clean("{{agent}}", scope) == "{{ agent }}"
    shown = FIELD.shown(bob.member_id, scope)
    assert shown == f"Bob, {bob.email}"
    assert FIELD.read(Posted({"f-person": shown}, "person")) == bob.email


def test_it_reaches_the_member_or_whom_the_variable_names(alice, bob):
    known = Known.of([bob.email], member=alice)
    assert FIELD.reaches(bob.email, known).named == bob.member_id
    assert FIELD.reaches("{{ agent }}", known).variable == "agent"
    assert FIELD.reaches(None, known) is None


def test_of_a_step_that_was_not_filled_the_variables_value_is_known():
    reading = RunReading(Known(), "", {"agent": "nobody"})
    assert FIELD.unfilled("{{ agent }}", reading) == "nobody"
    assert FIELD.unfilled("U1", reading) is None
