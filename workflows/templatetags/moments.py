"""Times inside sentences: “today at 09:26”, “14 minutes ago”, “in 23 hours”."""

import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.days import day_in_words
from workflows.models import RequestURL

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def at(moment: datetime.datetime | None) -> str:
    """Say when it was or will be, in the reader's zone: “tomorrow at 10:14”."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    today = timezone.localdate()
    days = (local.date() - today).days
    time = {"time": local.strftime("%H:%M")}
    if days == 0:
        return _("today at %(time)s") % time
    if days == 1:
        return _("tomorrow at %(time)s") % time
    if days == -1:
        return _("yesterday at %(time)s") % time
    day = day_in_words(local.date(), today=today)
    return _("on %(day)s at %(time)s") % {"day": day, **time}


@register.filter
def ago(moment: datetime.datetime) -> str:
    """Say how long ago it was."""
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < MINUTE:
        return _("just now")
    if seconds < HOUR:
        n = seconds // MINUTE
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", n) % {"n": n}
    if seconds < 2 * DAY:
        n = seconds // HOUR
        return ngettext("%(n)d hour ago", "%(n)d hours ago", n) % {"n": n}
    n = seconds // DAY
    return ngettext("%(n)d day ago", "%(n)d days ago", n) % {"n": n}


@register.filter
def since(moment: datetime.datetime) -> str:
    """Say for how long it has been so: “6 hours”."""
    return _length(int((timezone.now() - moment).total_seconds()))


@register.filter
def left(moment: datetime.datetime) -> str:
    """Say how much time is left until then: “23 hours”."""
    return _length(int((moment - timezone.now()).total_seconds()))


def _length(seconds: int) -> str:
    if seconds < HOUR:
        n = max(1, seconds // MINUTE)
        return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    if seconds < 2 * DAY:
        n = seconds // HOUR
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    n = seconds // DAY
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


@register.filter
def last_use(url: RequestURL) -> str:
    """Say when a request URL was used last, and by which kind of client."""
    if url.last_used_at is None:
        return _("Not used yet.")
    values = {"when": at(url.last_used_at), "client": url.last_used_by}
    if url.last_used_by:
        return _("Last used %(when)s by %(client)s.") % values
    return _("Last used %(when)s.") % values


@register.filter
def ago_by(url: RequestURL) -> str:
    """Say how long ago a URL was used, and by whom: “14 minutes ago by curl”."""
    if url.last_used_at is None:
        return ""
    values = {"ago": ago(url.last_used_at), "client": url.last_used_by}
    return _("%(ago)s by %(client)s") % values if url.last_used_by else values["ago"]
