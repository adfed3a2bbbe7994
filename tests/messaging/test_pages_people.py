"""Direct messages, profiles, and in what language, time and theme somebody reads."""

import datetime

import pytest

from messaging.models import Channel, Member
from messaging.services import deactivate_member, post_message
from tests.builders import make_channel, make_member, make_owner

pytestmark = pytest.mark.django_db

PROFILE = {"display_name": "Alice", "language": "", "time_zone": "UTC", "theme": "auto"}


def test_a_members_page_opens_the_direct_messages_with_them_once(signed_in, alice, bob):
    first = signed_in(alice).get(f"/members/{bob.member_id}")
    second = signed_in(bob).get(f"/members/{alice.member_id}")

    direct = Channel.objects.get()
    assert first["Location"] == second["Location"] == f"/channels/{direct.channel_id}"


def test_a_guest_meets_only_people_of_their_channels(signed_in, alice, bob, gus):
    make_channel("lobby", by=alice, members=(gus,))
    client = signed_in(gus)

    assert client.get(f"/members/{bob.member_id}").status_code == 404
    assert client.get(f"/members/{alice.member_id}").status_code == 302
    assert [str(one) for one in client.get("/direct").context["people"]] == ["Alice"]


def test_people_are_found_by_name_or_whole_address(signed_in, alice, bob, charlie):
    client = signed_in(alice)

    def found(query):
        return [str(one) for one in client.get("/direct", {"q": query}).context["people"]]

    assert found("") == ["Bob", "Charlie"]
    assert found("@cha") == ["Charlie"]
    assert found("bob@example.org") == ["Bob"]
    assert found("example.org") == []


def test_who_was_deactivated_is_not_offered(signed_in, alice, bob):
    deactivate_member(member=bob, by=make_owner())

    assert bob not in signed_in(alice).get("/direct").context["people"]


def test_a_profile_is_saved_and_read_in_the_new_language(signed_in, alice):
    client = signed_in(alice)
    data = {**PROFILE, "display_name": " Alice  L. ", "language": "fr", "theme": "dark"}

    assert client.post("/settings", data)["Location"] == "/settings"

    alice.refresh_from_db()
    assert (alice.display_name, alice.theme) == ("Alice L.", "dark")
    html = client.get("/settings").content.decode()
    assert '<html lang="fr" data-bs-theme="dark">' in html


@pytest.mark.parametrize(
    "wrong",
    [{"display_name": ""}, {"time_zone": "Mars/Olympus"}, {"language": "xx"}, {"theme": "pink"}],
)
def test_a_wrong_profile_is_refused_at_its_field(signed_in, alice, wrong):
    response = signed_in(alice).post("/settings", {**PROFILE, **wrong})

    assert list(response.context["form"].errors) == list(wrong)
    assert ">Alice<" in response.content.decode()


def test_nobody_gives_themselves_a_role_or_an_id(signed_in, alice):
    signed_in(alice).post("/settings", {**PROFILE, "role": "owner", "member_id": "U000000000"})

    was = (alice.role, alice.member_id)
    alice.refresh_from_db()
    assert (alice.role, alice.member_id) == was


@pytest.mark.parametrize(
    ("chosen", "cookie", "browser", "shown"),
    [
        ("fr", "en", "en", "fr"),
        ("en", "fr", "fr", "en"),
        ("", "fr", "en", "fr"),
        ("", "", "fr", "fr"),
        ("", "", "de", "en"),
    ],
)
def test_the_members_language_comes_before_the_devices_before_the_browsers(
    signed_in, alice, chosen, cookie, browser, shown
):
    Member.objects.filter(pk=alice.pk).update(language=chosen)
    client = signed_in(alice)
    if cookie:
        client.cookies["django_language"] = cookie

    html = client.get("/settings", headers={"accept-language": browser}).content.decode()

    assert f'<html lang="{shown}"' in html


def test_times_are_in_the_readers_zone(signed_in, alice, bob, support):
    message = post_message(channel=support, sender=bob, text="Hello")
    message.created_at = datetime.datetime(2026, 7, 1, 22, 30, tzinfo=datetime.UTC)
    message.save()
    Member.objects.filter(pk=alice.pk).update(time_zone="Europe/Paris")

    hers = signed_in(alice).get(support.get_absolute_url()).content.decode()
    his = signed_in(bob).get(support.get_absolute_url()).content.decode()

    assert '<time datetime="2026-07-02T00:30:00+02:00">00:30</time>' in hers
    assert '<time datetime="2026-07-01T22:30:00+00:00">22:30</time>' in his


def test_the_theme_button_remembers_for_the_member(signed_in, alice):
    response = signed_in(alice).post("/theme", {"theme": "dark", "next": "/settings"})

    alice.refresh_from_db()
    assert (response["Location"], alice.theme) == ("/settings", "dark")


def test_the_theme_button_leads_to_our_own_pages_only(signed_in, alice):
    response = signed_in(alice).post("/theme", {"theme": "dark", "next": "//evil.example"})

    assert response["Location"] == "/"


def test_pages_are_kept_from_shared_caches(signed_in, alice, support):
    for path in ("/settings", support.get_absolute_url(), "/nothing"):
        response = signed_in(alice).get(path)
        assert response["Cache-Control"] == "private, no-store"
        assert "Cookie" in response["Vary"]


def test_a_name_without_letters_still_has_an_avatar(signed_in, alice):
    make_member("😀", email="smile@example.org")

    assert signed_in(alice).get("/direct").status_code == 200
