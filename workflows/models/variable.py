"""A variable: a value that a workflow takes from what started it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflows.models.edited import Edited
from workflows.models.workflow import Workflow
from workflows.payload.variable_values import can_hold

MAX_VARIABLES = 20
KEY_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}\Z"


class Variable(Edited):
    """One variable of a draft; at most 20 for a workflow, each key once."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        BOOLEAN = "boolean", _("True or false")
        MEMBER = (
            "member",
            _("Member"),
        )  # a member ID or e-mail; anything else shows as that text

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="variables")
    position = models.PositiveIntegerField(_("order"), default=0)
    key = models.CharField(
        _("key"),
        max_length=64,
        validators=[
            RegexValidator(
                KEY_PATTERN,
                _("1 to 64 of letters, digits, “_” and “-”, starting with a letter or “_”."),
            )
        ],
        help_text=_("The name in the JSON that the service sends."),
    )
    typed_key = (
        models.CharField(  # what was typed and can't be a key: `key` stays the last good one
            _("key as typed"), max_length=200, null=True, editable=False
        )
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.TEXT)
    example = models.CharField(
        _("example"),
        max_length=1000,
        blank=True,
        help_text=_("For previews and the example JSON."),
    )
    required = models.BooleanField(
        _("required"), default=False, help_text=_("Requests without it are refused.")
    )
    default = models.CharField(
        _("default"),
        max_length=1000,
        blank=True,
        help_text=_("Taken where nothing was sent."),
    )

    class Meta:
        verbose_name = _("variable")
        verbose_name_plural = _("variables")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "key"],
                name="variable_key_once_per_workflow",
                violation_error_message=_("This workflow has a variable with this key."),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        """Refuse the twenty-first variable, and values that the kind can't hold."""
        for field in ("default", "example"):
            if not can_hold(self.kind, getattr(self, field)):
                raise ValidationError({field: _("Not a value of this kind.")})
        others = Variable.objects.filter(workflow=self.workflow_id).exclude(pk=self.pk)
        if self.workflow_id and others.count() >= MAX_VARIABLES:
            raise ValidationError(
                _("A workflow has at most %(max)s variables."),
                params={"max": MAX_VARIABLES},
            )

    @property
    def shown_key(self) -> str:
        """The key as its field shows it, also where it can't be one."""
        return self.key if self.typed_key is None else self.typed_key

    def as_definition(self) -> dict[str, Any]:
        """Return the variable as a version freezes it."""
        return {
            "key": self.key,
            "kind": self.kind,
            "example": self.example,
            "required": self.required,
            "default": self.default,
        }
