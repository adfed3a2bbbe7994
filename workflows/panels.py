"""What workflows add to messaging's pages (messaging/panels.py)."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import ngettext

from messaging.models import Channel
from messaging.panels import panels
from messaging.views.access import reader_of
from workflows.failures import new_failures, shown_count
from workflows.services import may_build
from workflows.starting import menu_kinds, shortcuts_in


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
