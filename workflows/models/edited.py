"""What people edit in a draft: who saved each part last, and what was removed and may come back."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models import Member

if TYPE_CHECKING:
    from workflows.models.workflow import Workflow


class Edited(models.Model):
    """A part of a draft that managers edit: a second save is told whose work it would undo."""

    saved_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField(_("saved at"), null=True, editable=False)

    class Meta:
        abstract = True

    def note_saved(self, by: Member) -> list[str]:
        """Note who saves it now; return the fields to save."""
        self.saved_by = by
        self.saved_at = timezone.now()
        return ["saved_by", "saved_at"]


class RemovedPart(models.Model):
    """A step or variable that was removed from a draft: Undo puts it back under its old key."""

    class Part(models.TextChoices):
        STEP = "step", _("Step")
        VARIABLE = "variable", _("Variable")

    workflow: "models.ForeignKey[Workflow]" = models.ForeignKey(
        "workflows.Workflow", models.CASCADE, related_name="removed_parts"
    )
    part = models.CharField(_("part"), max_length=16, choices=Part)
    part_key = models.BigIntegerField(_("key of the row"))
    position = models.PositiveIntegerField(_("order"))
    content = models.JSONField(_("content"))  # as a version would freeze it
    removed_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(_("removed at"), default=timezone.now)

    class Meta:
        verbose_name = _("removed part")
        verbose_name_plural = _("removed parts")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_part_display()} {self.part_key}"
