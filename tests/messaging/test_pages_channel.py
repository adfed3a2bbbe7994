"""A channel's page: reading, writing, the pieces that scripts ask for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.forms import MESSAGE_LIMIT
from messaging.live.position import current_position
from messaging.models import App, Member, Membership, Message
from messaging.services import (
    archive_channel,
    deactivate_member,
    direct_channel,
    leave_channel,
    mark_as_read,
    post_message,
)
from tests.builders import make_channel, make_owner

pytestmark = pytest.mark.django_db

SCRIPT = {"X-Declic-Script": "1"}


def url(channel, rest=""):
    return f"/channels/{channel.channel_id}{rest}"


def page(client, channel, rest=""):
    response = client.get(url(channel, rest))
    assert response.status_code == 200
    return response.content.decode()


def can_write(client, channel):
    return 'name="text"' in page(client, channel)


def last_read(channel, member):
    return Membership.objects.get(channel=channel, member=member).last_read


# --- Reading -------------------------------------------------------------------------------------


def test_the_page_shows_messages_by_their_markup_and_escapes_the_rest(
    signed_in, alice, bob, support
):
    post_message(channel=support, sender=bob, text="*bold* <script>alert(1)</script>")

    html = page(signed_in(alice), support)

    assert "<strong>bold</strong>" in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_name_that_looks_like_markup_is_shown_as_text(signed_in, alice, support):
    evil = "<img src=x onerror=alert(1)>"
    Member.objects.filter(pk=alice.pk).update(display_name=evil)
    app = App.objects.create(name=evil, icon=evil)
    support.topic = evil
    support.save()
    post_message(channel=support, sender=app, text="Hello")

    for path in (url(support), url(support, "/members"), "/channels", "/direct", "/settings"):
        assert evil not in signed_in(alice).get(path).content.decode()


def test_a_workflows_message_is_square_and_says_so(signed_in, alice, support):
    app = App.objects.create(name="New ticket", icon=":ticket:", page="/workflows/about/1")
    post_message(channel=support, sender=app, text="Hello")

    html = page(signed_in(alice), support)

    assert '<span class="tile" aria-hidden="true">🎫</span>' in html
    assert '<a href="/workflows/about/1">New ticket</a> <span class="pill">Workflow</span>' in html


def test_declics_own_messages_are_no_workflow(signed_in, alice, support):
    post_message(
        channel=support, sender=App.objects.create(name="Declic", is_workflow=False), text="Hi"
    )

    assert "Workflow</span>" not in page(signed_in(alice), support)


def test_a_mention_of_the_reader_stands_out_for_them_only(signed_in, alice, bob, support):
    post_message(channel=support, sender=bob, text=f"<@{alice.member_id}> look")

    assert "msg-me" in page(signed_in(alice), support)
    assert "msg-me" not in page(signed_in(bob), support)


def test_older_messages_have_a_link_that_works_without_a_script(signed_in, alice, bob, support):
    Message.objects.bulk_create(
        Message(channel=support, member=bob, text=str(n), body=[]) for n in range(60)
    )
    client = signed_in(alice)
    first = client.get(url(support)).context["lines"][0].message.pk

    assert f'href="{url(support)}?before={first}"' in page(client, support)
    assert len(client.get(url(support, f"?before={first}")).context["lines"]) == 10


def test_a_permalink_shows_the_message_among_its_neighbours(signed_in, alice, bob, support):
    messages = [post_message(channel=support, sender=bob, text=str(n)) for n in range(80)]

    html = page(signed_in(alice), support, f"/messages/{messages[10].pk}")

    assert f'id="m-{messages[10].pk}"' in html
    assert "msg-here" in html
    assert f'id="m-{messages[79].pk}"' not in html
    assert last_read(support, alice) == 0


@pytest.mark.parametrize("key", ["0", "99999999", "9" * 19, "9" * 40])
def test_a_permalink_to_no_message_of_the_channel_is_not_found(signed_in, alice, support, key):
    assert signed_in(alice).get(url(support, f"/messages/{key}")).status_code == 404


def test_a_permalink_does_not_open_a_message_of_another_channel(signed_in, alice, support, secret):
    elsewhere = post_message(channel=secret, sender=alice, text="A secret plan")

    response = signed_in(alice).get(url(support, f"/messages/{elsewhere.pk}"))

    assert response.status_code == 404


@pytest.mark.parametrize("key", ["", "x", "-1", "1.5", "٣", "9" * 40])
def test_a_key_that_is_none_is_not_found(signed_in, alice, support, key):
    client = signed_in(alice)

    assert client.get(url(support, "/after"), {"key": key}).status_code == 404
    assert client.get(url(support), {"before": key}).status_code == 404


@pytest.mark.parametrize("channel_id", ["x", "%00", "C%2e%2e", "É", "C" * 200])
def test_an_id_that_is_none_is_not_found(signed_in, alice, channel_id):
    assert signed_in(alice).get(f"/channels/{channel_id}").status_code == 404


# --- What is read --------------------------------------------------------------------------------


def test_reading_the_end_marks_as_read_and_reading_above_does_not(signed_in, alice, bob, support):
    messages = [post_message(channel=support, sender=bob, text=str(n)) for n in range(60)]
    client = signed_in(alice)

    page(client, support, f"?before={messages[5].pk}")
    assert last_read(support, alice) == 0

    html = page(client, support)
    assert 'id="new"' in html
    assert last_read(support, alice) == messages[-1].pk
    assert 'id="new"' not in page(client, support)


def test_a_script_marks_as_read_but_never_beyond_what_exists(
    signed_in, alice, bob, support, secret
):
    message = post_message(channel=support, sender=bob, text="Hello")
    post_message(channel=secret, sender=bob, text="Later, elsewhere")

    response = signed_in(alice).post(url(support, "/read"), {"key": str(message.pk + 1)})

    assert response.status_code == 204
    assert last_read(support, alice) == message.pk


def test_unread_channels_are_bold_and_direct_messages_counted(signed_in, alice, bob, support):
    direct = direct_channel(member=alice, other=bob)
    for text in ("One", "Two"):
        post_message(channel=direct, sender=bob, text=text)
    post_message(channel=support, sender=bob, text="Hello")

    sidebar = signed_in(alice).get("/settings").context["sidebar"]

    assert [(one.label, one.is_unread) for one in sidebar.channels] == [("support", True)]
    assert [(one.label, one.count) for one in sidebar.directs] == [("Bob", "2")]
    mark_as_read(channel=support, member=alice, key=10**9)
    assert signed_in(alice).get("/settings").context["sidebar"].unread == 1


def test_direct_messages_in_which_nobody_wrote_are_not_listed(signed_in, alice, bob):
    direct = direct_channel(member=alice, other=bob)

    assert signed_in(alice).get("/settings").context["sidebar"].directs == []
    assert signed_in(alice).get(url(direct)).context["sidebar"].directs[0].other == bob


def test_archived_channels_are_not_listed(signed_in, alice, support):
    archive_channel(channel=support, by=alice)

    assert signed_in(alice).get("/settings").context["sidebar"].channels == []


# --- Writing -------------------------------------------------------------------------------------


def test_what_is_sent_is_posted_in_the_members_name(signed_in, alice, support):
    response = signed_in(alice).post(url(support, "/send"), {"text": "Hello\r\n*you*"})

    message = Message.objects.get()
    assert response["Location"] == url(support)
    assert (message.sender, message.text) == (alice, "Hello\nyou")
    assert last_read(support, alice) == message.pk


def test_a_script_gets_the_key_of_what_it_sent(signed_in, alice, support):
    response = signed_in(alice).post(url(support, "/send"), {"text": "Hi"}, headers=SCRIPT)

    assert (response.status_code, response.json()) == (201, {"key": Message.objects.get().pk})


@pytest.mark.parametrize("text", ["", "  \r\n ", "x" * (MESSAGE_LIMIT + 1)])
def test_what_cannot_be_posted_comes_back_with_its_text(signed_in, alice, support, text):
    client = signed_in(alice)

    response = client.post(url(support, "/send"), {"text": text})

    assert response.status_code == 422
    assert text in response.content.decode().replace("\n", "\r\n")
    assert 'aria-invalid="true"' in response.content.decode()
    as_data = client.post(url(support, "/send"), {"text": text}, headers=SCRIPT)
    assert as_data.status_code == 422
    assert as_data.json()["error"]
    assert not Message.objects.exists()


def test_twelve_thousand_characters_with_line_breaks_are_not_too_many(signed_in, alice, support):
    text = "\r\n".join(["x" * 99] * (MESSAGE_LIMIT // 100))

    signed_in(alice).post(url(support, "/send"), {"text": text})

    assert Message.objects.count() == 1


def test_what_was_written_while_the_channel_was_archived_comes_back(signed_in, alice, support):
    archive_channel(channel=support, by=alice)

    response = signed_in(alice).post(url(support, "/send"), {"text": "Too late"})

    assert response.status_code == 422
    assert "Too late</textarea>" in response.content.decode()
    assert not Message.objects.exists()


def test_who_is_not_in_the_channel_reads_and_may_join(signed_in, charlie, support):
    client = signed_in(charlie)

    assert not can_write(client, support)
    assert f'action="{url(support, "/join")}"' in page(client, support)
    assert client.post(url(support, "/send"), {"text": "Hi"}).status_code == 404
    assert not Message.objects.exists()

    client.post(url(support, "/join"))

    assert can_write(client, support)


def test_a_guest_writes_in_their_channel(signed_in, alice, gus):
    lobby = make_channel("lobby", by=alice, members=(gus,))

    assert can_write(signed_in(gus), lobby)
    assert signed_in(gus).post(url(lobby, "/send"), {"text": "Hi"}).status_code == 302


def test_nothing_can_be_written_to_a_workflow(signed_in, alice):
    direct = direct_channel(member=alice, other=App.objects.create(name="New ticket"))

    assert not can_write(signed_in(alice), direct)
    assert signed_in(alice).post(url(direct, "/send"), {"text": "Hi"}).status_code == 404


def test_nothing_can_be_written_to_who_was_deactivated(signed_in, alice, bob):
    direct = direct_channel(member=alice, other=bob)
    deactivate_member(member=bob, by=make_owner())

    assert "Bob was deactivated" in page(signed_in(alice), direct)
    assert signed_in(alice).post(url(direct, "/send"), {"text": "Hi"}).status_code == 404


def test_who_left_a_private_channel_finds_nothing_of_it(signed_in, bob, secret):
    message = post_message(channel=secret, sender=bob, text="A secret plan")
    leave_channel(channel=secret, member=bob)
    client = signed_in(bob)

    for rest in ("", f"/messages/{message.pk}", "/after?key=0", "/before?key=99", "/members"):
        response = client.get(url(secret, rest))
        assert response.status_code == 404
        assert b"secret" not in response.content.replace(b"/sign", b"")


# --- Empty places say what to do -----------------------------------------------------------------


def test_an_empty_channel_says_what_to_do(signed_in, alice, support):
    assert "Write the first message below" in page(signed_in(alice), support)


def test_ones_own_direct_messages_say_what_they_are_for(signed_in, alice):
    own = direct_channel(member=alice, other=alice)

    assert "This is your own place" in page(signed_in(alice), own)


def test_the_direct_messages_with_a_workflow_say_what_they_are_for(signed_in, alice):
    direct = direct_channel(member=alice, other=App.objects.create(name="New ticket"))

    assert "From New ticket to you" in page(signed_in(alice), direct)


# --- Pieces for scripts --------------------------------------------------------------------------


def test_the_piece_after_a_key_holds_what_is_newer_and_nothing_else(signed_in, alice, bob, support):
    first, second = (post_message(channel=support, sender=bob, text=t) for t in ("One", "Two"))

    html = page(signed_in(alice), support, f"/after?key={first.pk}")

    assert f'id="m-{second.pk}"' in html
    assert f'id="m-{first.pk}"' not in html
    assert "msg-more" in html  # it continues the group that the page already shows
    assert 'class="rule"' not in html
    assert "<html" not in html
    assert last_read(support, alice) == 0


def test_the_piece_says_whether_there_is_more(signed_in, alice, bob, support):
    Message.objects.bulk_create(
        Message(channel=support, member=bob, text=str(n), body=[]) for n in range(60)
    )

    assert 'data-more="true"' in page(signed_in(alice), support, "/after?key=0")
    assert 'data-older="true"' in page(signed_in(alice), support, "/before?key=999999")


def test_the_page_names_the_last_change_before_its_messages_were_read(signed_in, alice, support):
    post_message(channel=support, sender=alice, text="One")

    response = signed_in(alice).get(url(support))

    newest = str(current_position()).partition("-")[0]  # the rest changes as time goes by
    assert f'data-live="/live" data-live-since="{newest}' in response.content.decode()


# --- What a page costs ---------------------------------------------------------------------------

CHANNEL_PAGE = 16  # two of them for the shortcuts menu, one for failures
PIECE = 6


def fill(channel, people, texts):
    for number in range(texts):
        sender = people[number % len(people)]
        post_message(channel=channel, sender=sender, text=f"<@{people[0].member_id}> {number}")


def count(client, path):
    client.get(path)  # what is unread is read by the first look
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_a_page_costs_the_same_however_many_messages_channels_and_people_it_shows(
    signed_in, alice, bob, charlie, support
):
    client = signed_in(alice)
    fill(support, [alice, bob], 3)
    for other in (bob, charlie):
        post_message(channel=direct_channel(member=alice, other=other), sender=other, text="Hi")
    few = count(client, url(support))
    for _ in range(10):
        make_channel(by=alice)
    fill(support, [alice, bob, charlie, App.objects.create(name="Robot")], 45)

    assert few == count(client, url(support)) <= CHANNEL_PAGE


def test_a_piece_costs_the_same_however_many_messages_it_holds(
    signed_in, alice, bob, support, django_assert_max_num_queries
):
    fill(support, [alice, bob], 40)
    client = signed_in(alice)

    with django_assert_max_num_queries(PIECE):
        page(client, support, "/after?key=0")
