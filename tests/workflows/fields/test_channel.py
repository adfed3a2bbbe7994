"""A channel as a setting: one set of rules for files and the page, and what each reader sees."""

import pytest

from messaging.services import archive_channel, direct_channel
from workflows.fields.channel import ChannelField
from workflows.fields.known import Known
from workflows.fields.scope import Drawing, EditScope, Exporting, Posted, RunReading
from workflows.text.problems import Wrong

FIELD = ChannelField(label="Channel")
OWN = ChannelField(label="Channel", takes_own_direct=True)


def scope(member, *texts):
    return EditScope(member, {}, Known.of(texts, member=member) if texts else None)


@pytest.mark.parametrize(
    ("given", "message", "sentence"),
    [
        ("#nope", "unknown channel “#nope”", "There is no channel “#nope” that you can post in."),
        ("CSECRET1234", "unknown channel “CSECRET1234”", "You cannot post in this channel."),
        (5, "unknown channel", "There is no channel “5” that you can post in."),
    ],
)
def test_files_and_the_page_refuse_the_same_each_in_its_words(alice, given, message, sentence):
    with pytest.raises(Wrong) as refused:
        FIELD.clean(given, scope(alice))
    assert refused.value.messages == [message]
    [flag] = FIELD.flags(given, scope(alice))
    assert flag.text.startswith(sentence)


def test_an_archived_one_is_refused(alice, support):
    archive_channel(channel=support, by=alice)
    [flag] = FIELD.flags(support.channel_id, scope(alice))
    assert flag.message == "#support is archived"


def test_looking_at_what_is_wrong_writes_nothing(alice, django_assert_num_queries):
    known = scope(alice, "@me")
    with django_assert_num_queries(0):
        assert OWN.flags("@me", known) == []
    own = direct_channel(member=alice, other=alice)
    assert OWN.clean("@me", scope(alice)) == own.channel_id
    assert FIELD.flags("@me", scope(alice)) != []


def test_it_is_shown_by_name_to_who_may_see_it_and_stands_for_nothing_else(alice, charlie, secret):
    key = secret.channel_id
    assert FIELD.shown(key, scope(alice)) == "#secret"
    assert FIELD.shown(key, scope(charlie)) == "a channel that you are not in"
    assert FIELD.url(key, scope(charlie)) == ""
    assert FIELD.reaches(key, Known.of([key], member=charlie)).channel is None
    reading = RunReading(Known.of([key], member=charlie), "Alice", {})
    assert FIELD.recorded("#secret", key, reading) == "a channel that you are not in"
    assert FIELD.recorded("@me", key, reading) == "Direct messages of Alice"


def test_the_note_says_who_reads_it(alice, support):
    key = support.channel_id
    drawing = Drawing(scope(alice, key), {key: 2}, frozenset({key}))
    said = "2 members are in it. This workflow posts there already."
    assert FIELD.note(key, drawing) == said
    assert FIELD.note("#nope", drawing) == ""


def test_what_still_shows_the_pages_words_was_not_touched():
    data = {"base-channel": "C1", "f-channel": "#support", "shown-channel": "#support"}
    assert FIELD.is_untouched(Posted(data, "channel"))
    assert not FIELD.is_untouched(Posted(data | {"f-channel": "#sales"}, "channel"))
    assert FIELD.read(Posted({"f-channel": "My own direct messages"}, "channel")) == "@me"


def test_a_file_gets_its_name_or_what_must_stay_hidden(support):
    key = support.channel_id
    assert FIELD.export(key, Exporting()) == "#support"
    assert FIELD.export(key, Exporting(hidden={key})) == key
    assert FIELD.export(key, Exporting(own={key})) == "@me"
    assert FIELD.export("CGONE123456", Exporting()) == "CGONE123456"
