"""The trigger that is a shortcut in a channel."""

import pytest

from messaging.services import archive_channel, leave_channel
from tests.builders import make_live, make_workflow
from tests.workflows.runs import WAIT, carry_on, later, say, texts
from workflows.models import Run
from workflows.runs.starting import find_shortcut, shortcuts_in, start_shortcut
from workflows.services import (
    DraftProblems,
    PublishProblems,
    draft_problems,
    publish_workflow,
    set_trigger,
    unpublish_workflow,
)

pytestmark = pytest.mark.django_db

LATE = "A late parcel in {{ channel }}, says {{ who }} ({{ who|email }})"


def make_shortcut(by, channel, *, text=LATE, steps=None, make=make_live):
    return make(
        by,
        trigger_kind="shortcut",
        trigger_config={"channel": channel.channel_id},
        variables=[],
        steps=steps or [say(channel, text)],
    )


def pick(workflow, member):
    return start_shortcut(shortcut=find_shortcut(pk=workflow.pk, member=member), member=member)


def test_who_picked_it_and_the_channel_are_variables(alice, bob, support):
    run = pick(make_shortcut(alice, support), bob)

    assert texts(support) == ["A late parcel in #support, says @Bob (bob@example.org)"]
    assert (run.status, run.start_kind) == (Run.Status.SUCCEEDED, "shortcut")
    assert run.started_by == bob
    assert run.values == {"who": bob.member_id, "channel": support.channel_id}


def test_it_has_no_request_url_and_no_pace(alice, bob, support):
    workflow = make_shortcut(alice, support)

    pick(workflow, bob)
    pick(workflow, bob)

    assert len(texts(support)) == 2
    assert not workflow.request_urls.exists()


def test_a_waiting_run_is_carried_on_with_its_own_version(alice, bob, support):
    workflow = make_shortcut(alice, support, steps=[WAIT, say(support, "{{ who|name }} waits")])
    run = pick(workflow, bob)
    publish_workflow(workflow=workflow, by=alice)

    with later(61):
        carry_on()

    run.refresh_from_db()
    assert (run.status, run.version.number) == (Run.Status.SUCCEEDED, 1)
    assert texts(support) == ["Bob waits"]


def test_a_stranger_to_a_private_channel_finds_no_shortcut(alice, bob, charlie, dana, secret):
    workflow = make_shortcut(alice, secret)

    assert find_shortcut(pk=workflow.pk, member=bob)
    assert find_shortcut(pk=workflow.pk, member=charlie) is None
    assert find_shortcut(pk=workflow.pk, member=dana) is None


def test_a_guest_finds_the_shortcuts_of_their_own_channels_only(alice, gus, support):
    workflow = make_shortcut(alice, support)

    assert find_shortcut(pk=workflow.pk, member=gus) is None
    support.memberships.create(member=gus)
    assert find_shortcut(pk=workflow.pk, member=gus)


def test_it_is_gone_once_its_publisher_left_the_private_channel(alice, bob, secret):
    workflow = make_shortcut(alice, secret)
    leave_channel(channel=secret, member=alice)

    assert not shortcuts_in(secret).exists()
    assert find_shortcut(pk=workflow.pk, member=bob) is None


def test_an_archived_channel_has_no_shortcuts(alice, bob, support):
    workflow = make_shortcut(alice, support)
    archive_channel(channel=support, by=alice)

    assert not shortcuts_in(support).exists()
    assert find_shortcut(pk=workflow.pk, member=bob) is None


def test_a_draft_and_what_was_unpublished_are_no_shortcuts(alice, bob, support):
    draft = make_shortcut(alice, support, make=make_workflow)
    workflow = make_shortcut(alice, support)
    unpublish_workflow(workflow=workflow, by=alice)

    for one in (draft, workflow):
        assert find_shortcut(pk=one.pk, member=bob) is None
    assert not shortcuts_in(support).exists()


def test_a_webhook_workflow_is_no_shortcut(alice, bob, support):
    workflow = make_live(alice, channel=support)

    assert find_shortcut(pk=workflow.pk, member=bob) is None


def test_another_channel_in_the_draft_changes_nothing_until_it_is_published(alice, bob, support):
    workflow = make_shortcut(alice, support)
    other = support.__class__.objects.create(name="other")
    set_trigger(workflow=workflow, by=alice, kind="shortcut", config={"channel": "#other"})

    assert list(shortcuts_in(support)) == [workflow]
    publish_workflow(workflow=workflow, by=alice)
    assert list(shortcuts_in(other)) == [workflow]
    assert not shortcuts_in(support).exists()


def test_a_channel_must_be_chosen_before_publishing(alice, support):
    workflow = make_workflow(
        alice, trigger_kind="shortcut", variables=[], steps=[say(support, "hello")]
    )

    assert [one.place for one in draft_problems(workflow=workflow, by=alice)] == ["trigger.channel"]
    with pytest.raises(PublishProblems, match=r"trigger\.channel"):
        publish_workflow(workflow=workflow, by=alice)


def test_a_private_channel_is_unknown_to_a_manager_outside(charlie, secret):
    with pytest.raises(DraftProblems, match=r"trigger\.channel: unknown channel"):
        make_shortcut(charlie, secret, text="hello", make=make_workflow)


def test_who_left_the_private_channel_can_not_publish_again(alice, bob, secret):
    workflow = make_shortcut(alice, secret, steps=[WAIT])
    leave_channel(channel=secret, member=alice)

    with pytest.raises(PublishProblems, match=r"trigger\.channel"):
        publish_workflow(workflow=workflow, by=alice)


def test_only_its_variables_can_be_used(alice, support):
    with pytest.raises(DraftProblems, match='unknown variable "whom"'):
        make_shortcut(alice, support, text="{{ whom }}", make=make_workflow)
