"""A channel's page names the workflows that post in it, and asks before archiving it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Membership
from messaging.services import archive_channel, rename_channel
from tests.builders import make_channel, make_live, make_workflow, message_step
from workflows.drafts.channel_use import uses_of
from workflows.services import publish_workflow, set_details, set_steps, unpublish_workflow

POST_HERE = "Workflows that post here"
FAIL = "as long as the channel is archived"

pytestmark = pytest.mark.django_db


def about(client, channel):
    response = client.get(f"/channels/{channel.channel_id}/members")
    assert response.status_code == 200
    return response.content.decode()


def used_by(channel):
    return [(one.workflow.app.name, one.posts) for one in uses_of(channel)]


def add_to(channel, person="{{ who }}"):
    return {
        "kind": "add_person_to_channel",
        "config": {"channel": f"#{channel.name}", "person": person},
    }


WHO = [{"key": "who", "kind": "member"}]


def test_the_page_names_what_posts_in_the_channel(signed_in, alice, charlie, support):
    live = make_live(alice, name="Tickets", steps=[message_step(support)], variables=[])
    make_live(alice, name="Elsewhere", variables=[], steps=[message_step(make_channel(by=alice))])

    page = about(signed_in(charlie), support)

    assert POST_HERE in page
    assert f'<a class="go" href="{live.app.page}">Tickets</a>' in page
    assert "Elsewhere" not in page


def test_it_says_nothing_where_nothing_posts(signed_in, alice, support):
    page = about(signed_in(alice), support)

    assert POST_HERE not in page
    assert FAIL not in page


def test_drafts_and_what_was_unpublished_are_not_told(signed_in, alice, support):
    make_workflow(alice, name="Hidden draft", channel=support)
    ended = make_live(alice, name="Ended", channel=support)
    unpublish_workflow(workflow=ended, by=alice)

    page = about(signed_in(alice), support)

    assert POST_HERE not in page
    assert "Hidden draft" not in page


def test_the_live_version_counts_and_its_name_not_the_draft(signed_in, alice, support):
    other = make_channel("other", by=alice)
    live = make_live(alice, name="As published", channel=support)
    set_details(workflow=live, by=alice, name="As drafted")
    set_steps(workflow=live, by=alice, steps=[message_step(other)])

    assert used_by(support) == [("As published", True)]
    assert used_by(other) == []

    publish_workflow(workflow=live, by=alice)
    assert used_by(support) == []
    assert used_by(other) == [("As drafted", True)]


def test_a_later_step_counts_too_and_a_renamed_channel_is_still_known(alice, support):
    other = make_channel("other", by=alice)
    make_live(alice, name="Two", steps=[message_step(other), message_step(support)], variables=[])
    rename_channel(channel=support, name="helpdesk", by=alice)

    assert used_by(support) == [("Two", True)]


def test_naming_the_channel_in_a_text_or_a_trigger_is_no_use(alice, support):
    other = make_channel("other", by=alice)
    text = f"See <#{support.channel_id}>"
    make_live(
        alice,
        trigger_kind="shortcut",
        trigger_config={"channel": support.channel_id},
        variables=[],
        steps=[message_step(other, text)],
    )

    assert used_by(support) == []


def test_adding_people_is_no_posting_but_fails_in_an_archived_channel_too(
    signed_in, alice, support
):
    make_live(alice, name="Welcome", variables=WHO, steps=[add_to(support)])

    page = about(signed_in(alice), support)

    assert used_by(support) == [("Welcome", False)]
    assert POST_HERE not in page
    assert FAIL in page


def test_a_private_channel_tells_who_is_in_it_alone(signed_in, alice, bob, charlie, dana, secret):
    make_live(alice, name="Whispers", channel=secret)

    assert "Whispers" in about(signed_in(bob), secret)
    for stranger in (charlie, dana):
        path = f"/channels/{secret.channel_id}/members"
        assert signed_in(stranger).get(path).status_code == 404


def test_what_may_no_longer_post_in_a_private_channel_is_left_out(alice, bob, secret):
    make_live(bob, name="Bob’s", channel=secret)
    Membership.objects.filter(channel=secret, member=bob).delete()

    assert used_by(secret) == []


def test_a_guest_in_the_channel_reads_the_names_without_links(signed_in, alice, gus):
    lobby = make_channel("lobby", by=alice, members=(gus,))
    live = make_live(alice, name="Greeter", channel=lobby)

    page = about(signed_in(gus), lobby)

    assert "Greeter" in page
    assert f'href="{live.app.page}"' not in page


def test_who_may_archive_is_warned_and_told_which_runs_fail(signed_in, alice, bob, support):
    make_live(alice, name="Tickets", channel=support)
    make_live(alice, name="Alerts", channel=support)

    page = about(signed_in(alice), support)

    assert "2 published workflows use this channel. Their runs fail" in page
    assert FAIL not in about(signed_in(bob), support)


def test_an_archived_channel_says_that_their_runs_fail(signed_in, alice, support):
    make_live(alice, name="Tickets", channel=support)
    archive_channel(channel=support, by=alice)

    page = about(signed_in(alice), support)

    assert "Tickets" in page
    assert "their runs fail until it is unarchived" in page
    assert FAIL not in page


def test_more_than_fit_are_counted(signed_in, alice, support, monkeypatch):
    monkeypatch.setattr("workflows.panels.SHOWN", 2)
    for name in ("One", "Two", "Ute"):
        make_live(alice, name=name, channel=support)

    page = about(signed_in(alice), support)

    assert "and 1 more" in page
    assert "Ute" not in page


def test_a_name_is_shown_as_text(signed_in, alice, support):
    make_live(alice, name="<b>Bold</b>", channel=support)

    page = about(signed_in(alice), support)

    assert "<b>Bold</b>" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page


def test_the_queries_are_as_many_for_one_workflow_as_for_many(signed_in, alice, support):
    client = signed_in(alice)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            about(client, support)
        return len(queries)

    make_live(alice, channel=support)
    few = cost()
    for _ in range(8):
        make_live(alice, channel=support)

    assert cost() == few
