"""The shortcuts menu in a channel's header, and what a click in it does."""

import pytest
from django.test import Client

from messaging.services import archive_channel, deactivate_member, leave_channel
from tests.builders import make_live, make_workspace, told
from tests.workflows.runs import say, texts
from workflows.models import Run
from workflows.services import unpublish_workflow

pytestmark = pytest.mark.django_db

SUMMARY = "Shortcuts of this channel"


def make_shortcut(by, channel, *, name="Report a late parcel", steps=None, **fields):
    return make_live(
        by,
        name=name,
        icon=":package:",
        trigger_kind="shortcut",
        trigger_config={"channel": channel.channel_id},
        variables=[],
        steps=steps or [say(channel, "Late, says {{ who }}")],
        **fields,
    )


def path(workflow):
    return f"/workflows/shortcuts/{workflow.pk}/start"


def page(client, channel):
    return client.get(channel.get_absolute_url()).content.decode()


def test_the_menu_lists_the_live_shortcuts_of_the_channel(alice, bob, support, signed_in):
    workflow = make_shortcut(alice, support, description="Asks for the tracking number")
    gone = make_shortcut(alice, support, name="Not live any more")
    unpublish_workflow(workflow=gone, by=alice)

    shown = page(signed_in(bob), support)

    assert SUMMARY in shown
    assert f'<form method="post" action="{path(workflow)}">' in shown
    assert "📦" in shown
    assert "Asks for the tracking number" in shown
    assert "Not live any more" not in shown


def test_the_menu_shows_what_was_published_not_the_draft(alice, bob, support, signed_in):
    workflow = make_shortcut(alice, support)
    workflow.name = "Renamed in the draft"
    workflow.save()

    shown = page(signed_in(bob), support)

    assert "Report a late parcel" in shown
    assert "Renamed in the draft" not in shown


def test_without_shortcuts_only_who_may_build_sees_the_menu(bob, dana, support, signed_in):
    assert f"?trigger=shortcut&amp;channel={support.channel_id}" in page(signed_in(bob), support)

    make_workspace(who_may_build="chosen")

    assert SUMMARY not in page(signed_in(bob), support)
    assert SUMMARY in page(signed_in(dana), support)


def test_a_guest_sees_shortcuts_but_no_way_to_build_one(alice, gus, support, signed_in):
    support.memberships.create(member=gus)
    assert SUMMARY not in page(signed_in(gus), support)
    make_shortcut(alice, support)

    shown = page(signed_in(gus), support)

    assert "Report a late parcel" in shown
    assert "New shortcut" not in shown


def test_an_archived_channel_has_no_menu(alice, support, signed_in):
    make_shortcut(alice, support)
    archive_channel(channel=support, by=alice)

    assert SUMMARY not in page(signed_in(alice), support)


def test_what_may_no_longer_work_in_a_private_channel_is_not_offered(alice, bob, secret, signed_in):
    workflow = make_shortcut(alice, secret)
    assert "Report a late parcel" in page(signed_in(bob), secret)
    leave_channel(channel=secret, member=alice)

    assert "Report a late parcel" not in page(signed_in(bob), secret)
    assert signed_in(bob).post(path(workflow)).status_code == 404
    assert not Run.objects.exists()


def test_a_deactivated_publisher_takes_a_private_channel_s_shortcut_along(
    alice, bob, dana, secret, signed_in
):
    workflow = make_shortcut(alice, secret)
    deactivate_member(member=alice, by=dana)

    assert "Report a late parcel" not in page(signed_in(bob), secret)
    assert signed_in(bob).post(path(workflow)).status_code == 404


def test_the_menu_costs_the_same_however_long_it_is(
    alice, bob, support, signed_in, django_assert_num_queries
):
    client = signed_in(bob)
    make_shortcut(alice, support)
    page(client, support)
    with django_assert_num_queries(13) as one:
        page(client, support)
    for number in range(9):
        make_shortcut(alice, support, name=f"Shortcut {number}")

    with django_assert_num_queries(len(one)):
        page(client, support)


def test_a_click_starts_it_and_says_so_on_the_channel_s_page(alice, bob, support, signed_in):
    workflow = make_shortcut(alice, support)

    answer = signed_in(bob).post(path(workflow), follow=True)

    assert answer.redirect_chain == [(support.get_absolute_url(), 302)]
    assert "“Report a late parcel” started" in answer.content.decode()
    assert texts(support) == ["Late, says @Bob"]
    run = Run.objects.get()
    assert (run.start_kind, run.started_by) == ("shortcut", bob)


def test_a_script_is_answered_with_what_to_say(alice, bob, support, signed_in):
    workflow = make_shortcut(alice, support)

    answer = signed_in(bob).post(path(workflow), headers={"X-Declic-Script": "1"})

    assert answer.json() == {"text": "“Report a late parcel” started"}


def test_a_member_who_only_reads_a_public_channel_may_start_it(alice, charlie, support, signed_in):
    workflow = make_shortcut(alice, support)

    assert signed_in(charlie).post(path(workflow)).status_code == 302
    assert Run.objects.count() == 1


def test_a_stranger_and_a_guest_are_told_that_nothing_is_there(
    alice, charlie, dana, gus, secret, signed_in
):
    workflow = make_shortcut(alice, secret)

    for member in (charlie, dana, gus):
        assert signed_in(member).post(path(workflow)).status_code == 404
    assert not Run.objects.exists()


def test_an_unpublished_one_answers_like_an_unknown_one(alice, bob, support, signed_in):
    workflow = make_shortcut(alice, support)
    unpublish_workflow(workflow=workflow, by=alice)

    answer, unknown = (
        signed_in(bob).post(path(workflow)),
        signed_in(bob).post("/workflows/shortcuts/999/start"),
    )

    assert answer.status_code == unknown.status_code == 404
    assert texts(support) == []


def test_a_link_or_a_form_from_elsewhere_starts_nothing(alice, bob, support, signed_in):
    workflow = make_shortcut(alice, support)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(bob)

    assert signed_in(bob).get(path(workflow)).status_code == 405
    assert careful.post(path(workflow)).status_code == 403
    assert Client().post(path(workflow)).status_code == 302
    assert not Run.objects.exists()


def test_the_eleventh_in_a_minute_has_to_wait(alice, bob, charlie, support, signed_in):
    workflow = make_shortcut(alice, support)
    client = signed_in(bob)
    for _ in range(10):
        client.post(path(workflow))

    answer = client.post(path(workflow), follow=True)
    scripted = client.post(path(workflow), headers={"X-Declic-Script": "1"})

    assert "Wait a moment, then start it again." in answer.content.decode()
    assert scripted.status_code == 429
    assert Run.objects.count() == 10
    assert signed_in(charlie).post(path(workflow)).status_code == 302
    assert Run.objects.count() == 11


def test_a_failure_is_said_and_explained_to_the_managers_only(
    alice, bob, charlie, dana, support, signed_in
):
    steps = [
        {"kind": "send_message_to_person", "config": {"person": charlie.email, "text": "hello"}}
    ]
    workflow = make_shortcut(alice, support, steps=steps)
    deactivate_member(member=charlie, by=dana)

    shown = signed_in(bob).post(path(workflow), follow=True).content.decode()

    assert "could not do its work. Its managers were told." in shown
    assert "left the workspace" not in shown
    assert "left the workspace" in told(alice)[-1].text
