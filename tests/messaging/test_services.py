"""What can be done to channels and messages, by whom, and who hears of it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from messaging import live
from messaging.models import App, Change, Channel, Member, Membership, Message
from messaging.services import (
    ChannelArchived,
    add_member,
    archive_channel,
    create_channel,
    create_member,
    deactivate_member,
    direct_channel,
    invite_to_channel,
    join_channel,
    leave_channel,
    mark_as_read,
    may_administer,
    post_message,
    remove_from_channel,
    rename_channel,
    set_topic,
    unarchive_channel,
)
from messaging.signals import channel_archived, member_deactivated, member_joined
from tests.builders import make_channel, make_member, make_owner, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(db):
    return App.objects.create(name="Tickets", icon=":ticket:")


@pytest.fixture
def heard():
    """What each signal was sent with."""
    heard = []

    def hear(signal, **sent):
        sent.pop("sender")
        heard.append(sent)

    signals = (member_joined, member_deactivated, channel_archived)
    for signal in signals:
        signal.connect(hear)
    yield heard
    for signal in signals:
        signal.disconnect(hear)


def changes():
    return list(Change.objects.values_list("kind", "channel", "member"))


# --- Posting --------------------------------------------------------------------------------------


def test_a_message_is_kept_as_text_and_as_tokens(alice, support):
    message = post_message(channel=support, sender=alice, text="*New* <https://a.example|link>")

    stored = Message.objects.get()
    assert stored == message
    assert (stored.sender, stored.member, stored.app) == (alice, alice, None)
    assert stored.text == "New link (https://a.example)"
    assert stored.body[0]["c"][0]["t"] == "b"
    assert (message.text, message.body) == (stored.text, stored.body)
    assert message.created_at == stored.created_at


def test_an_app_posts_under_its_own_name(app, support):
    post_message(channel=support, sender=app, text="hello")

    stored = Message.objects.get()
    assert (stored.sender, stored.member, stored.app) == (app, None, app)


def test_a_message_has_a_change_and_a_reply_its_thread(alice, support):
    Change.objects.all().delete()
    parent = post_message(channel=support, sender=alice, text="question")

    reply = post_message(channel=support, sender=alice, text="answer", parent=parent)

    assert reply.parent == parent
    kept = Change.objects.order_by("pk").values_list("kind", "channel", "message")
    assert list(kept) == [("message_posted", support.pk, one.pk) for one in (parent, reply)]


def test_open_pages_are_told_after_the_commit_only(
    alice, support, django_capture_on_commit_callbacks
):
    woken = []
    live.listen(listener := lambda: woken.append(1))
    try:
        with django_capture_on_commit_callbacks() as callbacks:
            post_message(channel=support, sender=alice, text="hello")
        assert woken == []
        for callback in callbacks:
            callback()
    finally:
        live.stop_listening(listener)

    assert woken


def test_a_message_that_is_rolled_back_leaves_nothing(alice, support):
    Change.objects.all().delete()

    with transaction.atomic():
        post_message(channel=support, sender=alice, text="hello")
        transaction.set_rollback(True)

    assert not Message.objects.exists()
    assert not Change.objects.exists()


def test_nothing_is_posted_in_an_archived_channel(alice, support):
    archive_channel(channel=support, by=alice)

    with pytest.raises(ChannelArchived):
        post_message(channel=support, sender=alice, text="too late")

    assert not Message.objects.exists()


def test_a_long_message_is_cut_visibly(alice, support):
    message = post_message(channel=support, sender=alice, text="x" * 13_000)

    assert len(message.text) < 12_100
    assert not message.text.endswith("x")


def mentioned(message):
    return [one["id"] for one in message.body[0]["c"] if one.get("as") == "mention"]


def test_who_may_not_see_the_channel_is_named_but_not_mentioned(
    alice, bob, charlie, dana, gus, secret
):
    add_member(channel=secret, member=gus, by=alice)
    deactivate_member(member=bob, by=dana)
    text = " ".join(f"<@{one.member_id}>" for one in (alice, bob, charlie, gus))

    message = post_message(channel=secret, sender=alice, text=text)

    assert mentioned(message) == [alice.member_id, gus.member_id]
    assert message.text == "@Alice Bob Charlie @Gus"


def test_in_a_public_channel_all_but_guests_from_elsewhere_are_mentioned(
    alice, charlie, gus, support
):
    text = f"<@{charlie.member_id}> <@{gus.member_id}> <@U999999999>"

    message = post_message(channel=support, sender=alice, text=text)

    assert message.text == "@Charlie Gus @U999999999"
    assert gus.member_id not in mentioned(message)


@pytest.mark.parametrize(("mentions", "queries"), [(0, 2), (1, 3)])
def test_a_message_takes_few_statements(
    alice, bob, support, mentions, queries, django_assert_num_queries
):
    with django_assert_num_queries(queries), transaction.atomic(savepoint=False):
        post_message(channel=support, sender=alice, text=f"<@{bob.member_id}>" * mentions + "x")


# --- Channels -------------------------------------------------------------------------------------


def test_a_channel_begins_with_its_creator_in_it(alice, heard):
    channel = create_channel(name=" #Big News ", by=alice, topic="all of it")

    assert (channel.name, channel.topic, channel.is_public) == ("big-news", "all of it", True)
    assert channel.has_member(alice)
    assert heard == [{"channel": channel, "member": alice, "by": alice}]


@pytest.mark.parametrize("name", ["", "#", "a b/c", "x" * 81, "SUPPORT", "a.b", "<b>"])
def test_a_name_that_is_bad_or_taken_makes_no_channel(alice, support, name):
    with pytest.raises(ValidationError):
        create_channel(name=name, by=alice)

    assert Channel.objects.get() == support


def test_a_public_channel_is_joined_once(charlie, support, heard):
    assert join_channel(channel=support, member=charlie) is True
    assert join_channel(channel=support, member=charlie) is False

    assert heard == [{"channel": support, "member": charlie, "by": charlie}]


def test_who_joins_has_read_what_was_there(alice, charlie, support):
    message = post_message(channel=support, sender=alice, text="old")

    join_channel(channel=support, member=charlie)

    assert Membership.objects.get(channel=support, member=charlie).last_read == message.pk


def test_nobody_joins_what_is_private_archived_or_direct_and_guests_nothing(
    alice, bob, charlie, gus, secret, support
):
    direct = direct_channel(member=alice, other=bob)
    archived = make_channel("old", by=alice)
    archive_channel(channel=archived, by=alice)

    for channel in (secret, direct, archived):
        with pytest.raises(PermissionDenied):
            join_channel(channel=channel, member=charlie)
    with pytest.raises(PermissionDenied):
        join_channel(channel=support, member=gus)


def test_who_is_in_a_channel_invites(bob, charlie, gus, secret, heard):
    assert invite_to_channel(channel=secret, member=charlie, by=bob) is True
    assert invite_to_channel(channel=secret, member=gus, by=bob) is True
    assert invite_to_channel(channel=secret, member=gus, by=bob) is False

    assert [one["by"] for one in heard] == [bob, bob]


def test_strangers_admins_and_guests_do_not_invite(alice, charlie, dana, gus, secret):
    add_member(channel=secret, member=gus, by=alice)

    for by in (charlie, dana, gus):
        with pytest.raises(PermissionDenied):
            invite_to_channel(channel=secret, member=make_member(), by=by)


def test_nobody_deactivated_is_invited(alice, bob, dana, support):
    other = make_member("Eve")
    deactivate_member(member=other, by=dana)

    with pytest.raises(ValidationError):
        invite_to_channel(channel=support, member=other, by=bob)


def test_who_leaves_is_out_and_pages_hear_of_it_once(bob, support):
    Change.objects.all().delete()

    leave_channel(channel=support, member=bob)
    leave_channel(channel=support, member=bob)

    assert not support.has_member(bob)
    assert changes() == [("membership_changed", support.pk, bob.pk)]


def test_direct_messages_are_not_left(alice, bob):
    with pytest.raises(PermissionDenied):
        leave_channel(channel=direct_channel(member=alice, other=bob), member=alice)


def test_who_administers_a_channel(alice, bob, charlie, dana, gus, support, secret):
    """PRODUCT §5: the creator, and team admins; a private one only while in it."""
    direct = direct_channel(member=alice, other=bob)
    people = (alice, bob, charlie, dana, gus)

    def administrators(channel):
        return [one.display_name for one in people if may_administer(channel=channel, member=one)]

    assert administrators(support) == ["Alice", "Dana"]
    assert administrators(secret) == ["Alice"]
    assert administrators(direct) == []
    add_member(channel=secret, member=dana, by=alice)
    leave_channel(channel=secret, member=alice)
    assert administrators(secret) == ["Dana"]


@pytest.mark.parametrize(
    "act",
    [
        lambda channel, by: rename_channel(channel=channel, name="other", by=by),
        lambda channel, by: archive_channel(channel=channel, by=by),
        lambda channel, by: unarchive_channel(channel=channel, by=by),
        lambda channel, by: remove_from_channel(channel=channel, member=by, by=by),
    ],
    ids=["rename", "archive", "unarchive", "remove"],
)
def test_others_administer_nothing(bob, charlie, gus, support, act):
    for by in (bob, charlie, gus):
        with pytest.raises(PermissionDenied):
            act(support, by)

    support.refresh_from_db()
    assert (support.name, support.is_archived) == ("support", False)
    assert support.has_member(bob)


def test_an_archived_channel_is_told_once_and_opens_again(alice, support, heard):
    archive_channel(channel=support, by=alice)
    archive_channel(channel=support, by=alice)
    assert heard == [{"channel": support, "by": alice}]
    assert Channel.objects.get(pk=support.pk).is_archived

    unarchive_channel(channel=support, by=alice)

    assert not Channel.objects.get(pk=support.pk).is_archived
    post_message(channel=support, sender=alice, text="back")


def test_a_new_name_is_cleaned_and_must_be_free(alice, support):
    make_channel("taken", by=alice)

    rename_channel(channel=support, name="#Help Desk", by=alice)

    assert Channel.objects.get(pk=support.pk).name == "help-desk"
    with pytest.raises(ValidationError):
        rename_channel(channel=support, name="Taken", by=alice)


def test_who_is_in_a_channel_sets_its_topic(bob, charlie, support):
    set_topic(channel=support, topic=" Tickets ", by=bob)

    assert Channel.objects.get(pk=support.pk).topic == "Tickets"
    with pytest.raises(PermissionDenied):
        set_topic(channel=support, topic="mine", by=charlie)


def test_who_administers_removes_others(alice, bob, support):
    remove_from_channel(channel=support, member=bob, by=alice)

    assert not support.has_member(bob)


# --- Direct messages ------------------------------------------------------------------------------


def test_direct_messages_are_one_for_each_pair_whoever_begins(alice, bob, app):
    ours = direct_channel(member=alice, other=bob)

    assert direct_channel(member=bob, other=alice) == ours
    assert set(ours.members.all()) == {alice, bob}
    assert ours.channel_id.startswith("D")
    mine = direct_channel(member=alice, other=alice)
    apps = direct_channel(member=alice, other=app)
    assert list(mine.members.all()) == list(apps.members.all()) == [alice]
    assert (apps.app, mine.app) == (app, None)
    assert len({ours.pk, mine.pk, apps.pk}) == 3


def test_direct_messages_that_exist_cost_one_query(alice, app, django_assert_num_queries):
    direct_channel(member=alice, other=app)

    with django_assert_num_queries(1):
        direct_channel(member=alice, other=app)


def test_what_was_read_never_becomes_unread(alice, support):
    mark_as_read(channel=support, member=alice, key=5)
    mark_as_read(channel=support, member=alice, key=3)

    assert Membership.objects.get(channel=support, member=alice).last_read == 5


# --- Members --------------------------------------------------------------------------------------


def test_a_new_member_is_in_the_default_channels_and_a_guest_in_none(alice, support, secret):
    make_workspace().default_channels.set([support, secret])
    archive_channel(channel=secret, by=alice)

    member = create_member(email=" new@EXAMPLE.org ", display_name="New", password="secret")
    guest = create_member(
        email="guest@example.org", display_name="G", password=None, role=Member.Role.GUEST
    )

    assert member.email == "new@example.org"
    assert member.check_password("secret")
    assert list(member.channels.all()) == [support]
    assert list(guest.channels.all()) == []
    assert not guest.has_usable_password()


def test_an_address_is_taken_once_whatever_its_case(alice):
    with pytest.raises(ValidationError):
        create_member(email="ALICE@example.org", display_name="Other", password="secret")


def test_admins_deactivate_whom_they_may_and_it_is_told_once(alice, bob, dana, heard):
    deactivate_member(member=bob, by=dana)
    deactivate_member(member=bob, by=dana)

    bob.refresh_from_db()
    assert not bob.is_active
    assert heard == [{"member": bob, "by": dana}]


def test_nobody_deactivates_an_owner_or_themselves_and_members_nobody(alice, bob, dana):
    owner = make_owner()

    for member, by in ((owner, dana), (owner, owner), (dana, dana), (bob, alice)):
        with pytest.raises(PermissionDenied):
            deactivate_member(member=member, by=by)
