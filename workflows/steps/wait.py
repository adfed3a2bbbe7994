"""Wait before the next step."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflows.registry import step_kinds
from workflows.step_fields import SecondsField
from workflows.steps.base import StepForm, StepKind

MOST = datetime.timedelta(days=365)


@step_kinds.register
class Wait(StepKind):
    """Let the run leave the request; it is carried on when the time has passed."""

    kind = "wait"
    label = _("Wait")
    help = _("Minutes, hours or days, before the next step.")

    class ConfigForm(StepForm):
        """How long."""

        seconds = SecondsField(
            label=_("How long"),
            min_value=1,
            max_value=int(MOST.total_seconds()),
            help_text=_("In seconds: 3600 is an hour, 86400 a day."),
        )

    def pause(self, config: Mapping[str, Any]) -> datetime.timedelta:
        """Return the time to wait."""
        return datetime.timedelta(seconds=config["seconds"])
