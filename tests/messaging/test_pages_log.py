"""How a channel's messages are grouped, divided and cut into pages."""

import datetime

import pytest
from django.utils import timezone, translation

from messaging.models import App, Message
from messaging.services import post_message
from messaging.views import log

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)


@pytest.fixture
def say(support):
    """Post as somebody, some minutes after noon."""

    def post(sender, minutes=0, text="Hello"):
        message = post_message(channel=support, sender=sender, text=text)
        message.created_at = NOON + datetime.timedelta(minutes=minutes)
        message.save(update_fields=["created_at"])
        return message

    return post


@pytest.fixture
def lines(support, alice):
    def build(window=None, **more):
        return log.lines_of(window or log.newest(support), channel=support, reader=alice, **more)

    return build


def test_messages_of_one_sender_within_five_minutes_are_one_group(say, lines, alice, bob):
    for sender, minutes in [(bob, 0), (bob, 4), (bob, 9), (alice, 10), (bob, 11)]:
        say(sender, minutes)

    assert [line.is_more for line in lines()] == [False, True, False, False, False]


def test_a_group_ends_with_the_day(say, lines, bob):
    for minutes in (12 * 60 - 2, 12 * 60 + 1):  # 23:58 and 00:01
        say(bob, minutes)

    assert [line.is_more for line in lines()] == [False, False]


def test_an_app_and_a_member_with_the_same_key_are_two_senders(say, lines, bob):
    say(bob)
    say(App.objects.create(pk=bob.pk, name="Robot"), 1)

    assert [line.is_more for line in lines()] == [False, False]


def test_a_new_day_has_a_rule_in_the_readers_time_zone(say, lines, bob):
    for minutes in (0, 11 * 60 + 30, 12 * 60 + 30):  # 12:00, 23:30 and 00:30 in UTC
        say(bob, minutes)

    with timezone.override("UTC"):
        assert [bool(line.day) for line in lines()] == [True, False, True]
    with timezone.override("Europe/Paris"):
        assert [bool(line.day) for line in lines()] == [True, True, False]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (datetime.date(2026, 11, 24), "Today, Tuesday 24 November"),
        (datetime.date(2026, 11, 23), "Yesterday, Monday 23 November"),
        (datetime.date(2026, 11, 2), "Monday 2 November"),
        (datetime.date(2025, 11, 24), "Monday 24 November 2025"),
    ],
)
def test_days_have_names(day, name):
    assert log.day_name(day, datetime.date(2026, 11, 24)) == name


def test_days_begin_with_a_capital_letter_in_french_too():
    with translation.override("fr"):
        name = log.day_name(datetime.date(2026, 11, 2), datetime.date(2026, 11, 24))

    assert name == "Lundi 2 novembre"


def test_the_rule_above_what_is_new_stands_over_the_first_unread_of_others(say, lines, alice, bob):
    seen, _mine, first, _second = (say(who) for who in (bob, alice, bob, bob))

    news = [line.message for line in lines(last_read=seen.pk) if line.is_new]

    assert news == [first]


def test_a_message_below_the_new_rule_names_its_sender_again(say, lines, bob):
    seen, _new = say(bob), say(bob)

    assert [line.is_more for line in lines(last_read=seen.pk)] == [False, False]


def test_only_a_mention_is_for_me(say, lines, alice, bob):
    say(bob, text=f"<@{alice.member_id}> look")
    say(bob, text=f"<@{bob.member_id}> look")
    say(bob, text="alice, look")

    assert [line.is_mine for line in lines()] == [True, False, False]


def test_over_twelve_lines_are_folded(say, lines, bob):
    say(bob, text="\n".join("x" * 12))
    say(bob, text="\n".join("x" * 13))
    say(bob, text="x" * 1_300)

    assert [line.is_long for line in lines()] == [False, True, True]


@pytest.fixture
def many(support, bob):
    """A hundred and twenty messages, with those of another channel between them."""
    from tests.builders import make_channel

    other = make_channel(by=bob)
    Message.objects.bulk_create(
        Message(channel=channel, member=bob, text=str(number), body=[])
        for number in range(120)
        for channel in (support, other)
    )
    return list(Message.objects.filter(channel=support))


def test_the_page_ends_with_the_newest(many, support):
    window = log.newest(support)

    assert window.messages == many[-50:]
    assert (window.has_older, window.has_newer) == (True, False)
    assert window.previous == many[-51]


def test_pages_upwards_meet_without_gap_or_double(many, support):
    found, window = [], log.newest(support)
    while window.messages:
        found = window.messages + found
        window = log.before(support, window.messages[0].pk)

    assert found == many
    assert not window.has_older


def test_pages_downwards_meet_without_gap_or_double(many, support):
    found, window = [], log.after(support, 0)
    while window.messages:
        found += window.messages
        assert window.has_newer is (found[-1] != many[-1])
        window = log.after(support, found[-1].pk)

    assert found == many


def test_a_message_is_shown_with_both_its_sides(many, support):
    window = log.around(support, many[60])

    assert window.messages == many[36:86]
    assert (window.has_older, window.has_newer) == (True, True)


def test_the_first_message_is_shown_without_an_older_side(many, support):
    window = log.around(support, many[0])

    assert window.messages == many[:26]
    assert not window.has_older
