"""What every kind of trigger is: its name, its form and the variables that it provides."""

from collections.abc import Mapping
from typing import Any, ClassVar

from workflows.steps.base import StepForm


class TriggerKind:
    """A kind of trigger. A subclass says everything; its file in this folder registers it."""

    kind: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    variables: ClassVar[Mapping[str, str]] = {}  # key → kind, provided besides the declared ones
    takes_variables: ClassVar[bool] = False  # whether the builder declares variables
    has_request_url: ClassVar[bool] = False
    ConfigForm: ClassVar[type[StepForm]] = StepForm
