"""What replaying a run would do: with which version, and where it posts again."""

from dataclasses import dataclass

from messaging.models import Member
from workflows.drafts.audience import Audience, audiences
from workflows.fields.known import Known
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.services.replay import ReplayVersion


@dataclass(frozen=True)
class ReplayChoice:
    """A version to replay with, and whom its steps reach."""

    value: ReplayVersion
    version: WorkflowVersion
    is_live: bool
    reached: list[Audience]


def replay_choices(run: Run, workflow: Workflow, reader: Member) -> list[ReplayChoice]:
    """Return the versions that the run can be replayed with: its own, then the live one.

    None while it goes on or the workflow is unpublished. Six queries at most.
    """
    live = workflow.published_version
    if live is None or not run.is_over:
        return []
    versions = {ReplayVersion.OWN: run.version, ReplayVersion.CURRENT: live}
    if live.pk == run.version_id:
        del versions[ReplayVersion.CURRENT]
    steps = [step["config"] for one in versions.values() for step in one.definition["steps"]]
    known = Known.of(steps, member=reader)
    return [
        ReplayChoice(
            value,
            version,
            is_live=version.pk == live.pk,
            reached=[
                one for one in audiences(None, version.definition, known) if one.is_written_to
            ],
        )
        for value, version in versions.items()
    ]
