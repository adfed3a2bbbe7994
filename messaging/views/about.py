"""About one channel: who is in it, its topic and name, leaving and archiving."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging import services
from messaging.forms import InviteForm, RenameForm, TopicForm
from messaging.models import Channel, Member
from messaging.toasts import say
from messaging.views.access import membership_in, reader_of, visible_channel

SUGGESTIONS = 200


@require_safe
def members(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Show who is in the channel, and what the reader may change."""
    channel = visible_channel(request, channel_id)
    return redirect(channel) if channel.is_direct else _page(request, channel)


@require_POST
def topic(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Set the topic."""
    channel = visible_channel(request, channel_id)
    form = TopicForm(request.POST)
    if not form.is_valid():
        return _page(request, channel, status=422, topic_form=form)
    services.set_topic(channel=channel, topic=form.cleaned_data["topic"], by=reader_of(request))
    say(request, _("Topic saved"))
    return redirect("messaging:channel_members", channel.channel_id)


@require_POST
def rename(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Rename the channel."""
    channel = visible_channel(request, channel_id)
    form = RenameForm(request.POST)
    if form.is_valid():
        try:
            services.rename_channel(
                channel=channel, name=form.cleaned_data["name"], by=reader_of(request)
            )
        except ValidationError as error:
            channel.refresh_from_db()
            form.add_error("name", error.messages)
        else:
            say(request, _("The channel is called %(channel)s now.") % {"channel": channel})
            return redirect("messaging:channel_members", channel.channel_id)
    return _page(request, channel, status=422, rename_form=form)


@require_POST
def invite(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Add somebody to the channel."""
    channel = visible_channel(request, channel_id)
    form = InviteForm(request.POST, by=reader_of(request))
    if not form.is_valid():
        return _page(request, channel, status=422, invite_form=form)
    person = form.cleaned_data["person"]
    is_new = services.invite_to_channel(channel=channel, member=person, by=reader_of(request))
    words = {"name": person, "channel": channel}
    text = _("%(name)s is in %(channel)s now.") if is_new else _("%(name)s was here already.")
    say(request, text % words)
    return redirect("messaging:channel_members", channel.channel_id)


@require_POST
def remove(request: HttpRequest, channel_id: str, member_id: str) -> HttpResponse:
    """Remove somebody else from the channel."""
    channel = visible_channel(request, channel_id)
    person = get_object_or_404(Member, member_id=member_id, memberships__channel=channel)
    services.remove_from_channel(channel=channel, member=person, by=reader_of(request))
    say(request, _("%(name)s is no longer in %(channel)s.") % {"name": person, "channel": channel})
    return redirect("messaging:channel_members", channel.channel_id)


@require_POST
def archive(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Archive the channel."""
    channel = visible_channel(request, channel_id)
    services.archive_channel(channel=channel, by=reader_of(request))
    say(request, _("%(channel)s is archived.") % {"channel": channel})
    return redirect(channel)


@require_POST
def unarchive(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Open an archived channel again."""
    channel = visible_channel(request, channel_id)
    services.unarchive_channel(channel=channel, by=reader_of(request))
    say(request, _("%(channel)s is open again.") % {"channel": channel})
    return redirect(channel)


def _page(
    request: HttpRequest, channel: Channel, *, status: int = 200, **forms: Any
) -> HttpResponse:
    reader = reader_of(request)
    people = Member.objects.filter(memberships__channel=channel).order_by(
        "-is_active", "display_name", "pk"
    )
    is_in = membership_in(channel, reader) is not None
    may_change = is_in and not reader.is_guest and not channel.is_archived
    context: dict[str, Any] = {
        "channel": channel,
        "people": people,
        "is_in": is_in,
        "may_change": may_change,
        "may_administer": services.may_administer(channel=channel, member=reader),
        "topic_form": TopicForm(initial={"topic": channel.topic}),
        "rename_form": RenameForm(initial={"name": channel.name}),
        "invite_form": InviteForm(by=reader),
        **forms,
    }
    if may_change:
        others = Member.objects.visible_to(reader).active().exclude(memberships__channel=channel)
        context["suggestions"] = others[:SUGGESTIONS]
    return render(request, "messaging/channel_members.html", context, status=status)
