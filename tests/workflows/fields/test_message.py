"""The text of a message as a setting."""

import pytest

from workflows.fields.known import Known
from workflows.fields.message import MAX_TEXT, MessageTextField
from workflows.fields.scope import EditScope, Posted, RunReading
from workflows.text.problems import Wrong
from workflows.text.template_text import TextValue

FIELD = MessageTextField(label="Message")
SCOPE = EditScope(None, {"link": "text"})


@pytest.mark.parametrize(
    ("given", "message", "sentence"),
    [
        (5, "must be text", "Must be text."),
        (" \n", "This field is required.", "Write the message."),
        ("", "This field is required.", "Write the message."),
        ("x" * (MAX_TEXT + 2), "at most 12000 characters", "A message has at most 12000 "),
        ("{{ linc }}", 'unknown variable "linc"', "There is no variable “linc”. Did you mean"),
    ],
)
def test_files_and_the_page_refuse_the_same_each_in_its_words(given, message, sentence):
    with pytest.raises(Wrong) as refused:
        FIELD.clean(given, SCOPE)
    assert refused.value.messages == [message]
    assert FIELD.flags(given, SCOPE)[0].text.startswith(sentence)


def test_a_guess_names_what_it_would_replace():
    [flag] = FIELD.flags("{{ linc }}", SCOPE)
    assert (flag.use, flag.wrong) == ("link", "linc")


def test_line_ends_are_those_that_are_stored():
    posted = Posted({"base-text": "a\nb", "f-text": "a\r\nb"}, "text")
    assert FIELD.is_untouched(posted)
    assert FIELD.read(posted) == "a\nb"
    assert FIELD.clean("a\r\nb", SCOPE) == "a\nb"


def test_two_versions_are_compared_by_its_own_lines():
    assert FIELD.lines("a\nb", SCOPE) == ["a", "b"]


def test_of_a_step_that_was_not_filled_the_text_is_known(db):
    values = {"link": "https://desk.example"}
    reading = RunReading(Known(), "", values, {"link": TextValue(values["link"])})
    assert FIELD.unfilled("See {{ link }}", reading) == "See https://desk.example"
