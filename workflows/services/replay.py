"""Replay a run: start its workflow again with what was received then."""

import hashlib
import hmac
from dataclasses import replace
from enum import StrEnum

from django.conf import settings

from messaging.models import Member
from workflows.models import Run, Start, Workflow, WorkflowVersion
from workflows.payload.body import JSONValue, dump, parse_json
from workflows.payload.kept_values import keep
from workflows.payload.variable_values import variable_values
from workflows.runs.accept import Job, accept, as_duplicate, find_known
from workflows.runs.plan import plan_of
from workflows.services.audit import record
from workflows.services.live_test import NotPublished
from workflows.services.rights import require_manager


class ReplayVersion(StrEnum):
    """With which version a run is repeated."""

    OWN = "own"  # the one that it ran with
    CURRENT = "current"  # the one that is live now


class NotOver(Exception):
    """Raised where the run still goes on: repeating it would do twice what is yet to come."""


def replay_run(*, run: Run, by: Member, version: ReplayVersion, once: str = "") -> Run:
    """Start a new run with the stored payload, which posts again; return it.

    `once` names the click: where it comes again, the run that it started is returned.

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
    job = _job(run, chosen, by)
    if once:
        job = replace(job, delivery=_click(run, chosen, by, once))
    known = find_known(job)
    accepted = as_duplicate(job, known) if known else accept(job)
    if not accepted.is_duplicate:
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


def _click(run: Run, version: WorkflowVersion, by: Member, once: str) -> str:
    """Return what tells this click from others; no service can send a delivery ID like it."""
    named = "\0".join(("replay", run.run_id, str(version.pk), str(by.pk), once))
    return hmac.new(settings.SECRET_KEY.encode(), named.encode(), hashlib.sha256).hexdigest()


def received(run: Run) -> JSONValue:
    """Return the document that started the run; what its variables held where none was kept."""
    if run.payload:
        return parse_json(run.payload.encode())
    values: JSONValue = dict(run.whole_values)
    return values
