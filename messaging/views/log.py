"""A channel's messages as a page shows them: which ones, in groups and days, as HTML."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from messaging import mrkdwn
from messaging.days import day_in_words
from messaging.directory import Directory
from messaging.models import Channel, Member, Message
from messaging.models.message import MessageQuerySet
from messaging.mrkdwn.tokens import leaves

PAGE = 50
GROUP = datetime.timedelta(minutes=5)
FOLDED_LINES = 12
LINE_LENGTH = 100


@dataclass
class Window:
    """Some of a channel's messages in their order, and whether there are older and newer ones."""

    messages: list[Message]
    previous: Message | None = None
    has_newer: bool = False

    @property
    def has_older(self) -> bool:
        """Whether there are messages before these."""
        return self.previous is not None


@dataclass(frozen=True)
class Line:
    """One message as the page shows it."""

    message: Message
    html: SafeString
    is_more: bool
    is_new: bool
    is_mine: bool
    day: str
    lines: int = field(default=0)

    @property
    def is_long(self) -> bool:
        """Whether it is folded."""
        return self.lines > FOLDED_LINES

    @property
    def permalink(self) -> str:
        """The message's own address."""
        return self.message.get_absolute_url()


def newest(channel: Channel) -> Window:
    """Return the end of the log."""
    return before(channel, None)


def before(channel: Channel, key: int | None) -> Window:
    """Return the messages just before the key (None: the last ones); one query."""
    older = _messages(channel) if key is None else _messages(channel).before(key)
    found = list(older.order_by("-pk")[: PAGE + 1])[::-1]
    return Window(
        messages=found[-PAGE:],
        previous=found[0] if len(found) > PAGE else None,
        has_newer=key is not None,
    )


def after(channel: Channel, key: int) -> Window:
    """Return the messages just after the key, and the one before them; two queries."""
    found = list(_messages(channel).after(key).order_by("pk")[: PAGE + 1])
    previous = _messages(channel).before(key + 1).order_by("-pk").first()
    return Window(messages=found[:PAGE], previous=previous, has_newer=len(found) > PAGE)


def around(channel: Channel, message: Message) -> Window:
    """Return the messages on both sides of one."""
    half = PAGE // 2
    older = list(_messages(channel).before(message.pk + 1).order_by("-pk")[: half + 1])[::-1]
    newer = list(_messages(channel).after(message.pk).order_by("pk")[: half + 1])
    return Window(
        messages=older[-half:] + newer[:half],
        previous=older[0] if len(older) > half else None,
        has_newer=len(newer) > half,
    )


def _messages(channel: Channel) -> MessageQuerySet:
    """Return the messages of a channel that the view has found visible."""
    return Message.objects.filter(channel=channel).with_sender()


def lines_of(
    window: Window, *, channel: Channel, reader: Member, last_read: int | None = None
) -> list[Line]:
    """Return the window's messages as lines; `last_read` asks for the rule above what is new."""
    bodies = [message.body for message in window.messages]
    names = Directory.of(*bodies).names_for(reader)
    for message in window.messages:
        message.channel = channel
    first_new = _first_new(window.messages, reader, last_read)
    return [
        Line(
            message=message,
            html=mrkdwn.render_html(message.body, names, me=reader.member_id),
            is_more=message is not first_new and _continues(previous, message),
            is_new=message is first_new,
            is_mine=mentions(message, reader),
            day=_day_rule(previous, message),
            lines=line_count(message.text),
        )
        for previous, message in _pairs(window)
    ]


def _pairs(window: Window) -> Iterator[tuple[Message | None, Message]]:
    previous = window.previous
    for message in window.messages:
        yield previous, message
        previous = message


def _first_new(
    messages: Sequence[Message], reader: Member, last_read: int | None
) -> Message | None:
    if last_read is None:
        return None
    others = (one for one in messages if one.member_id != reader.pk)
    return next((one for one in others if one.pk > last_read), None)


def _continues(previous: Message | None, message: Message) -> bool:
    """Tell whether the same sender goes on within five minutes, on the same day."""
    return (
        previous is not None
        and (previous.member_id, previous.app_id) == (message.member_id, message.app_id)
        and previous.app_as == message.app_as
        and abs(message.created_at - previous.created_at) < GROUP
        and _day(previous) == _day(message)
    )


def mentions(message: Message, member: Member) -> bool:
    """Tell whether the message calls the member."""
    return any(
        token["t"] == "user" and token["as"] == "mention" and token["id"] == member.member_id
        for token in leaves(message.body)
    )


def line_count(text: str) -> int:
    """Guess how many lines the text takes on a wide page."""
    return sum(1 + max(0, len(line) - 1) // LINE_LENGTH for line in text.split("\n"))


def _day(message: Message) -> datetime.date:
    return timezone.localtime(message.created_at).date()


def _day_rule(previous: Message | None, message: Message) -> str:
    """Return the words of the rule above the first message of a day, in the reader's zone."""
    day = _day(message)
    if previous is not None and _day(previous) == day:
        return ""
    return day_name(day, timezone.localdate())


def day_name(day: datetime.date, today: datetime.date) -> str:
    """Return “Today, Tuesday 24 November”; the year where it is another one."""
    name = day_in_words(day, today=today, has_weekday=True)
    if day == today:
        return _("Today, %(day)s") % {"day": name}
    if day == today - datetime.timedelta(days=1):
        return _("Yesterday, %(day)s") % {"day": name}
    return name[:1].upper() + name[1:]


def last_key(lines: Iterable[Line]) -> int:
    """Return the key of the last line, 0 where there is none."""
    return max((line.message.pk for line in lines), default=0)
