"""All channels: browse, create, join, leave."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.forms import ChannelForm
from messaging.models import Channel, Member, Membership, Workspace
from messaging.services import create_channel, join_channel, leave_channel
from messaging.toasts import say
from messaging.views.access import reader_of, visible_channel

PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to where the member starts: a default channel, else one of theirs, else their notes."""
    member = reader_of(request)
    mine = Channel.objects.with_member(member).named().open()
    defaults = Workspace.current().default_channels.values("pk")
    start = mine.filter(pk__in=defaults).first() or mine.first()
    return redirect(start or member)


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """List the channels that the member may see, to open or to join."""
    member = reader_of(request)
    query = request.GET.get("q", "").strip().removeprefix("#")[:80].replace("\0", "")
    shown = request.GET.get("show", "")
    found = _listed(member, query, shown)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": query, "show": shown, "is_filtered": bool(query or shown)}
    return render(request, "messaging/channels.html", context)


def _listed(member: Member, query: str, shown: str) -> QuerySet[Channel]:
    mine = Membership.objects.filter(channel=OuterRef("pk"), member=member)
    found = Channel.objects.visible_to(member).named().annotate(is_mine=Exists(mine))
    found = found.filter(archived_at__isnull=shown != "archived")
    if shown in {"mine", "others"}:
        found = found.filter(is_mine=shown == "mine")
    if query:
        found = found.filter(Q(name__icontains=query) | Q(topic__icontains=query))
    active = Count("memberships", filter=Q(memberships__member__is_active=True))
    return found.annotate(people=active).order_by("name", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
def new_channel(request: HttpRequest) -> HttpResponse:
    """Create a channel; guests may not."""
    member = reader_of(request)
    if member.is_guest:
        raise PermissionDenied
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            channel = create_channel(
                name=answers["name"],
                topic=answers["topic"],
                is_private=answers["kind"] == Channel.Kind.PRIVATE,
                by=member,
            )
        except ValidationError as error:
            form.add_error("name", error.messages)
        else:
            return redirect(channel)
    return render(request, "messaging/new_channel.html", {"form": form})


@require_POST
def join(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Join a public channel."""
    channel = visible_channel(request, channel_id)
    join_channel(channel=channel, member=reader_of(request))
    return redirect(channel)


@require_POST
def leave(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Leave: a public channel with Undo, a private one was asked for on the page."""
    channel = visible_channel(request, channel_id)
    member = reader_of(request)
    leave_channel(channel=channel, member=member)
    can_return = channel.is_public and not channel.is_archived and not member.is_guest
    undo = reverse("messaging:join", args=[channel.channel_id]) if can_return else ""
    say(request, _("You left %(channel)s.") % {"channel": channel}, undo=undo)
    return redirect("messaging:home")
