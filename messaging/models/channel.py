"""A channel and who is in it."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.ids import make_channel_id
from messaging.models.member import Member

NAME_PATTERN = r"^[\w-]{1,80}\Z"


def own_direct_key(member: int | None) -> str:
    """Return the pair's key of a member's direct messages with themselves."""
    return f"member:{member}:member:{member}"


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Channels, as pages ask for them: every page starts from `visible_to`."""

    def visible_to(self, member: Member) -> Self:
        """Keep what the reader may see: public ones (not for guests) and those they are in."""
        mine = models.Q(pk__in=Membership.objects.filter(member=member).values("channel"))
        if member.is_guest:
            return self.filter(mine)
        return self.filter(mine | models.Q(kind=Channel.Kind.PUBLIC))

    def with_member(self, member: Member) -> Self:
        """Keep the channels that the member is in."""
        return self.filter(pk__in=Membership.objects.filter(member=member).values("channel"))

    def named(self) -> Self:
        """Keep public and private channels, leave direct messages out."""
        return self.exclude(kind=Channel.Kind.DIRECT)

    def direct(self) -> Self:
        """Keep direct messages."""
        return self.filter(kind=Channel.Kind.DIRECT)

    def open(self) -> Self:
        """Leave out what was archived."""
        return self.filter(archived_at=None)


class Channel(models.Model):
    """Where messages are read: `#name`, or the direct messages of a pair."""

    class Kind(models.TextChoices):
        PUBLIC = (
            "public",
            _("Public channel"),
        )  # every member but guests may read and join
        PRIVATE = "private", _("Private channel")  # only who is in it
        DIRECT = (
            "direct",
            _("Direct messages"),
        )  # one person with themselves, another, or an app

    channel_id = models.CharField(
        _("channel ID"),
        max_length=32,
        unique=True,
        default=make_channel_id,
        editable=False,
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.PUBLIC)
    name = models.CharField(
        _("name"),
        max_length=80,
        blank=True,
        validators=[
            RegexValidator(
                NAME_PATTERN,
                _("Letters, digits, hyphens and underscores only, up to 80."),
            )
        ],
        help_text=_("Without “#”: lower-case letters, digits, hyphens and underscores."),
    )
    topic = models.CharField(_("topic"), max_length=250, blank=True)
    created_by = models.ForeignKey(
        Member,
        models.SET_NULL,
        verbose_name=_("created by"),
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    direct_key = models.CharField(
        _("pair"), max_length=64, null=True, blank=True, unique=True, editable=False
    )
    app = models.ForeignKey(
        "messaging.App",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    members: "models.ManyToManyField[Member, Membership]" = models.ManyToManyField(
        Member, through="Membership", related_name="channels"
    )

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=~models.Q(kind="direct"),
                name="channel_name_unique_ignoring_case",
                violation_error_message=_("A channel with this name exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="direct", direct_key__isnull=False, name="")
                | (~models.Q(kind="direct") & models.Q(direct_key=None) & ~models.Q(name="")),
                name="channel_direct_has_a_pair_others_a_name",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.name}" if self.name else self.channel_id

    def get_absolute_url(self) -> str:
        """Return the path of the channel's page."""
        return reverse("messaging:channel", args=[self.channel_id])

    @property
    def is_public(self) -> bool:
        """Whether every member (but guests) may read it."""
        return self.kind == self.Kind.PUBLIC

    @property
    def is_private(self) -> bool:
        """Whether it is a private channel (direct messages are not)."""
        return self.kind == self.Kind.PRIVATE

    @property
    def is_direct(self) -> bool:
        """Whether these are the direct messages of a pair."""
        return self.kind == self.Kind.DIRECT

    @property
    def is_archived(self) -> bool:
        """Whether nothing can be posted any more."""
        return self.archived_at is not None

    def has_member(self, member: Member) -> bool:
        """Tell whether the member is in the channel (one query)."""
        return self.memberships.filter(member=member).exists()


class Membership(models.Model):
    """One member in one channel, and how far they have read."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now)
    last_read = models.BigIntegerField(
        _("last read message"),
        default=0,
        help_text=_("The key of the newest message seen."),
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["channel", "member"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return str(self.member)
