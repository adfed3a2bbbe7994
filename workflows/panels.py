"""What workflows add to messaging's pages (messaging/panels.py)."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import ngettext

from messaging.models import Channel
from messaging.panels import panels
from messaging.views.access import reader_of
from workflows.drafts.channel_use import ChannelUse, uses_of
from workflows.models import Workflow
from workflows.runs.failures import new_failures, shown_count
from workflows.runs.starting import menu_kinds, shortcuts_in
from workflows.services import may_build

FROM_WELCOME = "is_from_welcome"  # in the session: pages of workflows lead back there
SHOWN = 50  # workflows of one channel; more are counted


@panels.at("channel_header")
def shortcuts_menu(request: HttpRequest, channel: Channel) -> str:
    """Offer the channel's shortcuts, and a new one to who may build (two queries)."""
    if channel.is_direct or channel.is_archived or not menu_kinds():
        return ""
    kind = menu_kinds()[0]
    shortcuts = list(shortcuts_in(channel))
    builds = may_build(member=reader_of(request), trigger_kind=kind)
    if not shortcuts and not builds:
        return ""
    context = {"channel": channel, "shortcuts": shortcuts, "may_build": builds, "kind": kind}
    return render_to_string("workflows/shortcuts/_menu.html", context, request=request)


@panels.at("sidebar")
def failures_count(request: HttpRequest, subject: None) -> str:
    """Count the failures that the reader has not seen, beside “Your workflows” (one query)."""
    reader = reader_of(request)
    count = 0 if reader.is_guest else new_failures(reader)
    if not count:
        return ""
    word = ngettext("new failure", "new failures", count)
    return format_html(
        '<span class="count count-bad">{}<span class="visually-hidden"> {}</span></span>',
        shown_count(count),
        word,
    )


@panels.at("welcome")
def first_workflow(request: HttpRequest, subject: None) -> str:
    """Begin with a ready workflow, or lead back into the one that was begun (one query)."""
    mine = Workflow.objects.managed_by(reader_of(request)).select_related("app")
    first = mine.order_by("pk").first()
    request.session[FROM_WELCOME] = first is None or not first.is_published
    context = {"first": first, "ready": "support_ticket"}
    return render_to_string("workflows/_welcome.html", context, request=request)


@panels.at("channel_about")
def workflows_that_post_here(request: HttpRequest, channel: Channel) -> str:
    """Name the live workflows that post in the channel (one query).

    Whoever sees the channel reads their messages under the same names.
    """
    return _show("workflows/_post_here.html", request, channel, posting=True)


@panels.at("before_archiving")
def workflows_that_fail(request: HttpRequest, channel: Channel) -> str:
    """Name the live workflows whose runs fail once the channel is archived (one query)."""
    return _show("workflows/_before_archiving.html", request, channel)


def _show(template: str, request: HttpRequest, channel: Channel, *, posting: bool = False) -> str:
    found: Sequence[ChannelUse] = [one for one in uses_of(channel) if one.posts or not posting]
    if not found:
        return ""
    context = {
        "channel": channel,
        "count": len(found),
        "apps": [one.workflow.app for one in found[:SHOWN]],
        "more": max(0, len(found) - SHOWN),
        "has_pages": not reader_of(request).is_guest,
    }
    return render_to_string(template, context, request=request)
