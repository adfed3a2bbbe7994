"""What happened while a run waited, and the people that it speaks to."""

import pytest

from messaging.models import Channel, Message
from messaging.services import (
    archive_channel,
    deactivate_member,
    direct_channel,
    leave_channel,
    post_message,
)
from tests.builders import make_live, make_member, told
from tests.workflows.runs import AGENT, WAIT, carry_on, later, say, start, tell_person, texts
from workflows.models import Run, StepRun
from workflows.runs import engine, retention
from workflows.services import (
    delete_workflow,
    publish_workflow,
    unpublish_workflow,
)

pytestmark = pytest.mark.django_db


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
    retention.prune()
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
