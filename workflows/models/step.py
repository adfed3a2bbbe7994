"""A step of a workflow's draft."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflows.models.edited import Edited
from workflows.models.workflow import Workflow
from workflows.registry import step_kinds


def step_choices() -> list[tuple[str, Any]]:
    """Return the step kinds found in the folder, for the field and the admin."""
    return step_kinds.choices()


class Step(Edited):
    """One step: its kind says what it does, `config` with what.

    `config` holds what was typed where that is not right yet: publishing checks it.
    """

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(_("order"), default=0)
    kind = models.CharField(_("kind"), max_length=64, choices=step_choices)
    config = models.JSONField(_("settings"), default=dict)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        # No unique position: SQLite has no deferrable unique, and ties are settled by the key.
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        kind = step_kinds.find(self.kind)
        return str(kind.label) if kind else self.kind

    def as_definition(self) -> dict[str, Any]:
        """Return the step as a version freezes it."""
        return {"kind": self.kind, "config": self.config}
