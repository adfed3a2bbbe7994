"""Steps that fail: nothing of them stays, and their sentence does."""

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from messaging.services import (
    post_message,
)
from tests.builders import make_live, told
from tests.workflows.runs import WAIT, carry_on, later, say, start, texts
from workflows.models import Run, StepRun
from workflows.registry import step_kinds
from workflows.runs import engine, notices
from workflows.runs.plan import plan_of
from workflows.steps.base import StepFailed

pytestmark = pytest.mark.django_db


def post_and_raise(channel, error):
    def work(context):
        post_message(channel=channel, sender=context.app, text="half")
        raise error

    return work


def test_a_step_that_fails_leaves_nothing_and_ends_the_run_with_its_sentence(
    alice, support, odd_step
):
    odd = odd_step(post_and_raise(support, StepFailed("No %(what)s.", what="luck")))

    run = start(make_live(alice, steps=[say(support, "kept"), odd, say(support, "never")]))

    assert run.status == Run.Status.FAILED
    assert run.error_sentence == "No luck."
    assert run.finished_at is not None
    assert texts(support) == ["kept"]
    assert [(one.status, one.error_sentence) for one in run.step_runs.all()] == [
        ("succeeded", ""),
        ("failed", "No luck."),
    ]


def test_a_step_that_fails_after_a_wait_leaves_nothing_either(alice, support, odd_step):
    odd = odd_step(post_and_raise(support, StepFailed("No luck.")))
    run = start(make_live(alice, steps=[say(support, "kept"), WAIT, odd]))

    with later(61):
        carry_on()
        assert carry_on() == 0

    run.refresh_from_db()
    assert (run.status, run.error_sentence) == (Run.Status.FAILED, "No luck.")
    assert texts(support) == ["kept"]
    assert "No luck." in told(alice)[-1].text


@pytest.mark.parametrize("steps_before", [[], [WAIT]], ids=["in the request", "after a wait"])
def test_a_bug_in_a_step_fails_the_run_and_keeps_its_details_to_the_log(
    alice, support, odd_step, caplog, steps_before
):
    odd = odd_step(post_and_raise(support, ZeroDivisionError("hush")))

    run = start(make_live(alice, steps=[*steps_before, odd]))
    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert run.error_sentence == "Something in Declic itself went wrong in this step."
    assert texts(support) == []
    assert "hush" not in str(run.error)
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    "output", [{"message": object()}, {"n": float("nan")}, {1, 2}], ids=["object", "NaN", "set"]
)
def test_a_step_that_gives_what_cannot_be_kept_fails_the_run(alice, support, odd_step, output):
    def work(context):
        post_message(channel=support, sender=context.app, text="half")
        return output

    run = start(make_live(alice, steps=[odd_step(work, outputs=output)]))

    assert run.error_sentence == "Something in Declic itself went wrong in this step."
    assert texts(support) == []


@pytest.mark.parametrize("output", [{}, {"n": 1, "m": 2}, {"m": 1}, None], ids=str)
def test_a_step_that_gives_other_outputs_than_declared_fails_and_is_named_in_the_log(
    alice, support, odd_step, caplog, output
):
    def work(context):
        post_message(channel=support, sender=context.app, text="half")
        return output

    run = start(make_live(alice, steps=[odd_step(work, outputs=["n"])]))

    assert run.error_sentence == "Something in Declic itself went wrong in this step."
    assert texts(support) == []
    assert "A step “odd” gave" in caplog.text
    assert "it declares n" in caplog.text


def test_a_sentence_may_be_made_of_anything(alice, support, odd_step):
    error = StepFailed("%(channel)s: %(reason)s.", channel=support, reason=gettext_lazy("Not now"))

    run = start(make_live(alice, steps=[odd_step(post_and_raise(support, error))]))

    assert run.error_sentence == "#support: Not now."


def test_a_notice_that_cannot_be_sent_does_not_keep_a_run_from_failing(
    alice, support, odd_step, monkeypatch, caplog
):
    def break_down(run):
        post_message(channel=support, sender=alice, text="half a notice")
        raise ZeroDivisionError

    monkeypatch.setattr(notices, "tell_managers_of_failure", break_down)
    odd = odd_step(post_and_raise(support, StepFailed("No luck.")))

    at_once = start(make_live(alice, steps=[odd]))
    waited = start(make_live(alice, steps=[WAIT, odd]))
    with later(61):
        carry_on()

    waited.refresh_from_db()
    assert at_once.error_sentence == waited.error_sentence == "No luck."
    assert texts(support) == []
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_sqlite_undid_during_the_notice_is_no_accepted_run(
    alice, odd_step, monkeypatch
):
    def run_out_of_memory(run):
        connection.connection.execute("ROLLBACK")  # as SQLite may, before it raises
        raise MemoryError

    monkeypatch.setattr(notices, "tell_managers_of_failure", run_out_of_memory)
    workflow = make_live(alice, steps=[odd_step(lambda context: 1 / 0)])

    with pytest.raises(MemoryError):
        start(workflow)

    assert not Run.objects.exists()


def test_a_kind_of_step_that_was_removed_fails_the_run(alice, support, odd_step):
    workflow = make_live(alice, steps=[say(support, "kept"), odd_step(lambda context: {})])
    del step_kinds._kinds["odd"]
    plan_of.cache_clear()

    run = start(workflow)

    assert run.error_sentence == "This kind of step does not exist any more."
    assert run.step_runs.get(position=1).kind == "odd"
    assert texts(support) == ["kept"]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_what_the_database_refuses_is_no_failure_of_a_step(alice, support, odd_step, error):
    odd = odd_step(post_and_raise(support, error("disk full")))
    workflow = make_live(alice, steps=[say(support, "not even this"), odd])

    with pytest.raises(error), transaction.atomic():
        start(workflow)

    assert not Run.objects.exists()
    assert not StepRun.objects.exists()
    assert texts(support) == []


def test_what_the_database_refuses_comes_again_later_each_time(alice, support, odd_step, caplog):
    def break_down(context):
        raise OperationalError("gone away")

    run = start(make_live(alice, steps=[WAIT, odd_step(break_down)]))
    gaps = []
    for _ in range(8):
        run.refresh_from_db()
        with later((run.due_at - timezone.now()).total_seconds()):
            assert carry_on() == 0
            assert carry_on() == 0
            run.refresh_from_db()
            gaps.append((run.due_at - timezone.now()).total_seconds())

    assert run.status == Run.Status.WAITING
    assert gaps == sorted(gaps)
    assert gaps[0] < gaps[3] < gaps[7] == 60


def test_what_the_database_refuses_for_ever_fails_in_the_end_and_is_told(alice, odd_step):
    def break_down(context):
        raise OperationalError("gone away")

    run = start(make_live(alice, steps=[WAIT, odd_step(break_down)]))
    Run.objects.update(attempt=engine.MOST_ATTEMPTS - 1)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert run.error_sentence == "The database refused this step again and again."
    assert "refused this step again and again" in told(alice)[-1].text
