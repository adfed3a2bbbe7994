"""A message in a channel."""

from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models.app import App
from messaging.models.channel import Channel
from messaging.models.member import Member


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, as pages ask for them: every page starts from `visible_to`."""

    def visible_to(self, member: Member) -> Self:
        """Keep the messages of the channels that the reader may see."""
        return self.filter(channel__in=Channel.objects.visible_to(member))

    def with_sender(self) -> Self:
        """Fetch the senders in the same query."""
        return self.select_related("member", "app")

    def before(self, key: int) -> Self:
        """Keep what is older than the message with this key (keyset pagination)."""
        return self.filter(pk__lt=key)

    def after(self, key: int) -> Self:
        """Keep what is newer than the message with this key."""
        return self.filter(pk__gt=key)


class Message(models.Model):
    """What a member or an app wrote; ordered by the primary key, which never ties.

    `body` is the token list that pages render (messaging/mrkdwn/tokens.py), `text` the same as
    plain text, with variables' values verbatim, for search, notifications and the raw view.
    `app_as` is the `name` and `icon` that an app writes under where it is not its own: a test of
    a draft.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="messages", db_index=False)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    app = models.ForeignKey(App, models.PROTECT, null=True, blank=True, related_name="messages")
    text = models.TextField(_("text"), blank=True)
    body = models.JSONField(_("body"), default=list)
    app_as = models.JSONField(_("the app as it was then"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        verbose_name=_("thread"),
        null=True,
        blank=True,
        related_name="replies",
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]
        indexes = [models.Index(fields=["channel", "id"], name="message_channel_order")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member=None, app__isnull=False)
                | models.Q(member__isnull=False, app=None),
                name="message_has_one_sender",
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the message's permalink: its channel's page, opened at the message."""
        return reverse("messaging:message", args=[self.channel.channel_id, self.pk])

    @property
    def sender(self) -> Member | App:
        """Who wrote it: exactly one of a member and an app, the latter as the message names it."""
        if self.app is not None and self.app_as is not None:
            name, icon = self.app_as["name"], self.app_as["icon"]
            return App(name=name, icon=icon, page=self.app.page, is_workflow=self.app.is_workflow)
        return self.member or self.app  # type: ignore[return-value]
