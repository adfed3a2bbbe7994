"""Replay a run: start its workflow again with what was received then."""

from enum import StrEnum

from messaging.models import Member
from workflows.accept import Job, accept
from workflows.kept_values import keep
from workflows.models import Run, Start, Workflow, WorkflowVersion
from workflows.payload import JSONValue, dump, parse_json
from workflows.plan import plan_of
from workflows.services.audit import record
from workflows.services.rights import require_manager
from workflows.services.testing import NotPublished
from workflows.variable_values import variable_values


class ReplayVersion(StrEnum):
    """With which version a run is repeated."""

    OWN = "own"  # the one that it ran with
    CURRENT = "current"  # the one that is live now


class NotOver(Exception):
    """Raised where the run still goes on: repeating it would do twice what is yet to come."""


def replay_run(*, run: Run, by: Member, version: ReplayVersion) -> Run:
    """Start a new run with the stored payload, which posts again; return it.

    It goes the way of a request but not at its pace: it neither waits for nor uses the sender's
    second. Raise NotPublished, NotOver, InvalidVariables where the version refuses the values,
    and DatabaseError where nothing could be stored.
    """
    workflow = Workflow.objects.select_related("published_version").get(pk=run.workflow_id)
    require_manager(workflow=workflow, by=by)
    live = workflow.published_version
    if live is None:
        raise NotPublished
    if not run.is_over:
        raise NotOver
    chosen = run.version if version is ReplayVersion.OWN else live
    accepted = accept(_job(run, chosen, by))
    record("replay", workflow=workflow, by=by, run=run.run_id, version=chosen.number)
    return Run.objects.get(run_id=accepted.run_id)


def _job(run: Run, version: WorkflowVersion, by: Member) -> Job:
    document = received(run)
    values = variable_values(document, plan_of(version.pk).variables)
    return Job(
        workflow=run.workflow_id,
        version=version.pk,
        values=values,
        payload=dump(document),
        kept_values=keep(values, document),
        start_kind=Start.REPLAY,
        started_by=by.pk,
        replay_of=run.run_id,
        is_paced=False,
    )


def received(run: Run) -> JSONValue:
    """Return the document that started the run; what its variables held where none was kept."""
    if run.payload:
        return parse_json(run.payload.encode())
    values: JSONValue = dict(run.whole_values)
    return values
