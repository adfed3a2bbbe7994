"""Runs a workflow's steps and decides what comes next."""

import datetime
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db import Error, InterfaceError, OperationalError, transaction
from django.db.models import Case, F, When
from django.utils import timezone
from django.utils.translation import gettext_noop

from messaging.directory import find_members
from workflows.models import Run, StepRun
from workflows.models.request_url import LONG_AGO
from workflows.models.run import LEASE
from workflows.payload.redaction import Secrets
from workflows.runs import notices, store
from workflows.runs.plan import Plan, PlannedStep, plan_of
from workflows.runs.provided_channels import channel_values
from workflows.runs.store import StepRow
from workflows.steps.base import RunContext, StepFailed, StepKind
from workflows.text.sentences import Sentence
from workflows.text.template_text import Filled, MemberValue, TextValue

logger = logging.getLogger("declic.engine")

STEPS_IN_REQUEST = 10  # that run in a hook's own transaction, while all others wait to write
CHARACTERS_IN_REQUEST = 12_000  # of what these steps are filled with: one message of full length
MOST_ATTEMPTS = 20  # how often a run that can't be carried on is tried again
DEATH = 4  # attempts that one counts for whose process ended: five of them are enough
WENT_WRONG = Sentence(gettext_noop("Something in Declic itself went wrong in this step."))
ENDED = Sentence(gettext_noop("The server ended in the midst of this step again and again."))
REFUSED = Sentence(gettext_noop("The database refused this step again and again."))


class Care(Enum):
    """How what a step raises is kept from the rest of its transaction."""

    TOGETHER = "together"  # not at all: it raises StepTrouble, and all is done once more
    STEP_BY_STEP = "step by step"  # a savepoint for each step, to which a failure rolls back


class StepTrouble(Exception):
    """Raised in place of a failure where no savepoint was set: do it once more, carefully."""


class WrongOutputs(Exception):
    """Raised where a step gives other outputs than its kind declares: a mistake in its code."""


class LeaseLost(Exception):
    """Raised where somebody else took the run over: the transaction must be rolled back."""


@dataclass
class Progress:
    """What running some steps led to: the run's next state and the rows of its steps."""

    next_step: int
    status: str = Run.Status.WAITING
    due_at: datetime.datetime = field(default_factory=timezone.now)
    error: dict[str, Any] = field(default_factory=dict)
    step_runs: list[StepRow] = field(default_factory=list)

    @property
    def is_enough_for_a_request(self) -> bool:
        """Whether others have waited long enough for these steps: the runner goes on."""
        written = sum(len(row.input) for row in self.step_runs)
        return len(self.step_runs) >= STEPS_IN_REQUEST or written >= CHARACTERS_IN_REQUEST

    @property
    def finished_at(self) -> datetime.datetime | None:
        """The end, if it was reached."""
        return None if self.status == Run.Status.WAITING else self.due_at


def make_context(plan: Plan, run_id: str, values: Mapping[str, str]) -> RunContext:
    """Look up the members and channels that values name, and return what steps may know.

    One query for each of the two, if any is named.
    """
    named = {values[key] for key in plan.member_keys if values.get(key)}
    members = find_members(named)
    channels = channel_values(values, plan.channel_keys)
    filled: dict[str, Filled] = {}
    for key, value in values.items():
        member = members.get(value) if key in plan.member_keys else None
        filled[key] = (
            MemberValue(member.member_id, member.display_name, member.email)
            if member
            else channels.get(key) or TextValue(value)
        )
    return RunContext(
        run_id=run_id,
        app=plan.app,
        publisher=plan.publisher,
        values=filled,
        now=timezone.now(),
    )


def run_steps(
    plan: Plan,
    context: RunContext,
    *,
    start: int,
    care: Care = Care.STEP_BY_STEP,
    most: int | None = None,
    is_in_request: bool = False,
) -> Progress:
    """Run steps from `start` inside the caller's transaction, until one fails or the run must wait.

    `most` bounds their number. In a request only local steps run, a few of them: before another
    kind, and where they were enough, the run is left due. Done together, a failure raises
    StepTrouble and the caller does all once more, step by step. What the database raises passes.
    """
    progress = Progress(next_step=start)
    for step in plan.steps[start : None if most is None else start + most]:
        is_local = step.kind is None or step.kind.local
        if is_in_request and (not is_local or progress.is_enough_for_a_request):
            return progress
        resume_at = _run_step(step, context, progress, care)
        if progress.status == Run.Status.FAILED:
            return progress
        progress.next_step += 1
        if resume_at is not None:
            progress.due_at = resume_at
            return progress
    if progress.next_step >= len(plan.steps):
        progress.status = Run.Status.SUCCEEDED
    progress.due_at = timezone.now()
    return progress


def _run_step(
    step: PlannedStep, context: RunContext, progress: Progress, care: Care
) -> datetime.datetime | None:
    """Run one step and add its row to the progress; return when the run goes on, if it waits."""
    row = StepRow(
        position=progress.next_step,
        kind=step.name,
        status=StepRun.Status.SUCCEEDED.value,
        started_at=timezone.now(),
    )
    resume_at: datetime.datetime | None = None
    try:
        with transaction.atomic() if care is Care.STEP_BY_STEP else nullcontext():
            if step.kind is None:
                raise StepFailed(gettext_noop("This kind of step does not exist any more."))
            filled = step.fill(context)
            row.took(step.record(filled))
            row.gave(_checked(step.kind, step.kind.run(filled, context)))
            resume_at = step.kind.resume_at(filled, timezone.now())
    except Error:
        raise
    except Exception as error:
        if care is Care.TOGETHER:
            raise StepTrouble from error
        sentence = _sentence_of(error, context)
        progress.status, progress.error = Run.Status.FAILED, sentence.as_json()
        row.failed(StepRun.Status.FAILED.value, progress.error)
        progress.due_at = timezone.now()
    row.finished_at = timezone.now()
    progress.step_runs.append(row)
    return resume_at


def _checked(kind: StepKind, outputs: dict[str, Any]) -> dict[str, Any]:
    """Return what the step gave; anything but the declared outputs is a mistake in its kind."""
    if not isinstance(outputs, dict) or outputs.keys() != kind.outputs.keys():
        given = (
            ", ".join(map(str, outputs)) if isinstance(outputs, dict) else type(outputs).__name__
        )
        declared = ", ".join(kind.outputs) or "nothing"
        raise WrongOutputs(f"A step “{kind.kind}” gave {given}; it declares {declared}.")
    return outputs


def _sentence_of(error: Exception, context: RunContext) -> Sentence:
    if isinstance(error, StepFailed):
        return _without_secrets(error.sentence, context)
    logger.error("A step of run %s raised", context.run_id, exc_info=error)
    return WENT_WRONG


def _without_secrets(sentence: Sentence, context: RunContext) -> Sentence:
    """Hide the values of secret-looking variables: pages, notices and the CSV show the sentence."""
    texts = {key: one.text for key, one in context.values.items() if isinstance(one, TextValue)}
    secrets = Secrets(texts)
    shown = {
        name: secrets.hide(value) if isinstance(value, str) else value
        for name, value in sentence.values.items()
    }
    return Sentence(sentence.msgid, shown)


def advance(key: int, owner: str) -> bool:
    """Claim the run with this key and carry it on to its end or its next wait.

    Return False where it is not due or somebody else holds it. Each step and the run's next state
    are one transaction; raise LeaseLost, with nothing of the step left, where the run was taken
    over meanwhile.
    """
    run = claim(key, owner)
    if run is None:
        return False
    plan = plan_of(run.version_id)
    while not run.is_over and run.due_at <= timezone.now():
        with transaction.atomic():
            _advance_one_step(run, plan, owner)
        run.workflow.refresh_from_db(fields=["published_version", "runs_ended_through"])
    return True


def claim(key: int, owner: str) -> Run | None:
    """Take the run by one conditional update; None where it is not due or held by another.

    The attempt is counted before the step is run: a step that ends the process can't count it.
    A lease that ran out is such an end; so is one that a predecessor left (`dispatch`).
    """
    now = timezone.now()
    was_given_back = When(lease_until=LONG_AGO, then=F("attempt") + 1)
    taken = (
        Run.objects.due(now)
        .filter(pk=key)
        .update(
            lease_owner=owner,
            lease_until=now + LEASE,
            attempt=Case(was_given_back, default=F("attempt") + DEATH),
        )
    )
    return Run.objects.select_related("workflow").get(pk=key) if taken else None


def _advance_one_step(run: Run, plan: Plan, owner: str) -> None:
    workflow = run.workflow
    if workflow.published_version_id is None or run.pk <= workflow.runs_ended_through:
        progress = Progress(
            next_step=run.next_step,
            status=Run.Status.CANCELLED,
            error=Sentence(gettext_noop("The workflow was unpublished.")).as_json(),
        )
    elif run.attempt > MOST_ATTEMPTS:
        progress = Progress(
            next_step=run.next_step, status=Run.Status.FAILED, error=ENDED.as_json()
        )
    else:
        context = make_context(plan, run.run_id, run.whole_values)
        progress = run_steps(plan, context, start=run.next_step, most=1)
    store.insert_step_runs(run.pk, progress.step_runs)
    run.status, run.error = progress.status, progress.error
    run.next_step, run.due_at = progress.next_step, progress.due_at
    run.finished_at = progress.finished_at
    if run.is_over or run.due_at > timezone.now():
        _close(run, owner, lease_until=LONG_AGO, attempt=0)
    else:
        _close(run, owner, lease_until=timezone.now() + LEASE, attempt=run.attempt)


def _close(run: Run, owner: str, *, lease_until: datetime.datetime, attempt: int) -> None:
    """Write the run's next state if it is still the owner's; tell of its failure."""
    closed = Run.objects.filter(
        pk=run.pk, lease_owner=owner, attempt=run.attempt, status=Run.Status.WAITING
    ).update(
        status=run.status,
        error=run.error,
        next_step=run.next_step,
        due_at=run.due_at,
        finished_at=run.finished_at,
        lease_until=lease_until,
        attempt=attempt,
    )
    if not closed:
        raise LeaseLost
    if run.status == Run.Status.FAILED:
        tell_of_failure(run)


def tell_of_failure(run: Run) -> None:
    """Tell the managers, in the transaction that fails the run; it stands if they can't be told.

    Whatever broke that transaction is raised: it would be rolled back without a word.
    """
    try:
        with transaction.atomic():
            notices.tell_managers_of_failure(run)
    except (InterfaceError, OperationalError):
        raise
    except Exception:
        if transaction.get_rollback():  # SQLite out of memory may undo all by itself
            raise
        logger.exception("Nobody could be told of the failure of run %s", run)


@transaction.atomic
def put_back(key: int, owner: str, reason: Sentence) -> bool:
    """Give back a run that can't be carried on: later each time, at last failed for this reason.

    Twice the time for each attempt, at most a minute. Return False where this owner doesn't hold
    it. Raise LeaseLost.
    """
    mine = Run.objects.open().filter(pk=key, lease_owner=owner)
    run = mine.select_related("workflow").first()
    if run is None:
        return False
    now = timezone.now()
    if run.attempt < MOST_ATTEMPTS:
        run.due_at = now + datetime.timedelta(seconds=min(60, 2**run.attempt))
    else:
        run.status, run.finished_at = Run.Status.FAILED, now
        run.error = reason.as_json()
    _close(run, owner, lease_until=LONG_AGO, attempt=run.attempt)
    return True
