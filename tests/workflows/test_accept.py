"""What an accepted request commits, and what is left of one that is not."""

import datetime
import json

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone

from config.hook_handler import HookHandler
from messaging.message_store import insert_message
from messaging.models import Message
from messaging.services import post_message
from tests.builders import hook_path, make_live
from tests.workflows.runs import WAIT, carry_on, job_for, let_a_second_pass, say, start, texts
from workflows.models import HookClock, RequestURL, Run, StepRun
from workflows.models.request_url import LONG_AGO
from workflows.runs import accept as accepting
from workflows.runs import dispatch, store
from workflows.runs.accept import RateLimited, URLGone, accept
from workflows.runs.engine import STEPS_IN_REQUEST
from workflows.services import delete_workflow, publish_workflow, unpublish_workflow
from workflows.steps.base import StepFailed

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support, text="hello")


def post(path):
    """Post `{}` as a service does, by the hooks' own way, which never raises."""
    request = RequestFactory().post(path, b"{}", content_type="application/json")
    return HookHandler().get_response(request)


def paced(workflow, **fields):
    """A job as the hook makes it."""
    url = workflow.request_urls.get()
    return job_for(workflow, is_paced=True, request_url=url.pk, **fields)


def nothing_is_stored():
    return not (Run.objects.exists() or StepRun.objects.exists() or Message.objects.exists())


def test_run_steps_messages_clock_and_last_use_are_stored_together(live, support):
    before = timezone.now()

    accepted = accept(paced(live, payload="{}", values={"a": "1"}, body_digest="b"))

    run = Run.objects.get(run_id=accepted.run_id)
    assert (run.values, run.payload, run.body_digest) == ({"a": "1"}, "{}", "b")
    assert run.step_runs.count() == 1
    assert texts(support) == ["hello"]
    assert HookClock.objects.get(workflow=live).last_accepted_at >= before
    assert live.request_urls.get().last_used_at == run.accepted_at


def test_what_the_database_refuses_leaves_nothing_and_does_not_use_the_second(
    alice, support, odd_step, monkeypatch
):
    def break_down(context):
        raise OperationalError("full")

    live = make_live(alice, steps=[say(support, "hello"), odd_step(break_down)])

    with pytest.raises(OperationalError):
        accept(paced(live))

    assert nothing_is_stored()
    assert live.request_urls.get().last_used_at is None
    assert store.take_second(live.pk)


def test_within_the_second_nothing_is_stored(live):
    accept(paced(live))

    with pytest.raises(RateLimited):
        accept(paced(live))

    assert Run.objects.count() == Message.objects.count() == 1


def test_what_is_not_paced_neither_uses_nor_needs_the_second(live):
    start(live)
    start(live)
    accept(paced(live))

    assert Run.objects.count() == 3


def test_a_failing_step_costs_one_run_and_one_second(alice, support, odd_step):
    calls = []

    def fail(context):
        calls.append(context.run_id)
        post_message(channel=support, sender=context.app, text="half")
        raise StepFailed("No luck.")

    live = make_live(alice, steps=[say(support, "hello"), odd_step(fail), say(support, "no")])

    accepted = accept(paced(live))

    run = Run.objects.get()
    assert run.run_id == accepted.run_id
    assert run.error_sentence == "No luck."
    assert texts(support) == ["hello"]
    assert len(calls) == 2  # without savepoints first, then with them
    with pytest.raises(RateLimited):
        accept(paced(live))


# --- Deliveries -----------------------------------------------------------------------------------


def test_a_delivery_that_the_second_refuses_is_looked_up_once_more(live):
    """As where two come at the same moment: neither was known when it was looked for."""
    first = accept(paced(live, delivery="d"))

    second = accept(paced(live, delivery="d"))

    assert second == accepting.Accepted(first.run_id, is_duplicate=True)
    assert Run.objects.count() == Message.objects.count() == 1


def test_a_delivery_that_the_unique_key_refuses_is_looked_up_once_more(live):
    first = accept(job_for(live, delivery="d", body_digest="one"))

    second = accept(job_for(live, delivery="d", body_digest="two"))

    assert second == accepting.Accepted(first.run_id, is_duplicate=True)
    run = Run.objects.get()
    assert (run.differing_duplicates, run.body_digest) == (1, "one")
    assert Message.objects.count() == 1


def test_looking_a_known_delivery_up_writes_nothing(live, django_assert_num_queries):
    first = accept(job_for(live, delivery="d", body_digest="one"))

    with django_assert_num_queries(1):
        known = accepting.find_known(job_for(live, delivery="d", body_digest="two"))

    assert known.run_id == first.run_id
    assert Run.objects.get().differing_duplicates == 0


def test_a_delivery_that_came_while_a_step_failed_is_looked_up_too(alice, odd_step):
    """The first try finds the step failing, the second finds the other's run there."""

    def fail(context):
        raise StepFailed("No luck.")

    odd = make_live(alice, steps=[odd_step(fail)])
    first = start(odd)
    Run.objects.update(delivery="d")

    accepted = accept(job_for(odd, delivery="d"))

    assert accepted == accepting.Accepted(first.run_id, is_duplicate=True)
    assert Run.objects.count() == 1


def test_the_same_delivery_of_another_workflow_is_another(alice, live):
    accept(job_for(live, delivery="d"))

    assert not accept(job_for(make_live(alice), delivery="d")).is_duplicate


def test_a_delivery_whose_days_are_over_starts_a_run_anew(live, support):
    first = accept(job_for(live, delivery="d"))
    Run.objects.update(accepted_at=timezone.now() - datetime.timedelta(days=8))

    second = accept(job_for(live, delivery="d"))

    assert not second.is_duplicate
    assert first.run_id != second.run_id
    assert texts(support) == ["hello", "hello"]
    assert list(Run.objects.order_by("pk").values_list("delivery", flat=True)) == [None, "d"]


def test_a_duplicate_does_not_use_the_second(live):
    accept(job_for(live, delivery="d"))
    let_a_second_pass()

    accept(job_for(live, delivery="d"))

    assert store.take_second(live.pk)


def test_a_delivery_costs_no_statement_more(live, django_assert_max_num_queries):
    accept(job_for(live))
    with django_assert_max_num_queries(8):
        accept(job_for(live))
    with django_assert_max_num_queries(8):
        accept(job_for(live, delivery="d"))


# --- Between the look-up of the URL and the commit ------------------------------------------------


def test_a_workflow_unpublished_meanwhile_accepts_nothing(alice, live):
    job = paced(live)
    unpublish_workflow(workflow=live, by=alice)

    with pytest.raises(URLGone):
        accept(job)

    assert nothing_is_stored()


@pytest.mark.parametrize(
    "state", [{"retired_at": LONG_AGO}, {"retires_at": LONG_AGO}, {"pending_until": LONG_AGO}]
)
def test_a_url_retired_meanwhile_accepts_nothing(live, state):
    job = paced(live)
    RequestURL.objects.update(**state)

    with pytest.raises(URLGone):
        accept(job)

    assert nothing_is_stored()
    assert live.request_urls.get().last_used_at is None


def test_a_version_published_meanwhile_changes_nothing_for_what_is_under_way(alice, live, support):
    job = paced(live)
    publish_workflow(workflow=live, by=alice)

    run = Run.objects.get(run_id=accept(job).run_id)

    assert run.version.number == 1


@pytest.mark.parametrize("change", [unpublish_workflow, delete_workflow])
def test_the_sender_is_told_that_there_is_no_such_url(alice, live, monkeypatch, change):
    path = hook_path(live)
    find_known = accepting.find_known

    def change_in_between(job):
        if not is_changed:
            is_changed.append(True)
            change(workflow=live, by=alice)
        return find_known(job)

    is_changed = []
    monkeypatch.setattr("workflows.hook.view.find_known", change_in_between)

    answer = post(path)

    assert (answer.status_code, json.loads(answer.content)["error"]) == (404, "workflow_not_found")
    assert nothing_is_stored()


# --- The commit itself ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_vanishes_before_the_commit_fails_the_run(alice, support, odd_step):
    """PostgreSQL and SQLite alike find that out at the commit only."""
    calls = []

    def post_into_nothing(context):
        calls.append(context.run_id)
        if len(calls) > 1:
            raise StepFailed("The channel is gone.")
        key = insert_message(
            channel=support.pk + 1000,
            member=None,
            app=context.app.pk,
            text="lost",
            body=[],
            parent=None,
            now=timezone.now(),
        )
        return {"message": key}

    live = make_live(alice, steps=[odd_step(post_into_nothing)])

    accepted = accept(paced(live))

    assert len(calls) == 2
    assert Run.objects.get().run_id == accepted.run_id
    assert Run.objects.get().error_sentence == "The channel is gone."
    assert not Message.objects.filter(text="lost").exists()


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_again_leaves_nothing(alice, support, odd_step):
    def post_into_nothing(context):
        insert_message(
            channel=support.pk + 1000,
            member=None,
            app=context.app.pk,
            text="lost",
            body=[],
            parent=None,
            now=timezone.now(),
        )
        return {}

    live = make_live(alice, steps=[odd_step(post_into_nothing)])

    answer = post(hook_path(live))

    assert (answer.status_code, json.loads(answer.content)["error"]) == (503, "unavailable")
    assert "Retry-After" in answer.headers
    assert nothing_is_stored()
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_that_raises_does_not_undo_what_was_committed(alice, monkeypatch):
    def break_down(key, due_at):
        raise RuntimeError("no broker")

    monkeypatch.setattr(dispatch, "wake", break_down)
    live = make_live(alice, steps=[WAIT])

    answer = post(hook_path(live))

    assert answer.status_code == 200
    assert Run.objects.get().run_id == json.loads(answer.content)["run"]


def test_a_wake_up_comes_after_the_commit_and_only_for_what_waits(
    alice, live, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr(dispatch, "wake", lambda key, due_at: woken.append((key, due_at)))

    with django_capture_on_commit_callbacks(execute=True):
        start(live)
    assert woken == []
    with django_capture_on_commit_callbacks() as callbacks:
        run = start(make_live(alice, steps=[WAIT]))
    assert woken == []
    for callback in callbacks:
        callback()

    assert woken == [(run.pk, run.due_at)]


@pytest.mark.parametrize("error", [OperationalError, DatabaseError, IntegrityError])
def test_whatever_the_database_raises_is_503(live, monkeypatch, error):
    def refuse(**_):
        raise error("secret value")

    monkeypatch.setattr(store, "insert_run", refuse)

    answer = post(hook_path(live))

    assert (answer.status_code, json.loads(answer.content)) == (
        503,
        {"ok": False, "error": "unavailable"},
    )
    assert int(answer.headers["Retry-After"]) >= 1
    assert nothing_is_stored()


# --- What runs while everybody else waits to write ------------------------------------------------


def test_a_few_steps_run_in_the_request_and_the_runner_goes_on(alice, support):
    steps = [say(support, str(number)) for number in range(STEPS_IN_REQUEST + 3)]
    live = make_live(alice, steps=steps)

    run = start(live)

    assert (run.status, run.next_step) == (Run.Status.WAITING, STEPS_IN_REQUEST)
    assert len(texts(support)) == STEPS_IN_REQUEST
    assert carry_on() == 1
    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert texts(support) == [str(number) for number in range(STEPS_IN_REQUEST + 3)]


def test_long_messages_leave_the_request_sooner(alice, support):
    live = make_live(alice, steps=[say(support, "x" * 7000)] * 5)

    run = start(live)

    assert run.next_step == 2
    assert carry_on() == 1
    assert len(texts(support)) == 5


def test_as_many_steps_as_a_request_may_run_end_in_it(alice, support):
    live = make_live(alice, steps=[say(support, "x")] * STEPS_IN_REQUEST)

    assert start(live).status == Run.Status.SUCCEEDED
