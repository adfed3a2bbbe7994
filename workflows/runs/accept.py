"""Accepts what starts a workflow: guard, run, local steps and messages in one transaction."""

import datetime
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Self

from django.conf import settings
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.db.models import F
from django.utils import timezone, translation

from workflows.models import Run
from workflows.models.request_url import LONG_AGO
from workflows.models.run import make_run_id
from workflows.payload.body import JSONValue, dump
from workflows.payload.kept_values import keep
from workflows.runs import dispatch, store
from workflows.runs.engine import (
    Care,
    Progress,
    StepTrouble,
    make_context,
    run_steps,
    tell_of_failure,
)
from workflows.runs.group_commit import GroupCommit
from workflows.runs.plan import plan_of
from workflows.runs.store import KnownRun
from workflows.text.sentences import Sentence


class RateLimited(Exception):
    """Raised where the workflow's second is not over: nothing was stored."""


class QuotaSpent(RateLimited):
    """Raised where the workflow was sent all that it takes in a day: nothing was stored."""


class URLGone(Exception):
    """Raised where the URL was retired or its workflow unpublished meanwhile."""


@dataclass(frozen=True)
class Job:
    """A checked request to start a workflow (workflow, version and URL by primary key)."""

    workflow: int
    version: int
    values: dict[str, str]
    payload: str = ""
    kept_values: dict[str, str] | None = None  # what is stored of them; None: all
    request_url: int | None = None
    sent_by: str = ""  # kind of client, kept with the URL
    delivery: str | None = None  # SHA-256 of the delivery's ID
    body_digest: str = ""
    size: int = 0  # bytes of the body, which count towards the day's
    start_kind: str = "webhook"
    started_by: int | None = None  # a member
    replay_of: str = ""
    is_paced: bool = True  # whether it uses the workflow's second

    def with_document(self, values: dict[str, str], document: JSONValue) -> Self:
        """Return the job with what the body held."""
        kept = keep(values, document)
        return replace(self, values=values, payload=dump(document), kept_values=kept)


@dataclass(frozen=True)
class Accepted:
    """The run that stands committed for the request; the first one for a duplicate."""

    run_id: str
    is_duplicate: bool = False


def accept(job: Job) -> Accepted:
    """Commit the run and whatever its local steps do, and only then return.

    Raise RateLimited within a second of the last accepted request of the workflow, URLGone where
    its URL has just been retired, and DatabaseError where the store can't take it; then nothing is
    left. A failing step is no error here: its run is committed as failed.
    """
    plan_of(job.version)  # is looked up before anybody waits for it
    accepted = _accept_at_once(job)
    if accepted is not None:
        return accepted
    try:
        return _store(job, Care.STEP_BY_STEP)
    except IntegrityError:
        if known := find_known(job):
            return as_duplicate(job, known)
        raise


def _accept_at_once(job: Job) -> Accepted | None:
    """Accept without savepoints; None, and nothing stored, where something raised.

    On SQLite together with all who wait: PostgreSQL groups commits itself.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        return _group.run(job)
    try:
        return _store(job, Care.TOGETHER)
    except StepTrouble:
        return None
    except IntegrityError:
        known = find_known(job)
        return as_duplicate(job, known) if known else None


def find_known(job: Job) -> KnownRun | None:
    """Return the run that this delivery has already started (a look-up, nothing is written)."""
    if job.delivery is None:
        return None
    since = timezone.now() - datetime.timedelta(days=settings.DECLIC_DELIVERY_DAYS)
    return store.find_delivery(job.workflow, job.delivery, since)


def as_duplicate(job: Job, known: KnownRun) -> Accepted:
    """Return the answer for a delivery that is known, and note on its run a body that differs."""
    if known.body_digest != job.body_digest:
        note_differing_duplicate(known.key)
    return Accepted(known.run_id, is_duplicate=True)


def note_differing_duplicate(key: int) -> None:
    """Count, on the first run, that its delivery came again with another body."""
    Run.objects.filter(pk=key).update(differing_duplicates=F("differing_duplicates") + 1)


def _store(job: Job, care: Care) -> Accepted:
    """Store the job in a transaction of its own.

    Where the answer to its COMMIT is lost, what it left is asked on a new connection.
    """
    accepted: Accepted | None = None
    try:
        with transaction.atomic():
            accepted = _write(job, care)
    except (InterfaceError, OperationalError):
        if accepted is None or connection.in_atomic_block or not _is_stored(accepted):
            raise
    return accepted


def _is_stored(accepted: Accepted) -> bool:
    connection.close()
    return Run.objects.filter(run_id=accepted.run_id).exists()


def _write(job: Job, care: Care = Care.TOGETHER) -> Accepted:
    """Write the job's rows in the caller's transaction; RateLimited is raised before any."""
    if job.is_paced and not store.take_second(job.workflow, job.size):
        known = find_known(job)
        if known is None:
            raise _why_refused(job)
        return as_duplicate(job, known)
    if care is Care.STEP_BY_STEP and job.delivery is not None:
        _forget_expired(job)
    plan = plan_of(job.version)
    run_id, accepted_at = make_run_id(), timezone.now()
    context = make_context(plan, run_id, job.values)
    with _in_the_workspaces_language():
        progress = run_steps(plan, context, start=0, care=care, is_in_request=True)
    key = _insert(job, run_id, progress, accepted_at)
    store.insert_step_runs(key, progress.step_runs)
    if job.request_url is not None and not store.touch_url(
        job.request_url, accepted_at, job.sent_by
    ):
        raise URLGone
    _follow_up(key, progress)
    return Accepted(run_id)


def _in_the_workspaces_language() -> AbstractContextManager[None]:
    """Not that of the page whose thread this is: it may do the jobs of hooks as well."""
    if translation.get_language() == settings.LANGUAGE_CODE:
        return nullcontext()
    return translation.override(settings.LANGUAGE_CODE)


def _why_refused(job: Job) -> RateLimited:
    is_spent = store.is_quota_spent(job.workflow, job.size)
    return QuotaSpent() if is_spent else RateLimited()


_group: GroupCommit[Job, Accepted] = GroupCommit(_write, harmless=RateLimited)


def accept_for_later(job: Job, *, problem: Sentence | None = None) -> Accepted:
    """Insert the run in the caller's transaction, due now: the runner carries on all its steps.

    Where `problem` says why it can't run, it stands as failed and the managers are told.
    """
    run_id = make_run_id()
    progress = Progress(next_step=0)
    if problem is not None:
        progress.status, progress.error = Run.Status.FAILED, problem.as_json()
    with transaction.atomic():
        _follow_up(_insert(job, run_id, progress, progress.due_at), progress)
    return Accepted(run_id)


def _follow_up(key: int, progress: Progress) -> None:
    """Have the run carried on once it is committed, or its managers told why it failed."""
    if progress.status == Run.Status.WAITING:
        transaction.on_commit(lambda: dispatch.wake(key, progress.due_at), robust=True)
    elif progress.status == Run.Status.FAILED:
        tell_of_failure(Run.objects.get(pk=key))


def _insert(job: Job, run_id: str, progress: Progress, accepted_at: datetime.datetime) -> int:
    return store.insert_run(
        run_id=run_id,
        workflow_id=job.workflow,
        version_id=job.version,
        status=str(progress.status),
        start_kind=job.start_kind,
        started_by_id=job.started_by,
        replay_of=job.replay_of,
        values=job.values if job.kept_values is None else job.kept_values,
        payload=job.payload,
        delivery=job.delivery,
        body_digest=job.body_digest,
        differing_duplicates=0,
        error=progress.error,
        accepted_at=accepted_at,
        finished_at=progress.finished_at,
        next_step=progress.next_step,
        due_at=progress.due_at,
        attempt=0,
        lease_owner="",
        lease_until=LONG_AGO,
    )


def _forget_expired(job: Job) -> None:
    """Free a delivery ID whose days are over, so that it can be used anew."""
    since = timezone.now() - datetime.timedelta(days=settings.DECLIC_DELIVERY_DAYS)
    Run.objects.filter(workflow=job.workflow, delivery=job.delivery, accepted_at__lte=since).update(
        delivery=None
    )
