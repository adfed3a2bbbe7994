"""A webhook workflow's secret address, and the clock that keeps its rate."""

import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models import Member
from workflows.models.workflow import Workflow

STILL_USED = datetime.timedelta(hours=6)  # after which a URL is taken for unused
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class HookClock(models.Model):
    """When the workflow last accepted a request: the exact guard of one a second.

    NOT NULL with an old default, because NULL never passes a comparison. Beside it, the bytes that
    were accepted on a day (workflows/runs/quota.py).
    """

    workflow = models.OneToOneField(
        Workflow, models.CASCADE, primary_key=True, related_name="hook_clock"
    )
    last_accepted_at = models.DateTimeField(_("last accepted at"), default=LONG_AGO)
    day = models.PositiveIntegerField(_("day"), default=0, db_default=0)  # since 1970, in UTC
    day_bytes = models.PositiveBigIntegerField(_("bytes of the day"), default=0, db_default=0)
    told_day = models.PositiveIntegerField(
        _("day on which the managers were told"), default=0, db_default=0
    )

    class Meta:
        verbose_name = _("hook clock")
        verbose_name_plural = _("hook clocks")

    def __str__(self) -> str:
        return f"Clock of {self.workflow_id}"


class RequestURLQuerySet(models.QuerySet["RequestURL"]):
    """Request URLs by their state."""

    def live(self) -> "RequestURLQuerySet":
        """Keep the workflow's own URL: neither retired, nor pending, nor on its way out."""
        return self.filter(retired_at=None, pending_until=None, retires_at=None)

    def retiring(self) -> "RequestURLQuerySet":
        """Keep what was replaced and is still accepted for a while."""
        return self.filter(retired_at=None, pending_until=None, retires_at__gt=timezone.now())

    def pending(self) -> "RequestURLQuerySet":
        """Keep what was made and waits to be saved."""
        return self.filter(retired_at=None, pending_until__gt=timezone.now())


class RequestURL(models.Model):
    """One token of a workflow: looked up by digest, kept besides only encrypted."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="request_urls")
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    encrypted_token = models.TextField(_("encrypted token"), editable=False)
    made_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    retired_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    pending_until = models.DateTimeField(  # made, not saved yet: accepted by nobody, gone then
        _("pending until"), null=True, blank=True
    )
    retires_at = models.DateTimeField(  # replaced, still accepted until then
        _("retires at"), null=True, blank=True
    )
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    last_used_by = models.CharField(_("last used by"), max_length=64, blank=True)  # kind of client

    objects = RequestURLQuerySet.as_manager()

    class Meta:
        verbose_name = _("request URL")
        verbose_name_plural = _("request URLs")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow"],
                condition=models.Q(retired_at=None, pending_until=None, retires_at=None),
                name="request_url_one_live",
            ),
            models.UniqueConstraint(
                fields=["workflow"],
                condition=models.Q(retired_at=None, pending_until__isnull=False),
                name="request_url_one_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"Request URL {self.pk}"

    @property
    def is_still_used(self) -> bool:
        """Whether somebody used it lately: it would be missed."""
        used = self.last_used_at
        return used is not None and used > timezone.now() - STILL_USED
