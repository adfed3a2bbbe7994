"""Browsing, creating, joining and leaving channels; who is in one, its topic and name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Channel, Workspace
from messaging.panels import panels
from messaging.services import archive_channel, post_message
from tests.builders import make_channel, make_member

pytestmark = pytest.mark.django_db


def url(channel, rest=""):
    return f"/channels/{channel.channel_id}{rest}"


def listed(client, **query):
    return [one.name for one in client.get("/channels", query).context["page"]]


@pytest.fixture
def several(alice, bob, support, secret):
    """#support and the private #secret (Bob is in both), #deploys, and #old, which is archived."""
    make_channel("deploys", by=alice, topic="What went out")
    archive_channel(channel=make_channel("old", by=alice), by=alice)


# --- The start -----------------------------------------------------------------------------------


def test_the_start_is_a_default_channel_one_is_in(signed_in, alice, bob):
    make_channel("aaa", by=alice)
    general = make_channel("general", by=alice)
    Workspace.current().default_channels.add(general)

    assert signed_in(alice).get("/")["Location"] == url(general)


def test_the_start_is_another_channel_where_one_left_the_default_ones(signed_in, bob, support):
    assert signed_in(bob).get("/")["Location"] == url(support)


def test_the_start_is_ones_own_direct_messages_where_one_is_in_no_channel(signed_in, gus, support):
    response = signed_in(gus).get("/", follow=True)

    assert "This is your own place" in response.content.decode()


# --- The list ------------------------------------------------------------------------------------


def test_everybody_finds_public_channels_and_their_own_private_ones(
    signed_in, bob, charlie, several
):
    assert listed(signed_in(bob)) == ["deploys", "secret", "support"]
    assert listed(signed_in(charlie)) == ["deploys", "support"]


def test_a_guest_finds_only_their_channels(signed_in, alice, gus, several):
    make_channel("lobby", by=alice, members=(gus,))

    assert listed(signed_in(gus)) == ["lobby"]
    assert "/channels/new" not in signed_in(gus).get("/channels").content.decode()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"show": "mine"}, ["secret", "support"]),
        ({"show": "others"}, ["deploys"]),
        ({"show": "archived"}, ["old"]),
        ({"q": "WENT"}, ["deploys"]),
        ({"q": "#sup"}, ["support"]),
        ({"q": "nope"}, []),
        ({"q": "a\0b"}, []),
        ({"page": "999"}, ["deploys", "secret", "support"]),
    ],
)
def test_the_list_can_be_narrowed(signed_in, bob, several, query, names):
    assert listed(signed_in(bob), **query) == names


def test_the_list_costs_the_same_however_long_it_is(signed_in, alice, several):
    client = signed_in(alice)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/channels")
        return len(queries)

    few = cost()
    for _ in range(20):
        make_channel(by=alice, members=(make_member(),))

    assert cost() == few <= 9


# --- Creating, joining, leaving ------------------------------------------------------------------


def test_a_channel_is_created_with_its_creator_in_it(signed_in, alice):
    data = {"name": "#Late Parcels", "topic": "Where are they", "kind": "private"}

    response = signed_in(alice).post("/channels/new", data)

    channel = Channel.objects.get()
    assert response["Location"] == url(channel)
    assert (channel.name, channel.topic, channel.kind) == (
        "late-parcels",
        "Where are they",
        "private",
    )
    assert channel.has_member(alice)


@pytest.mark.parametrize("name", ["", "support", "SUPPORT", "a.b", "x" * 81, "\0"])
def test_a_bad_or_taken_name_comes_back_with_its_reason(signed_in, alice, support, name):
    response = signed_in(alice).post("/channels/new", {"name": name, "kind": "public"})

    assert response.context["form"].errors["name"]
    assert 'aria-invalid="true"' in response.content.decode()
    assert Channel.objects.count() == 1


def test_leaving_a_public_channel_can_be_undone(signed_in, bob, support):
    client = signed_in(bob)

    html = client.post(url(support, "/leave"), follow=True).content.decode()

    assert not support.has_member(bob)
    assert "You left #support." in html
    assert f'action="{url(support, "/join")}"' in html
    client.post(url(support, "/join"))
    assert support.has_member(bob)


def test_leaving_a_private_channel_is_asked_for_and_cannot_be_undone(signed_in, bob, secret):
    client = signed_in(bob)
    assert (
        "only when somebody in it invites you"
        in client.get(url(secret, "/members")).content.decode()
    )

    html = client.post(url(secret, "/leave"), follow=True).content.decode()

    assert "You left #secret." in html
    assert "Undo" not in html


# --- About a channel -----------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["charlie@example.org", "CHARLIE", "@Charlie", "{member_id}"])
def test_people_are_added_by_address_name_or_id(signed_in, bob, charlie, support, person):
    person = person.format(member_id=charlie.member_id.lower())

    response = signed_in(bob).post(url(support, "/invite"), {"person": person}, follow=True)

    assert support.has_member(charlie)
    assert "Charlie is in #support now." in response.content.decode()


def test_who_is_not_one_person_is_not_added(signed_in, bob, charlie, support):
    make_member("Charlie", email="charlie2@example.org")
    client = signed_in(bob)

    for person, reason in [("Charlie", "Several people"), ("Nobody", "Nobody here"), ("", "")]:
        response = client.post(url(support, "/invite"), {"person": person})
        assert response.status_code == 422
        assert reason in response.content.decode()
    assert support.memberships.count() == 2


def test_a_topic_is_saved_by_who_is_in_the_channel(signed_in, bob, charlie, support):
    signed_in(bob).post(url(support, "/topic"), {"topic": "Tickets"})
    refused = signed_in(charlie).post(url(support, "/topic"), {"topic": "Mine"})

    support.refresh_from_db()
    assert (refused.status_code, support.topic) == (404, "Tickets")


def test_a_taken_name_is_refused_at_its_field(signed_in, alice, support, secret):
    response = signed_in(alice).post(url(support, "/rename"), {"name": "SECRET"})

    assert response.status_code == 422
    assert response.context["rename_form"].errors["name"]
    assert "About #support" in response.content.decode()


def test_an_archived_channel_is_read_and_opened_again(signed_in, alice, bob, support):
    post_message(channel=support, sender=bob, text="Old news")
    signed_in(alice).post(url(support, "/archive"))

    html = signed_in(bob).get(url(support)).content.decode()

    assert "Old news" in html
    assert "This channel is archived" in html
    assert "Unarchive" not in html
    assert "Unarchive" in signed_in(alice).get(url(support)).content.decode()
    signed_in(alice).post(url(support, "/unarchive"))
    assert "This channel is archived" not in signed_in(bob).get(url(support)).content.decode()


def test_only_who_may_change_something_is_offered_it(signed_in, alice, bob, charlie, support):
    def offered(member):
        html = signed_in(member).get(url(support, "/members")).content.decode()
        words = ("invite", "topic", "rename", "leave", "archive", "remove")
        return [word for word in words if f'action="{url(support, f"/{word}")}' in html]

    assert offered(alice) == ["invite", "topic", "rename", "leave", "archive", "remove"]
    assert offered(bob) == ["invite", "topic", "leave"]
    assert offered(charlie) == []


def test_the_page_about_a_channel_costs_the_same_however_many_are_in_it(signed_in, alice, support):
    client = signed_in(alice)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(url(support, "/members"))
        return len(queries)

    few = cost()
    for _ in range(10):
        support.memberships.create(member=make_member())

    assert cost() == few


# --- What other apps add -------------------------------------------------------------------------


def test_panels_of_other_apps_are_shown_and_escaped(signed_in, alice, support, monkeypatch):
    monkeypatch.setitem(panels._by_place, "before_archiving", [])
    monkeypatch.setitem(panels._by_place, "channel_about", [])
    panels.at("before_archiving")(lambda request, channel: f"{channel} <b>1 workflow</b>")
    panels.at("channel_about")(lambda request, channel: "")

    html = signed_in(alice).get(url(support, "/members")).content.decode()

    assert "#support &lt;b&gt;1 workflow&lt;/b&gt;" in html


def test_a_panel_for_an_unknown_place_is_refused():
    with pytest.raises(KeyError):
        panels.at("nowhere")
