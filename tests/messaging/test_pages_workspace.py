"""The workspace's settings: name, who may build, where new members start; for team admins."""

import html

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from messaging import workspace_settings
from messaging.models import Channel, Workspace
from messaging.services import archive_channel, deactivate_member
from tests.builders import make_member, make_owner, make_workspace
from tests.pages import page, post

pytestmark = pytest.mark.django_db

SETTINGS = {
    "name": "Harbour  Bikes",
    "who_may_build": "chosen",
    "who_may_build_webhooks": "everyone",
}


@pytest.fixture
def desk(dana, signed_in):
    """Dana's browser."""
    return signed_in(dana)


def test_an_admin_names_the_workspace_and_says_who_may_build(desk, alice):
    assert Workspace.current().may_build(alice)
    post(desk, "messaging:workspace", **SETTINGS)
    workspace = Workspace.current()
    assert workspace.name == "Harbour Bikes"
    assert not workspace.may_build(alice)
    assert "Harbour Bikes" in page(desk, "messaging:workspace")


@pytest.mark.parametrize("wrong", [{"name": " "}, {"who_may_build": "nobody"}])
def test_what_can_not_be_is_refused_at_its_place(desk, wrong):
    answer = post(desk, "messaging:workspace", **{**SETTINGS, **wrong})
    assert answer.status_code == 422
    assert "invalid" in answer.content.decode()
    assert Workspace.current().who_may_build == "everyone"


@pytest.mark.parametrize("list_name", ["builders", "webhook_builders"])
def test_people_are_chosen_and_dropped(desk, alice, list_name):
    make_workspace(who_may_build="chosen", who_may_build_webhooks="chosen")
    chosen = getattr(Workspace.current(), list_name)
    post(desk, f"messaging:choose_{list_name}", person="Alice, alice@example.org")
    assert list(chosen.all()) == [alice]
    assert "Besides team admins, these people may." in page(desk, "messaging:workspace")
    post(desk, f"messaging:drop_{list_name}", alice.member_id)
    assert list(chosen.all()) == []


def test_who_is_chosen_for_both_may_build_webhook_workflows(desk, alice):
    make_workspace(who_may_build="chosen", who_may_build_webhooks="chosen")
    post(desk, "messaging:choose_builders", person="Alice")
    assert Workspace.current().may_build(alice)
    assert not Workspace.current().may_build_webhooks(alice)
    post(desk, "messaging:choose_webhook_builders", person="Alice")
    assert Workspace.current().may_build_webhooks(alice)


def test_a_guest_is_refused_with_a_sentence(desk, gus):
    answer = post(desk, "messaging:choose_builders", person=gus.email)
    assert answer.status_code == 422
    assert "Gus cannot build workflows" in html.unescape(answer.content.decode())
    assert not Workspace.current().builders.exists()


def test_who_is_not_here_is_not_chosen(desk):
    answer = post(desk, "messaging:choose_webhook_builders", person="nobody@example.org")
    assert "Nobody here has this name" in answer.content.decode()
    assert 'id="webhook_builders_person"' in answer.content.decode()


def test_who_was_chosen_and_deactivated_is_shown_and_can_be_dropped(desk, alice):
    post(desk, "messaging:choose_builders", person="Alice")
    deactivate_member(member=alice, by=make_owner())
    assert "Deactivated" in page(desk, "messaging:workspace")
    post(desk, "messaging:drop_builders", alice.member_id)
    assert not Workspace.current().builders.exists()


def test_new_members_start_in_the_default_channels(desk, support):
    post(desk, "messaging:add_default_channel", channel="#Support")
    assert support.has_member(make_member("New"))
    post(desk, "messaging:remove_default_channel", support.channel_id)
    assert not support.has_member(make_member("Newer"))


@pytest.mark.parametrize("name", ["#secret", "#nowhere", "#old"])
def test_private_and_archived_channels_are_no_default(desk, alice, secret, support, name):
    archive_channel(channel=support, by=alice)
    Channel.objects.filter(pk=support.pk).update(name="old")
    assert post(desk, "messaging:add_default_channel", channel=name).status_code == 422
    assert not Workspace.current().default_channels.exists()


def test_an_admin_who_is_in_a_private_channel_still_can_not_make_it_a_default(desk, dana, secret):
    secret.memberships.create(member=dana)
    answer = post(desk, "messaging:add_default_channel", channel="#secret")
    assert "only start in public channels" in answer.content.decode()


def test_others_find_no_such_page_and_no_link(alice, gus, signed_in):
    for person in (alice, gus):
        client = signed_in(person)
        assert client.get(reverse("messaging:workspace")).status_code == 404
        assert post(client, "messaging:workspace", **SETTINGS).status_code == 404
        assert reverse("messaging:workspace") not in client.get("/settings").content.decode()
    assert Workspace.current().who_may_build == "everyone"


def test_admins_are_led_there(desk):
    assert f'href="{reverse("messaging:workspace")}"' in desk.get("/settings").content.decode()


def test_the_services_ask_for_the_right_themselves(alice, bob, support):
    for work, given in (
        (workspace_settings.set_workspace, SETTINGS),
        (workspace_settings.choose_builder, {"member": bob, "list_name": "builders"}),
        (workspace_settings.drop_builder, {"member": bob, "list_name": "builders"}),
        (workspace_settings.add_default_channel, {"channel": support}),
        (workspace_settings.remove_default_channel, {"channel": support}),
    ):
        with pytest.raises(PermissionDenied):
            work(by=alice, **given)


def test_what_was_decided_is_logged(desk, dana, alice, caplog):
    with caplog.at_level("INFO", "declic.audit"):
        post(desk, "messaging:workspace", **SETTINGS)
        post(desk, "messaging:choose_builders", person="Alice")
    assert f"set_workspace by={dana.member_id} build=chosen" in caplog.text
    assert f"choose_builder by={dana.member_id} list=builders" in caplog.text
