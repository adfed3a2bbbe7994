"""What workflow pages are made of: states with shape and word, times in words."""

import datetime

from django import template
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.days import day_in_words
from messaging.models import Member
from messaging.mrkdwn.emoji import emoji_character
from messaging.mrkdwn.placeholders import find_placeholders
from workflows.models import Run, Workflow
from workflows.runs import failures

register = template.Library()

WORKFLOW_TAGS = {
    Workflow.Status.DRAFT: "tag-draft",
    Workflow.Status.LIVE: "tag-live",
    Workflow.Status.CHANGED: "tag-changed",
    Workflow.Status.UNPUBLISHED: "tag-off",
}
RUN_TAGS = {
    Run.Status.WAITING: "tag-run",
    Run.Status.SUCCEEDED: "tag-ok",
    Run.Status.FAILED: "tag-bad",
    Run.Status.CANCELLED: "tag-off",
}


@register.filter
def chips(text: str) -> SafeString:
    """Show a step's setting with its variables painted, as everywhere."""
    pieces: list[str] = []
    done = 0
    for place in find_placeholders(text):
        pieces.append(conditional_escape(text[done : place.start]))
        pieces.append(format_html('<span class="chip">{}</span>', text[place.start : place.end]))
        done = place.end
    pieces.append(conditional_escape(text[done:]))
    return mark_safe("".join(pieces))


@register.filter
def shown_count(count: int) -> str:
    """Show how many failures there are, up to a hundred."""
    return failures.shown_count(count)


@register.simple_tag
def new_failures(workflow: Workflow, member: Member) -> int:
    """Return how many of the workflow's runs failed since the member looked (one query)."""
    return failures.new_failures(member, workflow)


@register.filter
def emoji(icon: str) -> str:
    """Show an icon's character."""
    return emoji_character(icon)


@register.simple_tag
def workflow_status(workflow: Workflow) -> SafeString:
    """Show the workflow's state, shape and word together."""
    status = workflow.status
    return format_html('<span class="tag {}">{}</span>', WORKFLOW_TAGS[status], status.label)


@register.simple_tag
def run_status(run: Run) -> SafeString:
    """Show the run's state, shape and word together."""
    status = Run.Status(run.status)
    return format_html('<span class="tag {}">{}</span>', RUN_TAGS[status], status.label)


@register.filter
def when(moment: datetime.datetime | None) -> SafeString | str:
    """Show a time in words and in the reader's zone: “Today 09:26”, “14 November 2026 17:20”."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), _when(local))


def _when(local: datetime.datetime) -> str:
    time = local.strftime("%H:%M")
    days = (timezone.localdate() - local.date()).days
    if days == 0:
        return _("Today %(time)s") % {"time": time}
    if days == 1:
        return _("Yesterday %(time)s") % {"time": time}
    day = day_in_words(local.date(), today=timezone.localdate())
    return _("%(day)s %(time)s") % {"day": day, "time": time}


@register.filter
def took(length: datetime.timedelta | None) -> str:
    """Show a length of time: “0.4 s” (at least a tenth), “2 min”, “3 h”, “2 days”."""
    if length is None:
        return ""
    seconds = max(length.total_seconds(), 0.1)
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": seconds_number(seconds)}
    if seconds < 3600:
        return _("%(minutes)d min") % {"minutes": seconds // 60}
    if seconds < 48 * 3600:
        return _("%(hours)d h") % {"hours": seconds // 3600}
    days = int(seconds // 86400)
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def seconds_number(seconds: float) -> str:
    """Return seconds with one decimal, written as the reader's language does."""
    return str(localize(round(seconds, 1)))
