"""Ends what waits when its workflow is unpublished or deleted.

For people at once: the workflow keeps up to which run they have ended. In the store a batch goes
with the change itself, and retention ends the rest a little at a time.
"""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from workflows.models import Run, Workflow
from workflows.models.run import RunQuerySet
from workflows.text.sentences import Sentence

BATCH = 100  # runs ended in one transaction
UNPUBLISHED = gettext_noop("The workflow was unpublished while the run was waiting.")


def end_waiting_runs(workflow: Workflow) -> bool:
    """End whatever waits by now; whoever holds such a run loses it. The caller saves the workflow.

    Return whether the store is done with it too; else retention has more to end.
    """
    newest = workflow.runs.order_by("-pk").values_list("pk", flat=True).first()
    workflow.runs_ended_through, workflow.runs_ended_at = newest or 0, timezone.now()
    return end_batch(workflow)


def end_batch(workflow: Workflow) -> bool:
    """End some runs of those that count as ended; return whether they were the last ones."""
    left = Run.objects.open().filter(workflow=workflow, pk__lte=workflow.runs_ended_through)
    keys = list(left.order_by("due_at").values_list("pk", flat=True)[:BATCH])
    Run.objects.open().filter(pk__in=keys).update(
        status=Run.Status.CANCELLED,
        error=Sentence(UNPUBLISHED).as_json(),
        finished_at=workflow.runs_ended_at,
        lease_owner="",
    )
    return len(keys) < BATCH


def open_runs(workflow: Workflow) -> RunQuerySet:
    """Return the workflow's runs that will be carried on."""
    return Run.objects.open().filter(workflow=workflow, pk__gt=workflow.runs_ended_through)


def with_status(runs: RunQuerySet, workflow: Workflow, status: str) -> RunQuerySet:
    """Keep the workflow's runs that have this status for people."""
    if status == Run.Status.WAITING:
        return runs.open().filter(pk__gt=workflow.runs_ended_through)
    if status == Run.Status.CANCELLED:
        ended = Q(status=Run.Status.WAITING, pk__lte=workflow.runs_ended_through)
        return runs.filter(Q(status=status) | ended)
    return runs.filter(status=status)


def show_as_ended(run: Run, workflow: Workflow) -> None:
    """Give the run that is being shown the state that the store will have in a moment."""
    if not run.is_over and run.pk <= workflow.runs_ended_through:
        run.status, run.error = Run.Status.CANCELLED, Sentence(UNPUBLISHED).as_json()
        run.finished_at = workflow.runs_ended_at
