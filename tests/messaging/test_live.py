"""Live updates: who hears of what, over the socket."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user, logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from messaging.live import application
from messaging.live.position import Position
from messaging.live.stream import Stream
from messaging.models import Change, Channel, Member, Membership
from messaging.requests.sessions import SessionStore
from messaging.services import post_message
from tests.builders import make_channel, make_member
from tests.serving import LiveReader, ServedApp

pytestmark = [pytest.mark.served, pytest.mark.django_db(transaction=True)]


def post(channel: Channel, by: Member, text: str = "Hello") -> Any:
    body = [{"t": "p", "c": [{"t": "text", "v": text}]}]
    return post_message(channel=channel, body=body, sender=by)


def newest() -> int:
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def last_words(channel: Channel, by: Member) -> int:
    """Post a message that every reader of the channel hears: what comes before it is all."""
    return post(channel, by, "The end").pk


@pytest.fixture
def lobby(alice: Member) -> Channel:
    return make_channel("lobby", by=alice)


def test_a_message_is_heard_on_every_open_page(
    served_app: ServedApp, support: Channel, alice: Member, bob: Member
) -> None:
    with served_app.live(alice) as one, served_app.live(bob) as two:
        message = post(support, bob)
        expected = {
            "kind": "message_posted",
            "channel": support.channel_id,
            "message": message.pk,
        }

        for event in (one.next(), two.next()):
            assert Position.parse(event.pop("id")) == Position(newest())
            assert event == expected


def test_a_transaction_that_is_rolled_back_is_not_heard(
    served_app: ServedApp, support: Channel, bob: Member
) -> None:
    with served_app.live(bob) as reader:
        with transaction.atomic():
            post(support, bob, "Never")
            transaction.set_rollback(True)
        assert reader.until(last_words(support, bob)) == []


def test_only_who_is_in_a_private_channel_hears_of_it(
    served_app: ServedApp,
    secret: Channel,
    lobby: Channel,
    bob: Member,
    charlie: Member,
    dana: Member,
) -> None:
    with (
        served_app.live(bob) as inside,
        served_app.live(charlie) as stranger,
        served_app.live(dana) as admin,
    ):
        message = post(secret, bob)
        end = last_words(lobby, bob)

        assert inside.next()["message"] == message.pk
        assert stranger.until(end) == []
        assert admin.until(end) == []


def test_a_guest_hears_only_of_their_own_channels(
    served_app: ServedApp, support: Channel, lobby: Channel, bob: Member, gus: Member
) -> None:
    Membership.objects.create(channel=lobby, member=gus)
    with served_app.live(gus) as reader:
        post(support, bob)

        assert reader.until(last_words(lobby, bob)) == []


def test_who_left_a_private_channel_hears_no_more_of_it(
    served_app: ServedApp, secret: Channel, lobby: Channel, alice: Member, bob: Member
) -> None:
    with served_app.live(bob) as reader:
        first = post(secret, alice)
        assert reader.next()["message"] == first.pk

        Membership.objects.filter(channel=secret, member=bob).delete()
        post(secret, alice)

        assert reader.until(last_words(lobby, alice)) == []


def test_who_joins_hears_from_then_on(
    served_app: ServedApp, secret: Channel, lobby: Channel, alice: Member, charlie: Member
) -> None:
    with served_app.live(charlie) as reader:
        post(secret, alice)
        assert reader.until(last_words(lobby, alice)) == []

        Membership.objects.create(channel=secret, member=charlie)
        message = post(secret, alice)

        assert reader.next()["message"] == message.pk


def test_a_lost_connection_resumes_without_gap_or_double(
    served_app: ServedApp, support: Channel, bob: Member
) -> None:
    with served_app.live(bob) as reader:
        post(support, bob)
        seen = reader.next()["id"]
    missed = [post(support, bob).pk for _ in range(3)]

    with served_app.live(bob, Last_Event_ID=seen) as reader:
        heard = reader.until(last_words(support, bob))

    assert [event["message"] for event in heard] == missed


def test_a_page_begins_where_it_was_made(
    served_app: ServedApp, support: Channel, bob: Member
) -> None:
    since = newest()
    missed = post(support, bob).pk

    with served_app.live(bob, query=f"?since={since}") as reader:
        assert reader.next()["message"] == missed


def test_the_last_event_wins_over_where_the_page_began(
    served_app: ServedApp, support: Channel, bob: Member
) -> None:
    post(support, bob)
    seen = newest()
    second = post(support, bob).pk

    with served_app.live(bob, query="?since=0", Last_Event_ID=str(seen)) as reader:
        assert reader.next()["message"] == second


def test_what_was_missed_is_told_only_to_who_may_hear_it_now(
    served_app: ServedApp, secret: Channel, lobby: Channel, bob: Member, charlie: Member
) -> None:
    since = newest()
    post(secret, bob)

    with served_app.live(charlie, query=f"?since={since}") as reader:
        assert reader.until(last_words(lobby, bob)) == []


@pytest.mark.parametrize("since", ["1", "999999999"])
def test_a_position_that_is_not_kept_any_more_asks_for_a_reload(
    served_app: ServedApp, support: Channel, bob: Member, since: str
) -> None:
    for _ in range(3):
        post(support, bob)
    Change.objects.filter(pk__lt=newest()).delete()

    with served_app.live(bob, query=f"?since={since}") as reader:
        event = reader.next()
        assert event["kind"] == "reload"
        assert Position.parse(event["id"]) == Position(newest())
        post(support, bob)
        assert reader.next()["kind"] == "message_posted"


def test_signing_out_ends_the_stream_at_once(served_app: ServedApp, bob: Member) -> None:
    with served_app.live(bob) as reader:
        begin(reader)
        sign_out(reader)
        assert reader.wait_for_end() == []


def test_a_session_that_ended_elsewhere_ends_the_stream_at_a_heartbeat(
    served_app: ServedApp, bob: Member, quick_heart: None
) -> None:
    with served_app.live(bob) as reader:
        Session.objects.all().delete()
        assert reader.wait_for_end() == []


def test_a_new_password_ends_the_stream_at_a_heartbeat(
    served_app: ServedApp, bob: Member, quick_heart: None
) -> None:
    with served_app.live(bob) as reader:
        bob.set_password("another")
        bob.save()
        assert reader.wait_for_end() == []


def test_deactivation_ends_the_stream(served_app: ServedApp, bob: Member) -> None:
    with served_app.live(bob) as reader:
        bob.is_active = False
        bob.save()
        with transaction.atomic():
            Change.objects.create(kind=Change.Kind.MEMBER_CHANGED, member=bob)
        assert [event["kind"] for event in reader.wait_for_end()] == ["member_changed"]


def test_an_open_stream_stays_open_over_heartbeats(
    served_app: ServedApp, support: Channel, bob: Member, quick_heart: None
) -> None:
    with served_app.live(bob) as reader:
        lines = iter(reader.response.iter_lines())
        beats = 0
        while beats < 3:
            beats += next(lines) == ": beat"
        assert not reader.response.is_closed


@pytest.fixture
def quick_heart(served_app: ServedApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "HEARTBEAT_SECONDS", 0.1)


def test_the_end_of_the_server_ends_the_stream_and_says_when_to_come_again(
    served_app: ServedApp, bob: Member
) -> None:
    with served_app.live(bob) as reader:
        lines = reader.response.iter_lines()
        while not next(lines).startswith("id: "):
            pass
        served_app.server.stop()
        assert "retry: 1000" in list(lines)


def test_a_reader_who_takes_too_much_is_sent_away_and_goes_on(
    served_app: ServedApp, support: Channel, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.live.stream.STREAM_BYTES", 300)
    with served_app.live(bob) as reader:
        posted = [post(support, bob).pk for _ in range(10)]
        heard = reader.wait_for_end()
    with served_app.live(bob, Last_Event_ID=reader.last_id) as again:
        heard.append(again.next())

    assert len(heard) < 10
    assert [event["message"] for event in heard] == posted[: len(heard)]


def test_a_stream_that_breaks_off_is_answered_once_and_comes_again(
    served_app: ServedApp,
    bob: Member,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers: list[int] = []

    async def refuse(send: Any, status: int) -> None:
        answers.append(status)

    async def fail(stream: Stream) -> bytes:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr(application, "refuse", refuse)
    with monkeypatch.context() as broken:
        broken.setattr(Stream, "take", fail)
        with served_app.live(bob) as reader:
            assert reader.response.status_code == 200
            assert reader.wait_for_end() == []

    assert answers == []
    assert "A live stream broke off: RuntimeError" in caplog.text
    with served_app.live(bob) as reader:
        assert reader.response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Cookie": "sessionid=forged"},
        {"Cookie": ""},
    ],
)
def test_without_the_right_it_is_not_found(
    served_app: ServedApp, bob: Member, headers: dict[str, str]
) -> None:
    with served_app.client(bob) as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    answer = httpx.get(f"{served_app.url}/live", headers={"Cookie": cookie, **headers})

    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT"])
def test_other_methods_are_not_found(served_app: ServedApp, bob: Member, method: str) -> None:
    with served_app.client(bob) as client:
        assert client.request(method, "/live").status_code == 404


def test_a_deactivated_member_opens_no_stream(served_app: ServedApp, bob: Member) -> None:
    with served_app.client(bob) as client:
        Member.objects.filter(pk=bob.pk).update(is_active=False)
        assert client.get("/live").status_code == 404


def test_its_own_origin_is_welcome_and_nothing_is_kept(served_app: ServedApp, bob: Member) -> None:
    with served_app.live(bob, Origin=served_app.url) as reader:
        headers = reader.response.headers

    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"


def test_a_member_opens_only_so_many_streams(
    served_app: ServedApp, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "STREAMS_OF_A_MEMBER", 1)
    other = make_member("Somebody")
    with served_app.live(bob) as reader, served_app.client(bob) as client:
        begin(reader)
        assert client.get("/live").status_code == 503
        with served_app.live(other) as allowed:
            assert allowed.response.status_code == 200


def begin(reader: LiveReader) -> None:
    """Read on until the stream says where it begins."""
    lines: Iterator[str] = reader._lines
    while not next(lines).startswith("id: "):
        pass


def sign_out(reader: LiveReader) -> None:
    """Sign the reader's session out, as the page does."""
    request = HttpRequest()
    request.session = SessionStore(reader.response.request.headers["cookie"].partition("=")[2])
    request.user = get_user(request)
    assert request.user.is_authenticated
    logout(request)
