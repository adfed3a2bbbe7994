"""The nouns of workflows, one module each."""

from workflows.models.edited import RemovedPart
from workflows.models.refusal import RefusalCount, RefusalSample
from workflows.models.request_url import HookClock, RequestURL
from workflows.models.run import Run, Start, StepRun
from workflows.models.step import Step
from workflows.models.variable import MAX_VARIABLES, Variable
from workflows.models.workflow import Workflow, WorkflowManager, WorkflowVersion

__all__ = [
    "MAX_VARIABLES",
    "HookClock",
    "RefusalCount",
    "RefusalSample",
    "RemovedPart",
    "RequestURL",
    "Run",
    "Start",
    "Step",
    "StepRun",
    "Variable",
    "Workflow",
    "WorkflowManager",
    "WorkflowVersion",
]
