"""A change that open pages are told of."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models.channel import Channel
from messaging.models.member import Member
from messaging.models.message import Message


class Change(models.Model):
    """One line in the growing sequence behind the live updates; kept a day.

    Its primary key is the ID of the server-sent event, so that a page that lost its connection
    goes on from the last one it saw.
    """

    class Kind(models.TextChoices):
        MESSAGE_POSTED = "message_posted", _("Message posted")
        CHANNEL_CHANGED = (
            "channel_changed",
            _("Channel changed"),
        )  # name, topic, archived
        MEMBERSHIP_CHANGED = (
            "membership_changed",
            _("Membership changed"),
        )  # `member` came or went
        MEMBER_CHANGED = (
            "member_changed",
            _("Member changed"),
        )  # deactivated, role, password

    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, related_name="+", db_index=False
    )
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, related_name="+", db_index=False
    )
    member = models.ForeignKey(Member, models.CASCADE, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at"], name="change_created_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
