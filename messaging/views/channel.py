"""A channel's page, and the pieces of it that scripts ask for."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.context import newest_change
from messaging.forms import MessageForm
from messaging.models import Channel, Member, Message
from messaging.services import ChannelArchived, mark_as_read, may_administer, post_message
from messaging.views import log
from messaging.views.access import membership_in, reader_of, visible_channel

FACES = 3
LARGEST_KEY = 2**63 - 1
IS_SCRIPT = "X-Declic-Script"  # a script sends: answer it with data instead of a page


@require_safe
def channel(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Show the newest messages, or (without a script) the ones before or after a key."""
    seen = newest_change()  # before the messages: nothing can fall between
    found = visible_channel(request, channel_id)
    if "before" in request.GET:
        window = log.before(found, _key(request, "before"))
    elif "after" in request.GET:
        window = log.after(found, _key(request, "after"))
    else:
        window = log.newest(found)
    return _page(request, found, window, live_since=seen)


@require_safe
def message(request: HttpRequest, channel_id: str, key: int) -> HttpResponse:
    """Show the messages around one: its permalink."""
    seen = newest_change()
    found = visible_channel(request, channel_id)
    target = get_object_or_404(Message, channel=found, pk=min(key, LARGEST_KEY))
    window = log.around(found, target)
    return _page(request, found, window, live_since=seen, target=target.pk)


@require_safe
def after(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Return the messages newer than a key, as the page shows them."""
    found = visible_channel(request, channel_id)
    return _fragment(request, found, log.after(found, _key(request, "key")))


@require_safe
def before(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Return the messages older than a key, as the page shows them."""
    found = visible_channel(request, channel_id)
    return _fragment(request, found, log.before(found, _key(request, "key")))


@require_POST
def send(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Post what was written; what can't be posted comes back with its text."""
    found = visible_channel(request, channel_id)
    member = reader_of(request)
    if not found.is_archived and not Conversation(found, member).may_write:
        raise PermissionDenied
    form = MessageForm(request.POST)
    try:
        if form.is_valid():
            posted = post_message(channel=found, sender=member, text=form.cleaned_data["text"])
            mark_as_read(channel=found, member=member, key=posted.pk)
            if request.headers.get(IS_SCRIPT):
                return JsonResponse({"key": posted.pk}, status=201)
            return redirect(found)
    except ChannelArchived:
        form.add_error("text", _("This channel was archived: nothing can be posted any more."))
    if request.headers.get(IS_SCRIPT):
        return JsonResponse({"error": " ".join(map(str, form.errors["text"]))}, status=422)
    return _page(request, found, log.newest(found), form=form, status=422)


@require_POST
def read(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Remember that the member has seen the messages up to a key."""
    found = visible_channel(request, channel_id)
    key = _key(request, "key")
    last = Message.objects.filter(channel=found).order_by("-pk").values_list("pk", flat=True)
    mark_as_read(channel=found, member=reader_of(request), key=min(key, last.first() or 0))
    return HttpResponse(status=204)


class Conversation:
    """The channel as one member meets it: whether they are in it, may write, with whom."""

    def __init__(self, channel: Channel, member: Member) -> None:
        self.channel = channel
        self.member = member
        self.membership = membership_in(channel, member)
        self.other = self._other() if channel.is_direct else None

    def _other(self) -> Any:
        if self.channel.app:
            return self.channel.app
        others = self.channel.memberships.exclude(member=self.member).select_related("member")
        found = others.first()
        return found.member if found else self.member

    @property
    def name(self) -> str:
        """What the page calls it."""
        return self.channel.name or str(self.other)

    @property
    def is_own(self) -> bool:
        """Whether these are the member's notes to themselves."""
        return self.other == self.member

    @property
    def is_with_app(self) -> bool:
        """Whether a program writes here, which reads nothing."""
        return self.channel.app is not None

    @property
    def is_with_workflow(self) -> bool:
        """Whether that program is a workflow; Declic itself is none."""
        return self.channel.app is not None and self.channel.app.is_workflow

    @property
    def may_write(self) -> bool:
        """Whether the member is in it, it is open, and somebody reads it."""
        if self.membership is None or self.channel.is_archived or self.is_with_app:
            return False
        return not (isinstance(self.other, Member) and not self.other.is_active)

    @property
    def may_join(self) -> bool:
        """Whether the member reads a public channel from outside."""
        return (
            self.membership is None
            and self.channel.is_public
            and not self.channel.is_archived
            and not self.member.is_guest
        )

    @property
    def may_administer(self) -> bool:
        """Whether the member may open an archived channel again."""
        return may_administer(channel=self.channel, member=self.member)


def _page(
    request: HttpRequest,
    channel: Channel,
    window: log.Window,
    *,
    form: MessageForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    member = reader_of(request)
    conversation = Conversation(channel, member)
    membership = conversation.membership
    lines = log.lines_of(
        window,
        channel=channel,
        reader=member,
        last_read=membership.last_read if membership else None,
    )
    context |= {
        "channel": channel,
        "conversation": conversation,
        "direct_other": conversation.other,
        "window": window,
        "lines": lines,
        "last_key": log.last_key(lines),
        "form": form or MessageForm(),
    }
    if not channel.is_direct:
        people = Member.objects.active().filter(memberships__channel=channel)
        context["people_count"] = people.count()
        context["faces"] = people.order_by(F("memberships__pk"))[:FACES]
    if membership and not window.has_newer and context["last_key"] > membership.last_read:
        mark_as_read(channel=channel, member=member, key=context["last_key"])
    return render(request, "messaging/channel.html", context, status=status)


def _fragment(request: HttpRequest, channel: Channel, window: log.Window) -> HttpResponse:
    lines = log.lines_of(window, channel=channel, reader=reader_of(request))
    context = {"lines": lines, "window": window}
    return render(request, "messaging/_lines.html", context)


def _key(request: HttpRequest, name: str) -> int:
    """Return the key that the address or the form names; 404 for what is none."""
    given = request.GET.get(name, "") or request.POST.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) <= 19):
        raise Http404
    return min(int(given), LARGEST_KEY - 1)
