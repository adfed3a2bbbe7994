"""What the overview of a workflow shows of what happens by itself."""

import hashlib
from dataclasses import dataclass

from workflows.activity.filters import run_state
from workflows.models import Workflow
from workflows.runs.run_lines import RunLine, last_runs

LAST_RUNS = 5


@dataclass(frozen=True)
class Overview:
    """The last runs, and what changes with whatever the page shows of the workflow's state."""

    last_runs: list[RunLine]
    seen: str


def overview_of(workflow: Workflow) -> Overview:
    """Return the overview (four queries at most)."""
    lines = last_runs(workflow, LAST_RUNS)
    uses = list(workflow.request_urls.order_by("pk").values_list("pk", "last_used_at"))
    state = workflow.updated_at, workflow.published_version_id, uses
    shown = state, [run_state(line.run) for line in lines]
    return Overview(lines, hashlib.sha256(repr(shown).encode()).hexdigest()[:16])
