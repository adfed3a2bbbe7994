"""What becomes of a run: its steps, its waits, its failures, and who holds it."""

import datetime

import pytest
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from messaging.models import Channel, Message
from messaging.services import (
    archive_channel,
    deactivate_member,
    direct_channel,
    leave_channel,
    post_message,
)
from tests.builders import make_live, make_member, told
from tests.workflows.runs import WAIT, carry_on, later, say, start, tell_person, texts
from workflows import engine, notices
from workflows.models import Run, StepRun
from workflows.models.request_url import LONG_AGO
from workflows.plan import plan_of
from workflows.registry import step_kinds
from workflows.services import (
    delete_workflow,
    publish_workflow,
    set_steps,
    unpublish_workflow,
)
from workflows.steps.base import StepFailed

pytestmark = pytest.mark.django_db

AGENT = {"key": "agent", "kind": "member"}


@pytest.fixture
def waiting(alice, support):
    """A live workflow that posts, waits a minute and posts again."""
    return make_live(
        alice, variables=[AGENT], steps=[say(support, "before"), WAIT, say(support, "after")]
    )


# --- Steps, in the request and after a wait -------------------------------------------------------


def test_local_steps_are_done_when_the_run_is_accepted(alice, support):
    run = start(make_live(alice, steps=[say(support, "one"), say(support, "two")]))

    assert run.status == Run.Status.SUCCEEDED
    assert run.finished_at is not None
    assert texts(support) == ["one", "two"]
    assert [one.position for one in run.step_runs.all()] == [0, 1]


def test_a_wait_parks_the_run_until_its_time(waiting, support):
    before = timezone.now()

    run = start(waiting)

    assert run.status == Run.Status.WAITING
    assert run.next_step == 2
    assert datetime.timedelta(0) <= run.due_at - before - datetime.timedelta(seconds=60)
    assert [one.kind for one in run.step_runs.all()] == ["send_message", "wait"]
    assert carry_on() == 0
    assert texts(support) == ["before"]


def test_a_run_is_carried_on_once_its_time_has_come(waiting, support):
    run = start(waiting)

    with later(61):
        assert carry_on() == 1
        assert carry_on() == 0

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert texts(support) == ["before", "after"]
    assert [one.position for one in run.step_runs.all()] == [0, 1, 2]
    assert run.lease_until == LONG_AGO


def test_two_waits_are_two_ends_of_a_request(alice, support):
    run = start(make_live(alice, steps=[WAIT, say(support, "middle"), WAIT, say(support, "end")]))

    with later(61):
        carry_on()
    assert texts(support) == ["middle"]
    with later(122):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert texts(support) == ["middle", "end"]


def test_a_wait_at_the_end_ends_the_run(alice):
    run = start(make_live(alice, steps=[WAIT]))

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED


def test_a_step_that_is_not_local_leaves_the_request(alice, support, odd_step):
    calls = []
    odd = odd_step(lambda context: calls.append(context.run_id) or {}, local=False)

    run = start(make_live(alice, steps=[say(support, "first"), odd, say(support, "last")]))

    assert (run.status, run.next_step, calls) == (Run.Status.WAITING, 1, [])
    assert texts(support) == ["first"]
    carry_on()
    assert calls == [run.run_id]
    assert texts(support) == ["first", "last"]


def test_each_step_after_the_request_is_a_transaction_of_its_own(alice, support, odd_step):
    def break_down(context):
        raise OperationalError("gone away")

    steps = [WAIT, say(support, "kept"), odd_step(break_down), say(support, "never")]
    run = start(make_live(alice, steps=steps))

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert (run.status, run.next_step) == (Run.Status.WAITING, 2)
    assert texts(support) == ["kept"]


def test_a_run_finishes_on_the_version_that_it_was_accepted_with(waiting, alice, support):
    run = start(waiting)
    set_steps(workflow=waiting, by=alice, steps=[say(support, "new")])
    publish_workflow(workflow=waiting, by=alice)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.version.number == 1
    assert texts(support) == ["before", "after"]
    start(waiting)
    assert texts(support)[-1] == "new"


# --- Steps that fail ------------------------------------------------------------------------------


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

    run = start(make_live(alice, steps=[odd_step(work)]))

    assert run.error_sentence == "Something in Declic itself went wrong in this step."
    assert texts(support) == []


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


# --- Who holds a run ------------------------------------------------------------------------------


@pytest.fixture
def due(waiting):
    """A run that is due now."""
    run = start(waiting)
    Run.objects.update(due_at=timezone.now())
    return run


def test_of_two_who_claim_a_run_one_gets_it(due):
    first, second = engine.claim(due.pk, "one"), engine.claim(due.pk, "two")

    assert first is not None
    assert first.lease_owner == "one"
    assert second is None


def test_who_has_no_lease_carries_nothing_on(due, support):
    engine.claim(due.pk, "one")

    assert engine.advance(due.pk, "two") is False
    assert texts(support) == ["before"]


def test_a_lease_that_ran_out_is_taken_over_once(due, support):
    engine.claim(due.pk, "dead")

    with later(engine.LEASE.total_seconds() + 1):
        assert carry_on("two") == 1
        assert carry_on("three") == 0

    assert texts(support) == ["before", "after"]


def test_whose_lease_was_taken_over_leaves_nothing_of_the_step(alice, support, odd_step):
    def lose_the_lease(context):
        post_message(channel=support, sender=context.app, text="twice")
        taken = timezone.now() + engine.LEASE
        Run.objects.filter(run_id=context.run_id).update(lease_owner="other", lease_until=taken)
        return {}

    run = start(make_live(alice, steps=[WAIT, odd_step(lose_the_lease)]))
    Run.objects.update(due_at=timezone.now())

    with pytest.raises(engine.LeaseLost):
        engine.advance(run.pk, "one")

    run.refresh_from_db()
    assert texts(support) == []
    assert run.step_runs.count() == 1
    assert run.status == Run.Status.WAITING


def test_the_same_owner_a_second_time_is_another_lease(due, support, monkeypatch):
    slow = engine.claim(due.pk, "one")
    with later(engine.LEASE.total_seconds() + 1):
        assert engine.claim(due.pk, "one") is not None
        with pytest.raises(engine.LeaseLost), transaction.atomic():
            engine._advance_one_step(slow, plan_of(slow.version_id), "one")

    assert texts(support) == ["before"]


def test_what_is_put_back_must_be_ones_own(due):
    engine.claim(due.pk, "one")

    engine.put_back(due.pk, "two", engine.REFUSED)

    due.refresh_from_db()
    assert due.lease_until > timezone.now()


# --- What happened while a run waited -------------------------------------------------------------


def test_unpublishing_cancels_what_waits(waiting, alice, support):
    run = start(waiting)

    unpublish_workflow(workflow=waiting, by=alice)
    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.CANCELLED
    assert "unpublished" in run.error_sentence
    assert texts(support) == ["before"]


def test_unpublishing_in_the_middle_of_a_step_leaves_nothing_of_it(alice, support, odd_step):
    def unpublish(context):
        post_message(channel=support, sender=context.app, text="too late")
        unpublish_workflow(workflow=workflow, by=alice)
        return {}

    workflow = make_live(alice, steps=[WAIT, odd_step(unpublish)])
    start(workflow)

    with later(61):
        carry_on()

    assert texts(support) == []


def test_a_run_that_was_accepted_while_its_workflow_was_unpublished_ends_cancelled(
    waiting, alice, support
):
    run = start(waiting)
    type(waiting).objects.update(published_version=None)  # as if the run came after the cancelling

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.status == Run.Status.CANCELLED
    assert texts(support) == ["before"]


def test_deleting_a_workflow_ends_what_waits(waiting, alice, support):
    start(waiting)

    delete_workflow(workflow=waiting, by=alice)

    with later(61):
        assert carry_on() == 0
    assert not Run.objects.exists()
    assert texts(support) == ["before"]


def test_a_run_that_vanishes_while_it_is_looked_for_is_nobodys(due):
    key = due.pk
    StepRun.objects.all().delete()
    Run.objects.all().delete()

    assert engine.advance(key, "one") is False


def test_a_channel_archived_while_the_run_waits_fails_it_and_is_told(waiting, alice, support):
    run = start(waiting)
    archive_channel(channel=support, by=alice)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert (run.status, run.error_sentence) == (Run.Status.FAILED, "#support is archived.")
    assert "#support is archived." in told(alice)[-1].text
    assert texts(support) == ["before"]


def test_a_channel_that_is_gone_fails_the_run(waiting, support):
    run = start(waiting)
    Message.objects.filter(channel=support).delete()
    Channel.objects.filter(pk=support.pk).delete()

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.error_sentence == "The channel does not exist any more."


def test_a_private_channel_is_closed_once_who_published_has_left_it(alice, bob, secret):
    workflow = make_live(alice, steps=[say(secret, "before"), WAIT, say(secret, "after")])
    run = start(workflow)
    leave_channel(channel=secret, member=alice)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert "may no longer post in its channel" in run.error_sentence
    assert texts(secret) == ["before"]


def test_it_is_who_published_the_running_version_that_counts(alice, bob, secret):
    workflow = make_live(alice, steps=[WAIT, say(secret, "hello")])
    start(workflow)
    workflow.managers.add(bob, through_defaults={"added_by": alice})
    publish_workflow(workflow=workflow, by=bob)
    leave_channel(channel=secret, member=bob)

    with later(61):
        carry_on()  # the run of Alice's version
    assert texts(secret) == ["hello"]
    start(workflow)
    with later(122):
        carry_on()  # the run of Bob's

    assert texts(secret) == ["hello"]


def test_a_private_channel_is_closed_once_who_published_was_deactivated(alice, dana, secret):
    workflow = make_live(alice, steps=[say(secret, "hello")])
    deactivate_member(member=alice, by=dana)

    run = start(workflow)

    assert "may no longer post in its channel" in run.error_sentence


# --- People ---------------------------------------------------------------------------------------


def direct_texts(member, workflow):
    return texts(direct_channel(member=member, other=workflow.app))


def test_a_fixed_person_gets_a_direct_message(alice, bob):
    workflow = make_live(alice, steps=[tell_person(bob.email)])

    run = start(workflow)

    assert run.status == Run.Status.SUCCEEDED
    assert direct_texts(bob, workflow) == ["Hello"]
    assert run.step_runs.get().input["person"] == "Bob"


@pytest.mark.parametrize("sent", ["U0BOB12345", "bob@example.org", "BOB@Example.org"])
def test_the_person_in_a_variable_is_found_by_member_id_and_by_address(alice, sent):
    bob = make_member("Bob", member_id="U0BOB12345")
    steps = [tell_person("{{ agent }}", "Hello {{ agent }}, {{ agent|email }}")]
    workflow = make_live(alice, variables=[AGENT], steps=steps)

    run = start(workflow, agent=sent)

    assert run.status == Run.Status.SUCCEEDED
    assert direct_texts(bob, workflow) == ["Hello @Bob, bob@example.org"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ("", "The person could not be reached: “agent” was empty."),
        ("U999999999", "The person could not be reached: nobody here is “U999999999”."),
        ("nobody@example.org", "nobody here is “nobody@example.org”."),
    ],
)
def test_a_person_who_is_not_there_fails_the_run(alice, sent, sentence):
    run = start(make_live(alice, variables=[AGENT], steps=[tell_person("{{ agent }}")]), agent=sent)

    assert run.status == Run.Status.FAILED
    assert run.error_sentence.endswith(sentence)


def test_a_person_who_left_while_the_run_waited_fails_it(alice, bob, dana):
    workflow = make_live(alice, steps=[WAIT, tell_person(bob.email)])
    run = start(workflow)
    deactivate_member(member=bob, by=dana)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert run.error_sentence == "The person could not be reached: Bob left the workspace."


def test_somebody_deactivated_is_named_in_a_channel_but_not_mentioned(alice, bob, dana, support):
    deactivate_member(member=bob, by=dana)
    workflow = make_live(alice, channel=support, variables=[AGENT], text="For {{ agent }}")

    start(workflow, agent=bob.email)

    message = Message.objects.get(channel=support)
    assert message.text == "For Bob"
    assert {"t": "user", "id": bob.member_id, "as": "name"} in message.body[0]["c"]


def test_a_name_that_changed_while_the_run_waited_is_the_new_one(alice, bob, support):
    steps = [WAIT, say(support, "For {{ agent|name }}")]
    start(make_live(alice, variables=[AGENT], steps=steps), agent=bob.email)
    bob.display_name = "Robert"
    bob.save()

    with later(61):
        carry_on()

    assert texts(support) == ["For Robert"]


def test_a_long_message_is_cut_where_one_sees_it(alice, support):
    variables = [{"key": "text", "kind": "text"}]
    workflow = make_live(alice, channel=support, variables=variables, text="Log: {{ text }}")

    run = start(workflow, text="x" * 20_000)

    assert run.status == Run.Status.SUCCEEDED
    (text,) = texts(support)
    assert 11_900 < len(text) < 12_100
    assert text.startswith("Log: xxx")
    assert not text.endswith("x")
    assert run.values["text"] == "x" * 20_000


def test_runs_that_nobody_can_carry_on_do_not_hold_up_the_others(alice, support, odd_step):
    def break_down(context):
        raise OperationalError("gone away")

    start(make_live(alice, steps=[WAIT, odd_step(break_down)]))
    start(make_live(alice, steps=[WAIT, say(support, "hello")]))

    with later(61):
        assert carry_on() == 1

    assert texts(support) == ["hello"]


def test_a_run_whose_version_is_no_use_any_more_does_not_hold_up_the_others(alice, support, caplog):
    broken = make_live(alice, steps=[WAIT])
    run = start(broken)
    start(make_live(alice, steps=[WAIT, say(support, "hello")]))
    step = {"kind": "wait", "config": {"gone": 1}}
    broken.versions.update(definition={**broken.definition(), "steps": [WAIT, step]})
    plan_of.cache_clear()

    with later(61):
        assert carry_on() == 1
        run.refresh_from_db()
        assert run.due_at > timezone.now()
    assert texts(support) == ["hello"]
    assert any(record.exc_info for record in caplog.records)
    Run.objects.filter(pk=run.pk).update(attempt=engine.MOST_ATTEMPTS - 1)
    with later(600):
        carry_on()

    run.refresh_from_db()
    assert run.error_sentence == "Something in Declic itself went wrong in this step."
