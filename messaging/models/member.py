"""A member: a person with an account."""

from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.ids import PATTERN, make_member_id
from messaging.names import clean_name


def check_time_zone(value: str) -> None:
    """Refuse a name that is no time zone."""
    if value not in available_timezones():
        raise ValidationError(_("There is no time zone “%(name)s”."), params={"name": value})


class MemberQuerySet(models.QuerySet["Member"]):
    """Members, as pages ask for them."""

    def active(self) -> Self:
        """Leave out who was deactivated."""
        return self.filter(is_active=True)

    def team_admins(self) -> Self:
        """Keep active team admins, the workspace owner included."""
        return self.active().filter(role__in=Member.ADMIN_ROLES)

    def visible_to(self, member: "Member") -> Self:
        """Keep whom the reader may see: a guest only sees people of their own channels."""
        if not member.is_guest:
            return self
        shared = models.Q(memberships__channel__memberships__member=member)
        return self.filter(shared | models.Q(pk=member.pk)).distinct()


class MemberManager(BaseUserManager["Member"]):
    """Make members and find them by e-mail, ignoring case."""

    def get_queryset(self) -> MemberQuerySet:
        """Return the queryset with the words above."""
        return MemberQuerySet(self.model, using=self._db)

    def active(self) -> MemberQuerySet:
        """Leave out who was deactivated."""
        return self.get_queryset().active()

    def team_admins(self) -> MemberQuerySet:
        """Keep active team admins, the workspace owner included."""
        return self.get_queryset().team_admins()

    def visible_to(self, member: "Member") -> MemberQuerySet:
        """Keep whom the reader may see."""
        return self.get_queryset().visible_to(member)

    def get_by_natural_key(self, username: str | None) -> "Member":
        """Find the member by e-mail address, ignoring case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Create a member; without a password nobody can sign in as them."""
        member = self.model(email=self.normalize_email(email).strip(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Create the workspace owner (Django's own command calls this)."""
        return self.create_user(email, password, **{**fields, "role": Member.Role.OWNER})


class Member(AbstractBaseUser):
    """A person here. The role is the one truth: Django's staff and superuser flags follow it."""

    class Role(models.TextChoices):
        OWNER = (
            "owner",
            _("Workspace owner"),
        )  # a team admin whom nobody else can demote
        ADMIN = "admin", _("Team admin")
        MEMBER = "member", _("Member")
        GUEST = "guest", _("Guest")  # sees only the channels they are in, may not build

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    ADMIN_ROLES = (Role.OWNER, Role.ADMIN)

    member_id = models.CharField(
        _("member ID"),
        max_length=32,
        unique=True,
        default=make_member_id,
        validators=[RegexValidator(rf"^U{PATTERN}\Z")],
    )
    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("A member with this e-mail address exists.")},
    )
    display_name = models.CharField(_("display name"), max_length=80)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.MEMBER)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Empty: as the browser asks."),
    )
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("A deactivated member can no longer sign in."),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["display_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="member_email_unique_ignoring_case",
                violation_error_message=_("A member with this e-mail address exists."),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        """Refuse a display name in which there is nothing to be seen."""
        super().clean()
        self.display_name = clean_name(self.display_name)
        if not self.display_name:
            raise ValidationError({"display_name": _("Write a name that can be seen.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the display name on one line, without what can't be seen."""
        self.display_name = clean_name(self.display_name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Return the path of the direct messages with this member."""
        return reverse("messaging:member", args=[self.member_id])

    def get_full_name(self) -> str:
        """Return the display name (Django's admin asks by this name)."""
        return self.display_name

    def get_short_name(self) -> str:
        """Return the display name (Django's admin asks by this name)."""
        return self.display_name

    @property
    def is_team_admin(self) -> bool:
        """Whether the member is an active team admin (or the workspace owner)."""
        return self.is_active and self.role in self.ADMIN_ROLES

    @property
    def is_owner(self) -> bool:
        """Whether the member is the workspace owner."""
        return self.role == self.Role.OWNER

    @property
    def is_guest(self) -> bool:
        """Whether the member only sees the channels that they are in."""
        return self.role == self.Role.GUEST

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin opens for this member: it follows the role."""
        return self.is_team_admin

    @property
    def is_superuser(self) -> bool:
        """Django's word for a team admin: it follows the role."""
        return self.is_team_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Tell Django's admin that team admins may; each ModelAdmin narrows it."""
        return self.is_team_admin

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        """Tell Django's admin that team admins may."""
        return self.is_team_admin

    def has_module_perms(self, app_label: str) -> bool:
        """Show the admin's modules to team admins."""
        return self.is_team_admin

    @property
    def initial(self) -> str:
        """The letter in the round avatar."""
        return self.display_name[:1].upper() or "?"

    @property
    def avatar_class(self) -> str:
        """The avatar's colour: one of four, always the same for one member."""
        return f"av-{(self.pk or 0) % 4 + 1}"

    @property
    def zone(self) -> ZoneInfo:
        """The member's time zone, UTC where the name is no longer known."""
        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, ValueError):
            return ZoneInfo("UTC")
