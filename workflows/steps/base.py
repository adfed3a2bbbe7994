"""What every kind of step is: its name, its settings, what it gives and what it does."""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from workflows.fields.base import Configured
from workflows.fields.scope import RunContext, StepFailed

__all__ = ["RunContext", "StepFailed", "StepKind"]


class StepKind(Configured, ABC):
    """A kind of step. A subclass says everything; its file in this folder registers it."""

    kind: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    help: ClassVar[Any] = ""  # a sentence on what it does, for the picker
    order: ClassVar[int] = 100  # in the picker
    posts: ClassVar[bool] = False  # writes a message, its output `message`
    outputs: ClassVar[Mapping[str, Any]] = {}
    local: ClassVar[bool] = True  # touches our database only: may run in the hook's transaction

    @abstractmethod
    def run(self, config: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        """Do the work with the filled settings and return exactly the declared outputs.

        Raise StepFailed with a sentence for the builder; never touch the run's rows.
        """

    def resume_at(
        self, config: Mapping[str, Any], now: datetime.datetime
    ) -> datetime.datetime | None:
        """Return when the run goes on after this step; None: at once."""
        return None
