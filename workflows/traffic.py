"""What came in lately: how many requests a workflow took."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from workflows.models import Run, Workflow
from workflows.models.run import RunQuerySet

DAYS = 7
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Recent:
    """How many requests the workflow took in the last days; `more` where there were more."""

    count: int
    more: bool = False


def recent_requests(workflow: Workflow) -> Recent:
    """Count the requests of the last seven days, up to a thousand (one query)."""
    found = _requests(workflow).values("pk")[: MOST_COUNTED + 1].count()
    return Recent(min(found, MOST_COUNTED), more=found > MOST_COUNTED)


def _requests(workflow: Workflow) -> RunQuerySet:
    since = timezone.now() - datetime.timedelta(days=DAYS)
    return Run.objects.filter(workflow=workflow, started_by="webhook", accepted_at__gt=since)
