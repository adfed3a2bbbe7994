"""The live routes, tried as everybody over the socket: to each only what they may read."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from django.test import Client

from messaging.models import Change, Channel, Member
from messaging.services import (
    deactivate_member,
    leave_channel,
    post_message,
    remove_from_channel,
    set_topic,
)
from tests.builders import make_channel
from tests.route_table import (
    ADMIN,
    EVERYBODY,
    EX_MANAGER,
    GUEST,
    INSIDER,
    LIVE,
    MANAGER,
    READERS,
    World,
)
from tests.serving import LiveReader, ServedApp

pytestmark = [pytest.mark.served, pytest.mark.django_db(transaction=True)]

WRITABLE = [about for about in READERS if about != "archived"]


@pytest.fixture
def world(served_app: ServedApp) -> World:
    return World()


@pytest.fixture
def readers(served_app: ServedApp, world: World) -> Iterator[dict[str, LiveReader]]:
    """One open stream for each role."""
    with ExitStack() as streams:
        yield {
            role: streams.enter_context(served_app.live(person))
            for role, person in world.people.items()
        }


def channel_of(world: World, about: str) -> Channel:
    return Channel.objects.get(channel_id=world.keys(about)["channel_id"])


def say(channel: Channel, by: Member, text: str = "A secret plan") -> int:
    return post_message(channel=channel, sender=by, text=text).pk


@pytest.fixture
def last_words(world: World) -> Any:
    """Post where everybody is: what a stream brings before it is all that it brings."""
    alice = world.people[MANAGER]
    others = tuple(one for role, one in world.people.items() if role != MANAGER)
    hall = make_channel("hall", by=alice, members=others)
    return lambda: say(hall, alice, "The end")


def test_the_table_knows_every_live_route_that_is_served(served_app: ServedApp) -> None:
    application = served_app.server.application

    assert set(LIVE) == set(application.native)


def test_who_may_open_a_live_route_is_answered(
    served_app: ServedApp, world: World, subtests: pytest.Subtests
) -> None:
    for path, may in LIVE.items():
        for role, person in world.people.items():
            with (
                subtests.test(path=path, role=role),
                served_app.client(person) as client,
                client.stream("GET", path) as response,
            ):
                assert response.status_code == (200 if role in may else 404)


def test_who_is_not_signed_in_finds_nothing_and_gets_no_cookie(
    served_app: ServedApp, world: World, subtests: pytest.Subtests
) -> None:
    for path in LIVE:
        with subtests.test(path=path):
            answer = httpx.get(f"{served_app.url}{path}")
            assert (answer.status_code, answer.content) == (404, b"")
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_live_route_takes_no_other_method(
    served_app: ServedApp, world: World, method: str, subtests: pytest.Subtests
) -> None:
    before = Change.objects.count()
    for path in LIVE:
        for role, person in world.people.items():
            with subtests.test(path=path, role=role), served_app.client(person) as client:
                assert client.request(method, path).status_code == 404
    assert Change.objects.count() == before


@pytest.mark.parametrize("about", WRITABLE)
def test_everybody_hears_of_the_channels_that_they_read_and_of_no_other(
    world: World,
    readers: dict[str, LiveReader],
    last_words: Any,
    about: str,
    subtests: pytest.Subtests,
) -> None:
    alice, channel = world.people[MANAGER], channel_of(world, about)
    message = say(channel, alice)
    if not channel.is_direct:
        set_topic(channel=channel, topic="A secret topic", by=alice)
    end = last_words()

    for role in sorted(EVERYBODY):
        with subtests.test(role=role):
            heard = readers[role].until(end)
            of_it = [one for one in heard if one.get("channel") == channel.channel_id]
            assert (message in [one.get("message") for one in of_it]) == (role in READERS[about])
            assert bool(of_it) == (role in READERS[about])
            assert "secret" not in str(heard)


@pytest.mark.parametrize("about", WRITABLE)
def test_what_was_missed_is_told_to_its_readers_alone(
    served_app: ServedApp,
    world: World,
    last_words: Any,
    about: str,
    subtests: pytest.Subtests,
) -> None:
    since = Change.objects.order_by("-pk").values_list("pk", flat=True)[0]
    channel = channel_of(world, about)
    message, end = say(channel, world.people[MANAGER]), last_words()

    for role, person in world.people.items():
        with (
            subtests.test(role=role),
            served_app.live(person, query=f"?since={since}") as reader,
        ):
            heard = reader.until(end)
            assert [one.get("message") for one in heard] == (
                [message] if role in READERS[about] else []
            )


def test_who_left_or_was_removed_hears_nothing_more_of_a_private_channel(
    world: World, readers: dict[str, LiveReader], last_words: Any
) -> None:
    alice, bob, eve = (world.people[role] for role in (MANAGER, INSIDER, EX_MANAGER))
    secret = channel_of(world, "secret")
    leave_channel(channel=secret, member=bob)
    remove_from_channel(channel=secret, member=eve, by=alice)
    end = last_words()
    for role in (INSIDER, EX_MANAGER):
        readers[role].until(end)

    say(secret, alice)
    end = last_words()

    assert readers[INSIDER].until(end) == []
    assert readers[EX_MANAGER].until(end) == []


@pytest.mark.parametrize("role", [GUEST, INSIDER])
def test_the_streams_of_who_is_deactivated_end_and_no_new_one_opens(
    served_app: ServedApp, world: World, readers: dict[str, LiveReader], role: str
) -> None:
    person = world.people[role]
    with served_app.client(person) as client:
        deactivate_member(member=person, by=world.people[ADMIN])

        readers[role].wait_for_end()

        assert client.get("/live").status_code == 404


@pytest.mark.parametrize("role", [GUEST, INSIDER])
def test_the_streams_of_who_signs_out_end(
    served_app: ServedApp, world: World, readers: dict[str, LiveReader], role: str
) -> None:
    cookie = readers[role].response.request.headers["cookie"]
    browser = Client()
    browser.cookies.load(cookie)
    assert browser.post("/sign-out").status_code == 302

    assert readers[role].wait_for_end() == []
    assert httpx.get(f"{served_app.url}/live", headers={"Cookie": cookie}).status_code == 404
