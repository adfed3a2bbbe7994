"""An app: the face under which a program writes messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mrkdwn.emoji import emoji_character


class App(models.Model):
    """A name and an icon that messages carry; each workflow owns one, Declic itself owns one."""

    name = models.CharField(_("name"), max_length=80)
    icon = models.CharField(_("icon"), max_length=64, default=":zap:", help_text=_("An emoji."))
    page = models.CharField(
        _("page"),
        max_length=200,
        blank=True,
        help_text=_("The path of the page on what it is."),
    )
    is_workflow = models.BooleanField(_("belongs to a workflow"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")

    def __str__(self) -> str:
        return self.name

    @property
    def icon_character(self) -> str:
        """The icon as a character that a page can show."""
        return emoji_character(self.icon)
