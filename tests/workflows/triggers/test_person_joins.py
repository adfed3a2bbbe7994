"""The trigger that is a person who joins a channel."""

import pytest
from django.db import transaction

from messaging.models import Membership
from messaging.services import (
    add_member,
    archive_channel,
    create_member,
    invite_to_channel,
    join_channel,
    leave_channel,
)
from tests.builders import make_channel, make_live, make_member, make_workspace, told
from tests.workflows.runs import carry_on, say, texts
from workflows.models import Run
from workflows.services import DraftProblems, unpublish_workflow

pytestmark = pytest.mark.django_db


def make_welcome(by, channel, *, steps=None):
    return make_live(
        by,
        name="Welcome",
        trigger_kind="person_joins",
        trigger_config={"channel": channel.channel_id},
        variables=[],
        steps=steps or [say(channel, "Welcome {{ who }} to {{ channel }}")],
    )


@pytest.fixture
def welcome(alice, support):
    return make_welcome(alice, support)


def test_who_joins_starts_a_run_that_the_runner_carries_on(welcome, support, charlie):
    join_channel(channel=support, member=charlie)

    run = Run.objects.get()
    assert (run.status, run.next_step) == (Run.Status.WAITING, 0)
    assert (run.start_kind, run.started_by) == ("person_joins", charlie)
    carry_on()
    run.refresh_from_db()
    assert run.status == Run.Status.SUCCEEDED
    assert texts(support) == ["Welcome @Charlie to #support"]


def test_the_runner_is_woken_once_the_join_is_committed(
    welcome, support, charlie, django_capture_on_commit_callbacks, monkeypatch
):
    woken = []
    monkeypatch.setattr("workflows.runs.dispatch.wake", lambda key, due_at: woken.append(key))

    with django_capture_on_commit_callbacks(execute=True):
        join_channel(channel=support, member=charlie)

    assert woken == [Run.objects.get().pk]


def test_a_join_that_does_not_come_to_pass_starts_nothing(welcome, support, charlie):
    with transaction.atomic():
        join_channel(channel=support, member=charlie)
        transaction.set_rollback(True)

    assert not Run.objects.exists()
    assert not support.has_member(charlie)


def test_whoever_is_in_it_already_starts_nothing(welcome, support, bob):
    join_channel(channel=support, member=bob)

    assert not Run.objects.exists()


def test_who_is_invited_and_who_comes_back_start_it_too(welcome, support, alice, charlie):
    invite_to_channel(channel=support, member=charlie, by=alice)
    leave_channel(channel=support, member=charlie)
    join_channel(channel=support, member=charlie)

    assert Run.objects.count() == 2


def test_a_new_member_starts_it_in_the_default_channels(welcome, support):
    make_workspace().default_channels.add(support)

    nina = create_member(email="nina@example.org", display_name="Nina", password=None)

    assert Run.objects.get().values["who"] == nina.member_id


def test_whom_a_workflow_added_starts_nothing(welcome, support, charlie):
    add_member(channel=support, member=charlie, by=welcome.app)

    assert support.has_member(charlie)
    assert not Run.objects.exists()


def test_another_channel_starts_nothing(welcome, alice, charlie):
    join_channel(channel=make_channel("other", by=alice), member=charlie)

    assert not Run.objects.exists()


def test_an_unpublished_workflow_is_not_started(welcome, support, alice, charlie):
    unpublish_workflow(workflow=welcome, by=alice)

    join_channel(channel=support, member=charlie)

    assert not Run.objects.exists()


def test_each_workflow_of_the_channel_is_started(welcome, support, alice, charlie):
    make_welcome(alice, support)

    join_channel(channel=support, member=charlie)

    assert Run.objects.count() == 2


def test_a_private_channel_starts_it_while_its_publisher_is_inside(alice, bob, charlie, secret):
    make_welcome(alice, secret)

    invite_to_channel(channel=secret, member=charlie, by=bob)
    carry_on()

    assert texts(secret) == ["Welcome @Charlie to #secret"]


def test_a_publisher_who_left_the_private_channel_is_told_why_it_failed(
    alice, bob, charlie, secret, support
):
    make_welcome(alice, secret, steps=[say(support, "{{ who }} is in")])
    leave_channel(channel=secret, member=alice)

    invite_to_channel(channel=secret, member=charlie, by=bob)

    run = Run.objects.get()
    assert run.status == Run.Status.FAILED
    assert "who published it is not in that private channel" in run.error_sentence
    assert "is not in that private channel" in told(alice)[-1].text
    carry_on()
    assert texts(support) == []


def test_a_channel_archived_before_the_runner_comes_fails_the_run(welcome, support, alice, charlie):
    join_channel(channel=support, member=charlie)
    archive_channel(channel=support, by=alice)

    carry_on()

    assert Run.objects.get().error_sentence == "#support is archived."


def test_what_was_unpublished_before_the_runner_comes_is_cancelled(
    welcome, support, alice, charlie
):
    join_channel(channel=support, member=charlie)
    unpublish_workflow(workflow=welcome, by=alice)

    carry_on()

    assert Run.objects.get().status == Run.Status.CANCELLED
    assert texts(support) == []


def test_a_private_channel_is_unknown_to_a_manager_outside(charlie, secret):
    with pytest.raises(DraftProblems, match=r"trigger\.channel: unknown channel"):
        make_welcome(charlie, secret)


def test_joining_asks_once_for_what_listens(support, django_assert_num_queries):
    charlie = make_member("Charlie")
    with django_assert_num_queries(9) as quiet:
        add_member(channel=support, member=charlie, by=charlie)

    assert sum("person_joins" in one["sql"] for one in quiet.captured_queries) == 1
    assert Membership.objects.filter(channel=support, member=charlie).exists()
