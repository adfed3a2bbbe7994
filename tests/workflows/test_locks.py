"""What several processes do to one workflow at the same moment, on PostgreSQL."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from messaging.services import post_message
from tests.builders import make_live
from tests.workflows.runs import WAIT, carry_on, job_for, later, say, start, texts
from workflows.models import Run, Workflow
from workflows.runs import notices, retention
from workflows.runs.accept import Accepted, RateLimited, URLGone, accept
from workflows.services import delete_workflow, regenerate_url, set_details, unpublish_workflow
from workflows.services.drafts import lock
from workflows.steps.base import StepFailed

pytestmark = [pytest.mark.scaled_out, pytest.mark.django_db(transaction=True)]

PATIENCE = 30.0  # seconds until a test that hangs is given up


class Meanwhile:
    """Work in threads with connections of their own."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(4)
        self.arrived, self.may_go_on = threading.Event(), threading.Event()

    def do(self, work, *args, **fields) -> Future:
        def and_close():
            try:
                return work(*args, **fields)
            finally:
                connection.close()

        return self.pool.submit(and_close)

    def stop_here(self) -> None:
        """Let the test go on, until it lets this thread go on."""
        self.arrived.set()
        assert self.may_go_on.wait(PATIENCE)

    def wait_until_somebody_waits(self) -> None:
        """Return once another connection waits for a lock."""
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        waiting += " AND datname = current_database()"
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with connection.cursor() as cursor:
                cursor.execute(waiting)
                if cursor.fetchone():
                    return
            time.sleep(0.02)
        pytest.fail("Nobody waited.")


@pytest.fixture
def meanwhile():
    meanwhile = Meanwhile()
    yield meanwhile
    meanwhile.may_go_on.set()
    meanwhile.pool.shutdown()


def paced(workflow):
    return job_for(workflow, is_paced=True, request_url=workflow.request_urls.get().pk)


@pytest.fixture
def slow(alice, support, odd_step, meanwhile):
    """A live workflow whose step posts, then waits for the test."""

    def work(context):
        post_message(channel=support, sender=context.app, text="hello")
        meanwhile.stop_here()
        return {}

    return make_live(alice, steps=[odd_step(work)])


def test_a_manager_at_work_does_not_hold_up_requests(alice, support, meanwhile):
    live = make_live(alice, channel=support, text="hello")

    with transaction.atomic():
        lock(live)
        accepted = meanwhile.do(accept, paced(live)).result(PATIENCE)

    assert Run.objects.get().run_id == accepted.run_id


def regenerate(workflow, by):
    regenerate_url(workflow=workflow, by=by)


def rename(workflow, by):
    set_details(workflow=workflow, by=by, name="New name")


def unpublish(workflow, by):
    unpublish_workflow(workflow=workflow, by=by)


def delete(workflow, by):
    delete_workflow(workflow=workflow, by=by)


@pytest.mark.parametrize("change", [rename, regenerate, unpublish, delete])
def test_a_change_at_the_moment_of_a_commit_harms_neither(
    alice, support, odd_step, meanwhile, monkeypatch, change
):
    def fail(context):
        raise StepFailed("No luck.")

    monkeypatch.setattr(notices, "tell_managers_of_failure", lambda run: meanwhile.stop_here())
    live = make_live(alice, steps=[say(support, "hello"), odd_step(fail)])
    accepting = meanwhile.do(accept, paced(live))
    assert meanwhile.arrived.wait(PATIENCE)  # all rows are written, not committed
    changing = meanwhile.do(change, Workflow.objects.get(pk=live.pk), alice)
    if change in (regenerate, delete):
        meanwhile.wait_until_somebody_waits()

    meanwhile.may_go_on.set()

    assert accepting.result(PATIENCE).run_id
    changing.result(PATIENCE)
    assert texts(support) == ["hello"]
    retention.prune()  # what was deleted goes from the store
    assert Run.objects.exists() is (change is not delete)


@pytest.mark.parametrize("change", [regenerate, unpublish])
def test_a_url_retired_while_the_steps_run_takes_nothing_in(
    alice, support, slow, meanwhile, change
):
    accepting = meanwhile.do(accept, paced(slow))
    assert meanwhile.arrived.wait(PATIENCE)

    change(slow, alice)
    meanwhile.may_go_on.set()

    with pytest.raises(URLGone):
        accepting.result(PATIENCE)
    assert texts(support) == []


def test_a_workflow_deleted_while_its_run_fails_is_deleted(alice, odd_step, meanwhile, monkeypatch):
    def fail(context):
        raise StepFailed("No luck.")

    monkeypatch.setattr(notices, "tell_managers_of_failure", lambda run: meanwhile.stop_here())
    live = make_live(alice, steps=[WAIT, odd_step(fail)])
    start(live)

    with later(61):
        carrying_on = meanwhile.do(carry_on)
        assert meanwhile.arrived.wait(PATIENCE)  # the run's row is written, not committed
        deleting = meanwhile.do(delete, Workflow.objects.get(pk=live.pk), alice)
        meanwhile.wait_until_somebody_waits()
        meanwhile.may_go_on.set()
        carrying_on.result(PATIENCE)
        deleting.result(PATIENCE)

    assert not Workflow.objects.filter(pk=live.pk).exists()
    retention.prune()
    assert not Run.objects.exists()


def test_of_two_who_carry_on_the_same_run_one_does(alice, support, slow, meanwhile):
    slow_step = slow.published_version.definition["steps"][0]
    live = make_live(alice, steps=[WAIT, slow_step])
    start(live)

    with later(61):
        first = meanwhile.do(carry_on, "first")
        assert meanwhile.arrived.wait(PATIENCE)
        assert carry_on("second") == 0
        meanwhile.may_go_on.set()
        assert first.result(PATIENCE) == 1

    assert texts(support) == ["hello"]


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_commit_whose_answer_is_lost_is_looked_up(
    alice, support, meanwhile, monkeypatch, is_committed
):
    live = make_live(alice, channel=support, text="hello")
    job = paced(live)
    wrapper = type(connections["default"])
    commit = wrapper._commit

    def lose_the_answer(self):
        if is_committed:
            commit(self)
        self.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(wrapper, "_commit", lose_the_answer)
    accepting = meanwhile.do(accept, job)
    if is_committed:
        assert accepting.result(PATIENCE).run_id == Run.objects.get().run_id
    else:
        assert isinstance(accepting.exception(PATIENCE), OperationalError)
        assert not Run.objects.exists()


def test_nobody_waits_for_another_who_is_being_accepted(slow, meanwhile):
    """Waiting would hold a thread for as long as the other's steps take."""
    first = replace(paced(slow), delivery="d")
    accepting = meanwhile.do(accept, first)
    assert meanwhile.arrived.wait(PATIENCE)

    for job in (paced(slow), first):
        with CaptureQueriesContext(connection) as asked, pytest.raises(RateLimited):
            accept(job)
        assert len([one for one in asked if "workflows_" in one["sql"]]) <= 4

    meanwhile.may_go_on.set()
    run = accepting.result(PATIENCE).run_id
    assert accept(first) == Accepted(run, is_duplicate=True)
