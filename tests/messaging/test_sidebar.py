"""The sidebar and pages with any number of conversations and mentions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.directory import Directory
from messaging.models import Channel, Member, Membership, Message
from messaging.sidebar import SHOWN_DIRECTS, Sidebar

pytestmark = pytest.mark.django_db

MOST_VALUES = 1000  # in one statement: SQLite may be built to take no more


def write_to(member: Member, people: int, *, messages: int = 1) -> list[Member]:
    """Have so many people write to the member."""
    others = Member.objects.bulk_create(
        Member(email=f"p{n}@example.org", display_name=f"P{n}", member_id=f"UP{n:08d}")
        for n in range(people)
    )
    channels = Channel.objects.bulk_create(
        Channel(kind=Channel.Kind.DIRECT, channel_id=f"DP{n:08d}", direct_key=f"test:{n}")
        for n in range(people)
    )
    Membership.objects.bulk_create(
        Membership(channel=channel, member=one)
        for channel, other in zip(channels, others, strict=True)
        for one in (member, other)
    )
    Message.objects.bulk_create(
        Message(channel=channel, member=other, body=[], text="Hello")
        for _ in range(messages)
        for channel, other in zip(channels, others, strict=True)
    )
    return others


def most_values(queries: CaptureQueriesContext) -> int:
    """Return how many values the statement with most of them has; texts count by their commas."""
    return max(query["sql"].count(", ") for query in queries)


def test_a_thousand_unread_conversations_open(signed_in, alice, bob) -> None:
    others = write_to(alice, 1100)
    Membership.objects.filter(member=alice).order_by("pk").last().channel.messages.create(
        member=others[-1], body=[], text="Again"
    )

    with CaptureQueriesContext(connection) as queries:
        sidebar = Sidebar.of(alice)

    assert len(queries) == 5
    assert most_values(queries) < MOST_VALUES
    assert [one.unread for one in sidebar.directs].count(1) == 1099
    assert {one.label for one in sidebar.directs} == {one.display_name for one in others}
    assert sidebar.unread == 1100
    assert signed_in(alice).get("/channels").status_code == 200


def test_what_was_read_is_not_counted(alice) -> None:
    others = write_to(alice, 3, messages=2)
    read, half, _new = Membership.objects.filter(member=alice).order_by("pk")
    for one, place in ((read, 1), (half, 0)):
        key = one.channel.messages.order_by("pk").values_list("pk", flat=True)[place]
        Membership.objects.filter(pk=one.pk).update(last_read=key)

    directs = Sidebar.of(alice).directs

    assert [one.unread for one in directs] == [0, 1, 2]
    assert [one.other for one in directs] == others


def test_of_what_was_read_only_the_newest_are_listed(alice) -> None:
    write_to(alice, SHOWN_DIRECTS + 5)
    newest = Message.objects.order_by("pk").last().pk
    Membership.objects.filter(member=alice).update(last_read=newest)

    assert len(Sidebar.of(alice).directs) == SHOWN_DIRECTS


def test_any_number_of_mentions_is_looked_up(alice) -> None:
    others = write_to(alice, 1500)
    body = [
        {
            "t": "p",
            "c": [
                *({"t": "user", "id": one.member_id, "as": "mention"} for one in others),
                *({"t": "user", "id": f"UX{n:08d}", "as": "mention"} for n in range(2000)),
                *({"t": "channel", "id": f"CX{n:08d}"} for n in range(2000)),
            ],
        }
    ]

    with CaptureQueriesContext(connection) as queries:
        directory = Directory.of(body)

    assert set(directory.members) == {one.member_id for one in others}
    if connection.features.max_query_params:
        assert most_values(queries) < MOST_VALUES + 50  # the columns' names too
