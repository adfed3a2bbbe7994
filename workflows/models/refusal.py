"""Requests that were refused: counts and the last samples, so that a sender's fault is seen."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workflows.models.workflow import Workflow

SAMPLES_KEPT = 20  # for each workflow


class RefusalCount(models.Model):
    """How many requests were refused for one cause in one minute."""

    workflow = models.ForeignKey(
        Workflow, models.CASCADE, related_name="refusal_counts", db_index=False
    )
    minute = models.DateTimeField(_("minute"))
    error = models.CharField(_("error"), max_length=32)  # the wire's code, such as invalid_json
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("refused requests")
        verbose_name_plural = _("refused requests")
        ordering = ["-minute", "error"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "minute", "error"], name="refusal_count_once_a_minute"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.error}"


class RefusalSample(models.Model):
    """One refused request and the answer that its sender got."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="refusal_samples")
    refused_at = models.DateTimeField(_("refused at"), default=timezone.now)
    status = models.PositiveSmallIntegerField(_("status"))
    error = models.CharField(_("error"), max_length=32)
    answer = models.JSONField(_("answer"), default=dict)
    sent_by = models.CharField(_("sent by"), max_length=64, blank=True)  # kind of client

    class Meta:
        verbose_name = _("refused request")
        verbose_name_plural = _("refused requests")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.status} {self.error}"
