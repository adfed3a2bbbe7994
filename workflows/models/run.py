"""A run of a workflow, and what each of its steps did: the truth and the queue in one."""

import datetime
from typing import Any, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.ids import make_id
from messaging.models import Member
from workflows.models.request_url import LONG_AGO
from workflows.models.workflow import Workflow, WorkflowVersion
from workflows.payload import kept_values
from workflows.registry import trigger_kinds
from workflows.text.sentences import Sentence

RUN_ID_LENGTH = 16
LEASE = datetime.timedelta(seconds=8)  # how long a dead owner keeps a run from the others


def make_run_id() -> str:
    """Return a new run ID (`R…`)."""
    return make_id("R", RUN_ID_LENGTH)


class Start(models.TextChoices):
    """What starts a run without being a kind of trigger."""

    TEST = "test", _("Test")  # a manager's test request, which posts for real
    REPLAY = "replay", _("Replay")  # of `Run.replay_of`, with what was received then


def start_choices() -> list[tuple[str, Any]]:
    """Return all that starts runs: the kinds of trigger found in their folder, and `Start`."""
    return [*trigger_kinds.choices(), *Start.choices]


class RunQuerySet(models.QuerySet["Run"]):
    """Runs, as the engine and pages ask for them."""

    def managed_by(self, member: Member) -> Self:
        """Keep the runs of the workflows that the member manages."""
        return self.filter(workflow__in=Workflow.objects.managed_by(member))

    def due(self, now: datetime.datetime) -> Self:
        """Keep what is due and held by nobody."""
        return self.free(now).filter(due_at__lte=now)

    def free(self, now: datetime.datetime) -> Self:
        """Keep what isn't over and is held by nobody.

        No lease is as long as two: that one was taken before the clock was set back.
        """
        ran_out = models.Q(lease_until__lt=now) | models.Q(lease_until__gt=now + 2 * LEASE)
        return self.open().filter(ran_out)

    def open(self) -> Self:
        """Keep what isn't over."""
        return self.filter(status=Run.Status.WAITING)


class Run(models.Model):
    """One start of a workflow, with the version that it was accepted with.

    Whoever advances it claims it by one conditional update of `lease_owner` and `lease_until`, and
    commits a step's effects together with the run's next state.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")  # to be carried on at `due_at`
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")  # `error` says why, in a sentence
        CANCELLED = (
            "cancelled",
            _("Cancelled"),
        )  # the workflow was unpublished or deleted

    run_id = models.CharField(
        _("run ID"), max_length=32, unique=True, default=make_run_id, editable=False
    )
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="runs", db_index=False)
    version = models.ForeignKey(
        WorkflowVersion, models.CASCADE, related_name="runs", db_index=False
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.WAITING)
    start_kind = models.CharField(
        _("started by"),
        max_length=64,
        choices=start_choices,
        default="webhook",
        db_default="webhook",
    )
    started_by = models.ForeignKey(  # NULL: a service, or somebody whose account is gone
        Member,
        models.SET_NULL,
        verbose_name=_("started by member"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    replay_of = models.CharField(  # a run ID, no key: that run may be pruned before this one
        _("replay of"), max_length=32, blank=True, default="", db_default=""
    )
    values = models.JSONField(_("variables"), default=dict)  # ask for `whole_values`
    payload = models.TextField(_("payload"), blank=True)  # JSON as received, never shown unredacted
    delivery = models.CharField(  # SHA-256 of the delivery's ID; NULL where none was sent
        _("delivery"), max_length=64, null=True, blank=True
    )
    body_digest = models.CharField(  # tells whether the same delivery came with another body
        _("digest of the body"), max_length=64, blank=True
    )
    differing_duplicates = models.PositiveIntegerField(
        _("duplicates with another body"),
        default=0,
        help_text=_("The same delivery ID came again with another body; the first one won."),
    )
    error = models.JSONField(_("error"), default=dict, blank=True)  # a Sentence
    accepted_at = models.DateTimeField(_("accepted at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    next_step = models.PositiveIntegerField(_("next step"), default=0)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    attempt = models.PositiveIntegerField(_("attempt"), default=0)
    lease_owner = models.CharField(_("lease owner"), max_length=64, blank=True)
    lease_until = models.DateTimeField(_("lease until"), default=LONG_AGO)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["workflow", "-id"], name="run_workflow_newest"),
            models.Index(
                fields=["due_at"],
                condition=models.Q(status="waiting"),
                name="run_waiting_due",
            ),
            models.Index(fields=["accepted_at"], name="run_accepted_at"),
            models.Index(  # for whoever removes a member; what services start doesn't pay for it
                fields=["started_by"],
                condition=models.Q(started_by__isnull=False),
                name="run_started_by",
            ),
            models.Index(  # failures since a manager looked; other runs don't pay for it
                fields=["workflow", "finished_at"],
                condition=models.Q(status="failed"),
                name="run_failed_when",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "delivery"],
                condition=models.Q(delivery__isnull=False),
                name="run_delivery_once_per_workflow",
            ),
        ]

    def __str__(self) -> str:
        return self.run_id

    def get_absolute_url(self) -> str:
        """Return the path of the run's page, for the workflow's managers."""
        return reverse("workflows:run", args=[self.workflow_id, self.run_id])

    @property
    def error_sentence(self) -> str:
        """Why the run failed or was cancelled, in the reader's language."""
        return str(Sentence.from_json(self.error))

    @property
    def whole_values(self) -> dict[str, str]:
        """Each variable's value as text; a long one is read from the payload, kept once there."""
        return kept_values.whole(self.values, self._read_payload)

    def _read_payload(self) -> str:
        if "payload" not in self.get_deferred_fields():
            return self.payload
        return str(Run.objects.values_list("payload", flat=True).get(pk=self.pk))

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status != self.Status.WAITING

    @property
    def took(self) -> datetime.timedelta | None:
        """How long it took from acceptance to its end; None while it isn't over."""
        return self.finished_at - self.accepted_at if self.finished_at else None


class StepRun(models.Model):
    """What one step of a run did: its settings with the variables filled, and what came out."""

    class Status(models.TextChoices):
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(Run, models.CASCADE, related_name="step_runs", db_index=False)
    position = models.PositiveIntegerField(_("step"))
    kind = models.CharField(_("kind"), max_length=64)
    status = models.CharField(_("status"), max_length=16, choices=Status)
    input = models.JSONField(_("input"), default=dict)
    output = models.JSONField(_("output"), default=dict)
    error = models.JSONField(_("error"), default=dict, blank=True)  # a Sentence
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("step of a run")
        verbose_name_plural = _("steps of a run")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="step_run_once_per_run"),
        ]

    def __str__(self) -> str:
        return f"Step {self.position + 1} of {self.run_id}"

    @property
    def error_sentence(self) -> str:
        """Why the step failed, in the reader's language."""
        return str(Sentence.from_json(self.error))
