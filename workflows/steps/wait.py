"""Wait before the next step."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.fields.duration import DurationField
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepKind

MOST = datetime.timedelta(days=365)


@step_kinds.register
class Wait(StepKind):
    """Let the run leave the request; it is carried on when the time has passed."""

    kind = "wait"
    label = _("Wait")
    help = _("Minutes, hours or days, before the next step.")
    order = 40

    seconds = DurationField(label=_("How long"), least=1, most=int(MOST.total_seconds()))

    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Do nothing: the run waits after this step."""
        return {}

    def resume_at(self, config: Mapping[str, Any], now: datetime.datetime) -> datetime.datetime:
        """Return when the time has passed."""
        return now + datetime.timedelta(seconds=config["seconds"])
