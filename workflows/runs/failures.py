"""Failures that a manager has not seen yet: counted in lists, seen in the activity."""

from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from messaging.models import Member
from workflows.models import Run, Workflow, WorkflowManager
from workflows.models.workflow import WorkflowQuerySet

MOST = 100  # more are not counted: “99+”


def new_failures(member: Member, workflow: Workflow | None = None) -> int:
    """Count the failures since the member looked, in one workflow or all of theirs (one query)."""
    mine = WorkflowManager.objects.filter(member=member)
    if workflow is not None:
        mine = mine.filter(workflow=workflow)
    failed = mine.filter(
        workflow__runs__status=Run.Status.FAILED,
        workflow__runs__finished_at__gt=F("failures_seen_at"),
    )
    return failed.order_by().values("workflow__runs")[:MOST].count()


def with_failures(workflows: WorkflowQuerySet, member: Member) -> WorkflowQuerySet:
    """Give each workflow that the member manages the same count, as `failures`."""
    rows = WorkflowManager.objects.filter(workflow=OuterRef("pk"), member=member)
    new = Run.objects.filter(
        workflow=OuterRef(OuterRef("pk")),
        status=Run.Status.FAILED,
        finished_at__gt=OuterRef(OuterRef("failures_seen_at")),
    )
    counted = (
        Run.objects.filter(pk__in=new.order_by().values("pk")[:MOST])
        .order_by()
        .values("workflow")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return workflows.annotate(
        failures_seen_at=Subquery(rows.values("failures_seen_at")[:1]),
        failures=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
    )


def shown_count(count: int) -> str:
    """Return the count as pages show it."""
    return "99+" if count >= MOST else str(count)


def see_failures(*, workflow: Workflow, member: Member) -> None:
    """Note that the member looks at the workflow's activity; writes only where there is news."""
    if new_failures(member, workflow):
        rows = WorkflowManager.objects.filter(workflow=workflow, member=member)
        rows.update(failures_seen_at=timezone.now())
