"""A test of the draft posts marked messages where nobody takes them for real ones."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from messaging.models import Channel, Message
from messaging.services import archive_channel, direct_channel, post_message
from tests.builders import make_channel, make_live, make_workflow
from workflows.models import Run
from workflows.services import draft_test
from workflows.services.draft_test import channels_for_tests, send_draft_test

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(alice, support):
    return make_workflow(alice, channel=support)


def test_it_goes_to_one_s_own_direct_messages_with_the_workflow(alice, bob, draft, support):
    found = send_draft_test(
        workflow=draft, by=alice, document={"assigned_support_agent": bob.member_id}
    )

    [message] = found.messages
    assert message.channel.is_direct
    assert message.channel.has_member(alice)
    assert message.text.startswith("Test by Alice of step 1 (for real: in #support)")
    assert not Message.objects.filter(channel=support).exists()
    assert not Run.objects.exists()
    assert not draft.is_published


def test_a_step_without_a_channel_says_so_in_its_test(alice, draft):
    draft.steps.update(config={"channel": "", "text": "hi"})

    [message] = send_draft_test(workflow=draft, by=alice, document={}).messages

    assert message.text.startswith("Test by Alice of step 1 (for real: no channel yet)")


def test_it_mentions_nobody(alice, bob, draft):
    [message] = send_draft_test(
        workflow=draft, by=alice, document={"assigned_support_agent": bob.member_id}
    ).messages

    assert "'as': 'name'" in str(message.body)
    assert "mention" not in str(message.body)


def test_a_test_channel_can_be_chosen_but_never_a_live_one(alice, draft, support):
    quiet = make_channel("quiet", by=alice)

    assert [one.name for one in channels_for_tests(workflow=draft, member=alice)] == ["quiet"]
    found = send_draft_test(workflow=draft, by=alice, document={}, channel=quiet)
    assert found.messages[0].channel == quiet
    with pytest.raises(ValidationError):
        send_draft_test(workflow=draft, by=alice, document={}, channel=support)


def test_the_live_version_s_channel_is_no_test_channel_either(alice, support):
    live = make_live(alice, channel=support)
    quiet = make_channel("quiet", by=alice)
    live.steps.update(config={"channel": quiet.channel_id, "text": "hi"})

    with pytest.raises(ValidationError):
        send_draft_test(workflow=live, by=alice, document={}, channel=support)


def test_a_channel_that_one_is_not_in_can_not_be_chosen(alice, bob, draft):
    others = make_channel(by=bob)

    with pytest.raises(PermissionDenied):
        send_draft_test(workflow=draft, by=alice, document={}, channel=others)


def test_only_managers_send_tests(bob, draft):
    with pytest.raises(PermissionDenied):
        send_draft_test(workflow=draft, by=bob, document={})
    assert not Channel.objects.direct().exists()


def test_a_refused_document_posts_nothing(alice, draft):
    found = send_draft_test(workflow=draft, by=alice, document={"support_ticket_link": {}})

    assert found.refusals
    assert not Message.objects.exists()


def test_nothing_is_rendered_while_others_wait_to_write(alice, draft, monkeypatch):
    depths = []
    render = draft_test.preview

    def note_depth(**given):
        depths.append(len(connection.savepoint_ids))
        return render(**given)

    monkeypatch.setattr(draft_test, "preview", note_depth)
    outside = len(connection.savepoint_ids)

    send_draft_test(workflow=draft, by=alice, document={})

    assert depths == [outside]


def test_a_channel_that_is_archived_meanwhile_refuses(alice, draft, monkeypatch):
    quiet = make_channel("quiet", by=alice)
    render = draft_test.preview

    def archive_meanwhile(**given):
        archive_channel(channel=quiet, by=alice)
        return render(**given)

    monkeypatch.setattr(draft_test, "preview", archive_meanwhile)

    with pytest.raises(PermissionDenied):
        send_draft_test(workflow=draft, by=alice, document={}, channel=quiet)


def test_it_carries_the_draft_s_name_and_icon_and_leaves_the_live_ones(alice, support):
    live = make_live(alice, channel=support)
    name, icon = live.app.name, live.app.icon
    live.name, live.icon = "Shop tickets", ":tada:"
    live.save()

    [message] = send_draft_test(workflow=live, by=alice, document={}).messages

    stored = Message.objects.with_sender().get(pk=message.pk)
    assert (str(stored.sender), stored.sender.icon) == ("Shop tickets", ":tada:")
    assert (stored.app.name, stored.app.icon) == (name, icon) != ("Shop tickets", ":tada:")


def test_the_page_shows_a_test_under_the_draft_s_name_apart_from_real_messages(
    alice, support, client
):
    live = make_live(alice, channel=support)
    target = direct_channel(member=alice, other=live.app)
    post_message(channel=target, sender=live.app, text="For real")
    live.name = "Shop tickets"
    live.save()
    send_draft_test(workflow=live, by=alice, document={})
    client.force_login(alice)

    shown = client.get(target.get_absolute_url()).content.decode()

    assert f">{live.app.name}</a>" in shown
    assert ">Shop tickets</" in shown
