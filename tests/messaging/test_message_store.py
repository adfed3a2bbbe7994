"""Each short statement for messages does what its ORM equivalent does, on both databases."""

import datetime

import pytest
from django.db.models import Q

from messaging.message_store import channel_for_posting, insert_message, insert_message_change
from messaging.models import Change, Channel, Message
from messaging.models.channel import own_direct_key
from messaging.mrkdwn.tokens import text_token
from messaging.services import archive_channel, deactivate_member, direct_channel
from tests.builders import make_channel, make_workflow
from tests.raw_rows import raw_row

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=datetime.UTC)
TEXT = 'é “quoted” \\ \x01 \u2028 \U0001f3ab\n {"a": [1]}'
BODY = [{"t": "p", "c": [text_token(TEXT), {"t": "value", "v": "</script>"}]}]


@pytest.mark.parametrize("sender", ["member", "app"])
def test_insert_message(alice, support, sender):
    app = make_workflow(alice, channel=support).app
    parent = Message.objects.create(channel=support, member=alice, text="thread")
    member_key, app_key = (alice.pk, None) if sender == "member" else (None, app.pk)

    key = insert_message(
        channel=support.pk,
        member=member_key,
        app=app_key,
        text=TEXT,
        body=BODY,
        parent=parent.pk,
        now=NOW,
    )

    by_orm = Message.objects.create(
        channel_id=support.pk,
        member_id=member_key,
        app_id=app_key,
        text=TEXT,
        body=BODY,
        parent_id=parent.pk,
        created_at=NOW,
    )
    assert raw_row(Message, key) == raw_row(Message, by_orm.pk)
    assert key < by_orm.pk
    stored = Message.objects.get(pk=key)
    assert (stored.text, stored.body) == (TEXT, BODY)


def test_insert_message_without_a_thread(alice, support):
    key = insert_message(
        channel=support.pk, member=alice.pk, app=None, text="", body=[], parent=None, now=NOW
    )

    by_orm = Message.objects.create(channel=support, member=alice, created_at=NOW)
    assert raw_row(Message, key) == raw_row(Message, by_orm.pk)


def test_insert_message_change(alice, support):
    message = Message.objects.create(channel=support, member=alice, text="x")

    key = insert_message_change(channel=support.pk, message=message.pk, now=NOW)

    by_orm = Change.objects.create(
        kind=Change.Kind.MESSAGE_POSTED,
        channel_id=support.pk,
        message_id=message.pk,
        created_at=NOW,
    )
    assert raw_row(Change, key) == raw_row(Change, by_orm.pk)


def found_by_orm(channel_id, member):
    own = Q(direct_key=own_direct_key(member.pk))
    channel = Channel.objects.filter(~Q(kind="direct") | own, channel_id=channel_id).first()
    if channel is None:
        return None, False
    inside = channel.memberships.filter(member=member, member__is_active=True)
    return channel, inside.exists()


@pytest.mark.parametrize("is_private", [False, True])
def test_channel_for_posting(alice, bob, charlie, dana, gus, is_private):
    channel = make_channel("here", by=alice, members=(bob, gus), is_private=is_private)
    make_channel("elsewhere", by=charlie)
    deactivate_member(member=gus, by=dana)

    for member in (alice, bob, charlie, gus):
        found, is_inside = channel_for_posting(channel.channel_id, member.pk)

        expected, is_expected = found_by_orm(channel.channel_id, member)
        assert (found, is_inside) == (expected, is_expected)
        for name in ("channel_id", "kind", "name", "archived_at"):
            assert getattr(found, name) == getattr(expected, name)
        assert is_inside is (member in (alice, bob))


def test_channel_for_posting_tells_what_is_archived(alice, support):
    archive_channel(channel=support, by=alice)

    found, _ = channel_for_posting(support.channel_id, alice.pk)

    assert found.is_archived
    assert found.archived_at == Channel.objects.get(pk=support.pk).archived_at


def test_channel_for_posting_finds_no_direct_messages_and_nothing_unknown(alice, bob):
    direct = direct_channel(member=alice, other=bob)

    for channel_id in (direct.channel_id, "C0", ""):
        assert channel_for_posting(channel_id, alice.pk) == (None, False)
        assert found_by_orm(channel_id, alice) == (None, False)


def test_channel_for_posting_finds_a_member_s_own_direct_messages(alice, bob, dana):
    own = direct_channel(member=alice, other=alice)

    for member in (alice, bob):
        found = channel_for_posting(own.channel_id, member.pk)
        assert found == found_by_orm(own.channel_id, member)
        assert found == ((own, True) if member == alice else (None, False))
    deactivate_member(member=alice, by=dana)
    assert channel_for_posting(own.channel_id, alice.pk) == (own, False)


def test_channel_for_posting_for_nobody(support):
    found, is_inside = channel_for_posting(support.channel_id, None)

    assert (found, is_inside) == (support, False)


def test_a_channel_found_for_posting_can_be_pointed_at(alice, support):
    found, _ = channel_for_posting(support.channel_id, alice.pk)

    message = Message.objects.create(channel=found, member=alice, text="x")

    assert message.channel == support
