"""Where every view begins: the channel, if the reader may see it."""

from typing import cast

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from messaging.models import Channel, Member, Membership


def reader_of(request: HttpRequest) -> Member:
    """Return who is signed in: LoginRequiredMiddleware let nobody else through."""
    return cast(Member, request.user)


def visible_channel(request: HttpRequest, channel_id: str) -> Channel:
    """Return the channel; 404 where it does not exist or is not for the reader."""
    channels = Channel.objects.visible_to(reader_of(request)).select_related("app")
    return get_object_or_404(channels, channel_id=channel_id)


def membership_in(channel: Channel, member: Member) -> Membership | None:
    """Return how far the member has read, if they are in the channel."""
    return channel.memberships.filter(member=member).first()


def local_path(request: HttpRequest, default: str) -> str:
    """Return where the form wants to go next, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else default
