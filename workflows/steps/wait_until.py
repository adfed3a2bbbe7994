"""Wait until a time of day."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.models import Workspace
from workflows.fields.time_of_day import TimeOfDayField
from workflows.fields.yes_no import YesNoField
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind

SATURDAY = 5


@step_kinds.register
class WaitUntil(StepKind):
    """Let the run leave the request; it is carried on when the clock shows the time.

    Today if that is still to come, else on the next day that counts. The workspace's time zone
    says when: a time that the clock skips is as much later as the clock is put forward, of a time
    that it shows twice the first counts.
    """

    kind = "wait_until"
    label = _("Wait until a time of day")
    help = _("Today if it is still to come, else the next day.")
    order = 50

    time = TimeOfDayField(label=_("Time of day"), help_text=_("In the workspace’s time zone."))
    working_days = YesNoField(label=_("Only on working days"), help_text=_("Monday to Friday."))

    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Do nothing: the run waits after this step."""
        return {}

    def resume_at(self, config: Mapping[str, Any], now: datetime.datetime) -> datetime.datetime:
        """Return the next moment at which the clock shows the time, in UTC."""
        zone = Workspace.zone()
        day = now.astimezone(zone).date()
        while True:
            moment = datetime.datetime.combine(day, config["time"], zone).astimezone(datetime.UTC)
            counts = day.weekday() < SATURDAY or not config.get("working_days")
            if counts and moment > now:
                return moment
            day += datetime.timedelta(days=1)
