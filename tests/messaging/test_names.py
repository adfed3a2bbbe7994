"""Names: on one line, seen by everybody, and changing nothing around them."""

import pytest
from django.core.exceptions import ValidationError

from messaging.names import clean_name
from messaging.services import create_channel, create_member, set_topic
from tests.builders import make_draft


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Alice \r\n Martin\t", "Alice Martin"),
        ("Ali\u200bce\ufeff", "Alice"),
        ("\u202ecilA", "cilA"),
        ("\u2067Alice\u2069 \u200f", "Alice"),
        ("Alice\x07\x1b[31m", "Alice[31m"),
        ("a\u2028b", "a b"),
        ("Zoé 🧑\u200d🔧 한글 नमस्ते", "Zoé 🧑\u200d🔧 한글 नमस्ते"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("🎫", "🎫"),
        ("-", "-"),
        *(
            (nothing, "")
            for nothing in ("", " \u00a0", "\u200b\u200b", "\u200d", "\u3164", "\u0301")
        ),
    ],
)
def test_what_cannot_be_seen_is_no_part_of_a_name(given: str, kept: str) -> None:
    assert clean_name(given) == kept
    assert clean_name(kept) == kept


@pytest.mark.django_db
@pytest.mark.parametrize("nothing", ["\u200b\u200b", "\u3164", "\u202e"])
def test_a_name_in_which_there_is_nothing_to_see_is_refused(alice, signed_in, nothing) -> None:
    form = {"display_name": nothing, "time_zone": "UTC", "theme": "auto", "language": ""}
    page = signed_in(alice).post("/settings", form)

    alice.refresh_from_db()
    assert "Write a name that can be seen." in page.content.decode()
    assert alice.display_name == "Alice"
    with pytest.raises(ValidationError):
        create_member(email="x@example.org", display_name=nothing, password=None)
    with pytest.raises(ValidationError):
        make_draft(nothing, by=alice)


@pytest.mark.django_db
def test_no_name_turns_what_stands_beside_it(alice, signed_in) -> None:
    form = {"display_name": "\u202eecilA", "time_zone": "UTC", "theme": "auto", "language": ""}
    signed_in(alice).post("/settings", form)
    alice.refresh_from_db()
    channel = create_channel(name="support", by=alice, topic="\u202epot")
    draft = make_draft("\u2067wolf", by=alice, description="\u202enoitpircsed")

    assert [alice.display_name, channel.topic] == ["ecilA", "pot"]
    assert [draft.name, draft.description] == ["wolf", "noitpircsed"]
    set_topic(channel=channel, by=alice, topic="\u202ewen\n")
    assert channel.topic == "wen"
