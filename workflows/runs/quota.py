"""The bytes that services may send to a workflow in a day, and who is told when they are used up.

The days are those of UTC. The count is kept with the workflow's clock (`HookClock`) and goes up in
the statement that takes the second, so that only what is accepted counts.
"""

import datetime

from django.utils import timezone
from django.utils.translation import gettext_noop

from workflows.models import HookClock, Workflow
from workflows.runs import notices
from workflows.runs.store import DAY, day_of
from workflows.text.sentences import Sentence

USED_UP = gettext_noop(
    "“%(workflow)s” was sent all that it takes in a day. Requests are refused until midnight (UTC)."
)


def seconds_left(moment: datetime.datetime) -> int:
    """Return how long the day still lasts."""
    return DAY - int(moment.timestamp()) % DAY


def tell_managers_once(workflow: int) -> None:
    """Tell the managers that the day's bytes are used up, unless they were told today."""
    today = day_of(timezone.now())
    untold = HookClock.objects.filter(workflow=workflow).exclude(told_day=today)
    if untold.update(told_day=today):
        found = Workflow.objects.get(pk=workflow)
        notices.tell_managers(workflow=found, sentence=Sentence(USED_UP, {"workflow": found.name}))
