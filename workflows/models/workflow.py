"""A workflow, who manages it, and its published versions."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.models import App, Member
from workflows.models.edited import Edited
from workflows.registry import trigger_kinds

if TYPE_CHECKING:
    from workflows.models.variable import Variable


def trigger_choices() -> list[tuple[str, Any]]:
    """Return the trigger kinds found in the folder, for the field and the admin."""
    return trigger_kinds.choices()


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    """Workflows, as pages ask for them."""

    def managed_by(self, member: Member) -> Self:
        """Keep what the member manages: the only way to a draft, a URL or a run."""
        if member.is_guest or not member.is_active:
            return self.none()
        return self.filter(managers=member)

    def unmanaged(self) -> Self:
        """Keep what has no manager who can act."""
        rows = WorkflowManager.objects.filter(workflow=models.OuterRef("pk"))
        active = rows.filter(member__is_active=True).exclude(member__role=Member.Role.GUEST)
        return self.exclude(models.Exists(active))

    def published(self) -> Self:
        """Keep what is live."""
        return self.exclude(published_version=None)

    def with_draft(self) -> Self:
        """Fetch variables and steps in two queries more, however many workflows there are."""
        return self.select_related("app", "published_version").prefetch_related(
            "variables", "steps"
        )


AllWorkflows = models.Manager.from_queryset(WorkflowQuerySet)


class KeptWorkflows(AllWorkflows):
    """All workflows but those that were deleted, whose rows retention takes away."""

    def get_queryset(self) -> WorkflowQuerySet:  # type: ignore[override]
        """Leave out what was deleted."""
        return WorkflowQuerySet(self.model, using=self._db).filter(deleted_at=None)


class Workflow(Edited):
    """A trigger, variables and steps: the draft that people edit.

    The draft never touches what is live: publishing freezes it into a WorkflowVersion, and its
    name and icon into the App under which it posts.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")  # never published
        LIVE = "live", _("Live")  # published, the draft is the same
        CHANGED = "changed", _("Live, unpublished changes")
        UNPUBLISHED = "unpublished", _("Unpublished")  # was live, answers as unknown

    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=250, blank=True)
    icon = models.CharField(_("icon"), max_length=64, default=":zap:", help_text=_("An emoji."))
    trigger_kind = models.CharField(
        _("trigger"), max_length=64, choices=trigger_choices, default="webhook"
    )
    trigger_config = models.JSONField(_("trigger settings"), default=dict, blank=True)
    app = models.OneToOneField(App, models.PROTECT, editable=False, related_name="workflow")
    managers: "models.ManyToManyField[Member, WorkflowManager]" = models.ManyToManyField(
        Member,
        verbose_name=_("managers"),
        through="WorkflowManager",
        through_fields=("workflow", "member"),
        related_name="managed_workflows",
    )
    published_version = models.ForeignKey(
        "WorkflowVersion",
        models.SET_NULL,
        verbose_name=_("live version"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    created_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last edited"), auto_now=True)

    runs_ended_through = models.BigIntegerField(  # a run's key: up to it nothing waits any more
        default=0, db_default=0, editable=False
    )
    runs_ended_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)  # gone for people

    objects = KeptWorkflows()
    everything = AllWorkflows()

    class Meta:
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the workflow's page, for its managers."""
        return reverse("workflows:detail", args=[self.pk])

    @property
    def is_published(self) -> bool:
        """Whether a version is live."""
        return self.published_version_id is not None

    @property
    def was_published(self) -> bool:
        """Whether there ever was a version: from then on the trigger kind is fixed."""
        return self.is_published or self.versions.exists()

    @property
    def has_unpublished_changes(self) -> bool:
        """Whether the draft differs from the live version."""
        live = self.published_version
        return live is not None and live.definition != self.definition()

    @property
    def status(self) -> "Workflow.Status":
        """The state in one word, as lists show it."""
        if self.is_published:
            return self.Status.CHANGED if self.has_unpublished_changes else self.Status.LIVE
        return self.Status.UNPUBLISHED if self.was_published else self.Status.DRAFT

    @property
    def status_label(self) -> str:
        """The state in the reader's language."""
        return str(self.status.label)

    @property
    def trigger(self) -> Any:
        """The kind of its trigger; None where that kind was removed."""
        return trigger_kinds.find(self.trigger_kind)

    @property
    def has_request_url(self) -> bool:
        """Whether publishing gives it a request URL."""
        return self.trigger is not None and bool(self.trigger.has_request_url)

    @property
    def what_stops(self) -> str:
        """What it means to unpublish it, in a sentence."""
        return str(self.trigger.stops) if self.trigger else ""

    @property
    def takes_variables(self) -> bool:
        """Whether its trigger takes declared variables; others keep their rows, unused."""
        return self.trigger is None or bool(self.trigger.takes_variables)

    def declared_variables(self) -> "list[Variable]":
        """Return the draft's own variables, as far as its trigger takes any."""
        return list(self.variables.all()) if self.takes_variables else []

    def definition(self) -> dict[str, Any]:
        """Return the draft as the JSON that a version freezes; channels and members by their ID."""
        return {
            "name": self.name,
            "description": self.description,
            "icon": self.icon,
            "trigger": {"kind": self.trigger_kind, **self.trigger_config},
            "variables": [one.as_definition() for one in self.declared_variables()],
            "steps": [step.as_definition() for step in self.steps.all()],
        }


class WorkflowManager(models.Model):
    """One manager of a workflow: the creator and who they add, all with equal rights."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="manager_rows")
    member = models.ForeignKey(Member, models.CASCADE, related_name="manager_rows")
    added_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    failures_seen_at = models.DateTimeField(_("failures seen at"), default=timezone.now)

    class Meta:
        verbose_name = _("manager")
        verbose_name_plural = _("managers")
        constraints = [
            models.UniqueConstraint(fields=["workflow", "member"], name="workflow_manager_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} manages {self.workflow_id}"


class WorkflowVersion(models.Model):
    """A numbered, frozen definition: a run keeps the one that it was accepted with."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    definition = models.JSONField(_("definition"))
    published_by = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        verbose_name=_("published by"),
        related_name="+",
    )
    published_at = models.DateTimeField(_("published at"), default=timezone.now)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workflow", "number"], name="version_number_once"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"
