"""The workspace: one for each installation."""

from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.app import App
from messaging.models.member import check_time_zone

if TYPE_CHECKING:
    from messaging.models.member import Member


class WorkspaceManager(models.Manager["Workspace"]):
    """Reach the one workspace."""

    def current(self) -> "Workspace":
        """Return the workspace; make it with its defaults on first use."""
        found = self.select_related("app").first()
        if found is not None:
            return found
        app = App.objects.create(name="Declic", icon=":gear:", is_workflow=False)
        return self.get_or_create(pk=1, defaults={"app": app})[0]


class Workspace(models.Model):
    """What holds for everybody here: its name, who may build, where new members start."""

    class Builders(models.TextChoices):
        EVERYONE = "everyone", _("All members")
        CHOSEN = "chosen", _("Team admins and chosen people")

    name = models.CharField(_("name"), max_length=80, default="Declic")
    app = models.OneToOneField(App, models.PROTECT, editable=False, related_name="+")
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        db_default="UTC",
        validators=[check_time_zone],
        help_text=_("By it workflows wait until a time of day."),
    )
    who_may_build = models.CharField(
        _("who may build workflows"),
        max_length=16,
        choices=Builders,
        default=Builders.EVERYONE,
        help_text=_("People who lose the right keep managing what they made. Guests never build."),
    )
    builders = models.ManyToManyField(
        "messaging.Member",
        verbose_name=_("chosen builders"),
        blank=True,
        related_name="+",
    )
    who_may_build_webhooks = models.CharField(
        _("who may build webhook workflows"),
        max_length=16,
        choices=Builders,
        default=Builders.EVERYONE,
        help_text=_("Asked besides the right to build workflows."),
    )
    webhook_builders = models.ManyToManyField(
        "messaging.Member",
        verbose_name=_("chosen webhook builders"),
        blank=True,
        related_name="+",
    )
    default_channels = models.ManyToManyField(
        "messaging.Channel",
        verbose_name=_("default channels"),
        blank=True,
        related_name="+",
        limit_choices_to={"kind": "public", "archived_at": None},
        help_text=_("New members are in these public channels from the start."),
    )

    objects = WorkspaceManager()

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspace")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="workspace_is_one"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Self:
        """Return the one workspace."""
        return cls.objects.current()  # type: ignore[return-value]

    @classmethod
    def zone(cls) -> ZoneInfo:
        """Return the workspace's time zone (one query)."""
        return ZoneInfo(cls.objects.values_list("time_zone", flat=True).first() or "UTC")

    def may_build(self, member: "Member") -> bool:
        """Tell whether the member may build workflows at all."""
        return self._allows(member, self.who_may_build, self.builders)

    def may_build_webhooks(self, member: "Member") -> bool:
        """Tell whether the member may build workflows that a webhook starts."""
        return self.may_build(member) and self._allows(
            member, self.who_may_build_webhooks, self.webhook_builders
        )

    def _allows(self, member: "Member", rule: str, chosen: "models.Manager[Member]") -> bool:
        if member.is_guest or not member.is_active:
            return False
        if rule == self.Builders.EVERYONE or member.is_team_admin:
            return True
        return chosen.filter(pk=member.pk).exists()
