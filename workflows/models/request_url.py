"""A webhook workflow's secret address, and the clock that keeps its rate."""

import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models import Member
from workflows.models.workflow import Workflow

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class HookClock(models.Model):
    """When the workflow last accepted a request: the exact guard of one a second.

    NOT NULL with an old default, because NULL never passes a comparison.
    """

    workflow = models.OneToOneField(
        Workflow, models.CASCADE, primary_key=True, related_name="hook_clock"
    )
    last_accepted_at = models.DateTimeField(_("last accepted at"), default=LONG_AGO)

    class Meta:
        verbose_name = _("hook clock")
        verbose_name_plural = _("hook clocks")

    def __str__(self) -> str:
        return f"Clock of {self.workflow_id}"


class RequestURLQuerySet(models.QuerySet["RequestURL"]):
    """Request URLs by their state."""

    def live(self) -> "RequestURLQuerySet":
        """Keep what is not retired."""
        return self.filter(retired_at=None)


class RequestURL(models.Model):
    """One token of a workflow: looked up by digest, kept besides only encrypted."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="request_urls")
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    encrypted_token = models.TextField(_("encrypted token"), editable=False)
    made_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    retired_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects = RequestURLQuerySet.as_manager()

    class Meta:
        verbose_name = _("request URL")
        verbose_name_plural = _("request URLs")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"Request URL {self.pk}"
