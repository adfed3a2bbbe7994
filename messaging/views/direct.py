"""Direct messages: with oneself, with somebody else, with a workflow."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from messaging.models import Channel, Member
from messaging.services import direct_channel
from messaging.views.access import reader_of

SHOWN = 50


@require_safe
def direct(request: HttpRequest) -> HttpResponse:
    """Find whom to write to."""
    reader = reader_of(request)
    query = request.GET.get("q", "").strip().removeprefix("@")[:254].replace("\0", "")
    people = Member.objects.visible_to(reader).active().exclude(pk=reader.pk)
    if query:
        people = people.filter(Q(display_name__icontains=query) | Q(email__iexact=query))
    found = list(people[: SHOWN + 1])
    context = {"people": found[:SHOWN], "has_more": len(found) > SHOWN, "query": query}
    return render(request, "messaging/direct.html", context)


@require_safe
def member(request: HttpRequest, member_id: str) -> HttpResponse:
    """Open the direct messages with a member, made on first use."""
    reader = reader_of(request)
    other = get_object_or_404(Member.objects.visible_to(reader), member_id=member_id)
    return redirect(direct_channel(member=reader, other=other))


@require_safe
def sidebar(request: HttpRequest) -> HttpResponse:
    """Return the sidebar alone: a script asks for it when channels came or went."""
    wanted = request.GET.get("channel", "")[:40].replace("\0", "")
    visible = Channel.objects.visible_to(reader_of(request))
    context = {
        "channel": visible.filter(channel_id=wanted).first() if wanted else None,
        "in_workflows": request.GET.get("in") == "workflows",
    }
    return render(request, "_sidebar.html", context)
