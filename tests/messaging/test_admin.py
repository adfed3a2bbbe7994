"""Django's admin for members, channels and the workspace: what operators may, and what not."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from messaging import people
from messaging.models import Change, Channel, Member, Workspace
from messaging.services import direct_channel, post_message
from tests.builders import make_channel, make_live, make_member, make_owner, make_workflow, told
from tests.workflows.runs import start

PASSWORD = "a-long-enough-word-1"


@pytest.fixture
def desk(dana, signed_in) -> Client:
    """Dana's browser; she is a team admin."""
    return signed_in(dana)


def path(model: str, page: str, *args) -> str:
    return reverse(f"admin:messaging_{model}_{page}", args=args)


def shown(client: Client, model: str, page: str, *args, status: int = 200) -> str:
    response = client.get(path(model, page, *args))
    assert response.status_code == status
    return response.content.decode()


def member_data(member: Member, **changes) -> dict[str, str]:
    fields = ("email", "display_name", "role", "language", "time_zone")
    return {name: getattr(member, name) for name in fields} | changes


def act(client: Client, model: str, action: str, *rows) -> None:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    assert client.post(path(model, "changelist"), data).status_code == 302


# --- Who gets in ----------------------------------------------------------------------------------


def test_the_admin_signs_in_through_our_own_page(client, alice):
    response = client.get("/admin/messaging/member/", follow=True)
    assert response.request["PATH_INFO"] == "/sign-in"
    assert response.redirect_chain[-1][0].endswith("next=/admin/messaging/member/")
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 302


def test_members_and_guests_find_nothing_there(alice, gus, signed_in):
    for person in (alice, gus):
        client = signed_in(person)
        for page in ("/admin/", "/admin/messaging/member/", "/admin/password_change/"):
            assert client.get(page).status_code == 404
        assert client.get("/admin/login/", follow=True).status_code == 404


def test_the_admin_keeps_the_strict_policy(desk):
    policy = desk.get("/admin/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy


# --- Members --------------------------------------------------------------------------------------


def test_an_added_member_can_sign_in_and_is_in_the_default_channels(desk, support):
    Workspace.current().default_channels.add(support)
    data = {
        "email": "New@Example.org",
        "display_name": "New",
        "role": "member",
        "time_zone": "Europe/Paris",
        "language": "fr",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert desk.post(path("member", "add"), data).status_code == 302
    member = Member.objects.get(display_name="New")
    assert member.check_password(PASSWORD)
    assert support.has_member(member)


def test_an_address_that_is_taken_is_refused_whatever_its_case(desk, alice):
    data = member_data(alice, email="ALICE@EXAMPLE.ORG", password1=PASSWORD, password2=PASSWORD)
    response = desk.post(path("member", "add"), data)
    assert "A member with this e-mail address exists." in response.content.decode()


def test_a_password_that_an_admin_sets_ends_the_members_sessions(desk, alice, signed_in):
    hers = signed_in(alice)
    data = {"password1": PASSWORD, "password2": PASSWORD}
    url = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert desk.post(url, data).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert hers.get("/settings").status_code == 302
    assert Change.objects.filter(kind="member_changed", member=alice).exists()
    assert PASSWORD not in repr(list(LogEntry.objects.values()))


def test_a_member_is_told_in_their_language_who_set_their_password(desk, dana, alice):
    Member.objects.filter(pk=alice.pk).update(language="fr")
    data = {"password1": PASSWORD, "password2": PASSWORD}

    desk.post(reverse("admin:auth_user_password_change", args=[alice.pk]), data)
    desk.post(reverse("admin:auth_user_password_change", args=[dana.pk]), data)

    (told_her,) = told(alice)
    assert told_her.text.startswith("Dana a défini un nouveau mot de passe pour votre compte.")
    assert PASSWORD not in told_her.text
    assert told(dana) == [], "who sets their own needn't be told"


def test_a_password_that_is_refused_is_not_told(desk, alice):
    data = {"password1": PASSWORD, "password2": "another"}
    desk.post(reverse("admin:auth_user_password_change", args=[alice.pk]), data)
    assert told(alice) == []


def test_deactivating_locks_out_at_once_and_reactivating_lets_in_again(desk, alice, signed_in):
    hers = signed_in(alice)
    act(desk, "member", "deactivate", alice)
    assert hers.get("/settings").status_code == 302
    act(desk, "member", "reactivate", alice)
    alice.refresh_from_db()
    assert alice.is_active


def test_an_owner_is_changed_by_nobody_else(desk, dana, signed_in):
    owner = make_owner()
    page = shown(desk, "member", "change", owner.pk)
    assert 'name="role"' not in page
    response = desk.post(path("member", "change", owner.pk), member_data(owner, role="member"))
    assert response.status_code == 404
    url = reverse("admin:auth_user_password_change", args=[owner.pk])
    assert desk.post(url, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 404
    act(desk, "member", "deactivate", owner)
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)
    assert not owner.check_password(PASSWORD)


def test_an_admin_makes_admins_but_no_owners(desk, alice):
    assert desk.post(path("member", "change", alice.pk), member_data(alice, role="admin"))
    alice.refresh_from_db()
    assert alice.is_team_admin
    refused = desk.post(path("member", "change", alice.pk), member_data(alice, role="owner"))
    assert "Select a valid choice" in refused.content.decode()


def test_the_last_owner_stays_one(signed_in):
    owner = make_owner()
    client = signed_in(owner)
    data = member_data(owner, role="admin")
    page = client.post(path("member", "change", owner.pk), data).content.decode()
    assert "The last workspace owner stays one." in page
    make_owner("Otto")
    assert client.post(path("member", "change", owner.pk), data).status_code == 302


def test_another_role_reaches_open_pages(alice, dana):
    people.set_role(member=alice, role="guest", by=dana)
    assert Change.objects.filter(kind="member_changed", member=alice).exists()


def test_roles_are_given_by_admins_only(alice, bob):
    with pytest.raises(PermissionDenied):
        people.set_role(member=bob, role="admin", by=alice)
    with pytest.raises(PermissionDenied):
        people.reactivate_member(member=bob, by=alice)
    owner = make_owner()
    with pytest.raises(ValidationError):
        people.set_role(member=owner, role="member", by=owner)


def test_nobody_deactivates_themselves_and_nobody_is_deleted(desk, dana, alice):
    act(desk, "member", "deactivate", dana)
    dana.refresh_from_db()
    assert dana.is_active
    desk.get(path("member", "delete", alice.pk))
    assert "delete_selected" not in shown(desk, "member", "changelist")
    assert desk.post(path("member", "delete", alice.pk), {"post": "yes"}).status_code == 404


# --- Channels -------------------------------------------------------------------------------------


def test_private_and_direct_channels_show_name_and_members_only(desk, alice, bob, secret):
    post_message(channel=secret, sender=alice, text="A secret plan")
    secret.topic = "A secret topic"
    secret.save()
    direct = direct_channel(member=alice, other=bob)
    post_message(channel=direct, sender=alice, text="A secret word")
    for channel in (secret, direct):
        page = shown(desk, "channel", "change", channel.pk)
        assert "A secret" not in page
        assert "Bob" in page
        assert "Save" not in page


def test_nobody_comes_into_a_private_channel_through_the_admin(desk, dana, secret):
    data = {
        "name": "renamed",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-member": str(dana.pk),
        "memberships-0-channel": str(secret.pk),
    }
    assert desk.post(path("channel", "change", secret.pk), data).status_code == 404
    assert not secret.has_member(dana)
    secret.refresh_from_db()
    assert secret.name == "secret"


def test_messages_are_nowhere_in_the_admin(desk):
    page = desk.get("/admin/").content.decode()
    assert "Messages" not in page
    assert desk.get("/admin/messaging/message/").status_code == 404


def test_a_public_channel_is_renamed_and_people_removed(desk, support, bob):
    membership = support.memberships.get(member=bob)
    rows = list(support.memberships.order_by("pk"))
    data = {
        "name": "Help Desk",
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": len(rows),
    }
    for number, row in enumerate(rows):
        data[f"memberships-{number}-id"] = row.pk
        data[f"memberships-{number}-channel"] = support.pk
        if row == membership:
            data[f"memberships-{number}-DELETE"] = "on"
    assert desk.post(path("channel", "change", support.pk), data).status_code == 302
    support.refresh_from_db()
    assert support.name == "help-desk"
    assert not support.has_member(bob)


def test_archiving_asks_for_the_right_for_each(desk, support, secret):
    act(desk, "channel", "archive", support, secret)
    support.refresh_from_db()
    secret.refresh_from_db()
    assert (support.is_archived, secret.is_archived) == (True, False)
    act(desk, "channel", "unarchive", support)
    support.refresh_from_db()
    assert not support.is_archived


def test_an_added_channel_has_its_maker_in_it(desk, dana):
    data = {"name": "#New Place", "kind": "private", "topic": ""}
    assert desk.post(path("channel", "add"), data).status_code == 302
    channel = Channel.objects.get(name="new-place")
    assert channel.is_private
    assert channel.has_member(dana)
    again = desk.post(path("channel", "add"), data).content.decode()
    assert "A channel with this name exists." in again


def test_channels_are_listed_in_constant_queries(desk, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(50) as queries:
            shown(desk, "channel", "changelist")
        return len(queries)

    make_channel()
    few = count()
    for _ in range(5):
        make_channel(members=(make_member(),))
    assert count() == few


# --- The workspace --------------------------------------------------------------------------------


def test_there_is_one_workspace_to_edit_and_none_to_add_or_delete(desk, bob):
    workspace = Workspace.current()
    response = desk.get(path("workspace", "changelist"))
    assert response.headers["Location"] == path("workspace", "change", workspace.pk)
    assert desk.get(path("workspace", "add")).status_code == 404
    assert desk.get(path("workspace", "delete", workspace.pk)).status_code == 404
    data = {
        "name": "Harbour Bikes",
        "who_may_build": "chosen",
        "builders": [bob.pk],
        "who_may_build_webhooks": "everyone",
        "time_zone": "Europe/Paris",
    }
    assert desk.post(path("workspace", "change", workspace.pk), data).status_code == 302
    workspace.refresh_from_db()
    assert workspace.name == "Harbour Bikes"
    assert workspace.may_build(bob)


def test_guests_are_not_offered_as_builders(desk, gus, alice):
    page = shown(desk, "workspace", "change", Workspace.current().pk)
    assert ">Alice<" in page
    assert ">Gus<" not in page


# --- Nothing is answered that pages would not answer ----------------------------------------------


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("channel", "topic__contains=merger"),
        ("channel", "topic=x"),
        ("channel", "messages=1"),
        ("channel", "messages__isnull=0"),
        ("channel", "members=1"),
        ("channel", "direct_key__contains=1"),
        ("channel", "created_by=1"),
        ("member", "messages=1"),
        ("member", "managed_workflows=1"),
        ("member", "managed_workflows__isnull=1"),
        ("member", "channels=1"),
        ("member", "password__startswith=a"),
    ],
)
def test_no_filter_tells_what_the_list_does_not_show(desk, secret, model, asked):
    answer = desk.get(f"{path(model, 'changelist')}?{asked}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("channel", "kind__exact=private"),
        ("channel", "archived_at__isempty=1"),
        ("member", "role__exact=guest"),
        ("member", "is_active__exact=1"),
    ],
)
def test_the_filters_on_offer_work(desk, secret, gus, model, asked):
    assert desk.get(f"{path(model, 'changelist')}?{asked}").status_code == 200


def look_up(client: Client, found) -> int:
    kind = ContentType.objects.get_for_model(found)
    return client.get(f"/admin/r/{kind.pk}/{found.pk}/").status_code


def test_a_look_up_leads_only_to_what_the_admin_shows(desk, dana, alice, secret, support):
    said = post_message(channel=secret, sender=alice, text="Hush")
    live, draft, own = make_live(alice), make_workflow(alice), make_workflow(dana)
    nothing = [said, secret, support, live, draft, start(live), live.app]

    assert [one for one in nothing if look_up(desk, one) != 404] == []
    assert [look_up(desk, one) for one in (alice, own)] == [302, 302]
    strange = ("x/1", "1/x", "99999999999999999999/1", "0/0", "1/1%00")
    assert {desk.get(f"/admin/r/{one}/").status_code for one in strange} == {404}


@pytest.mark.parametrize(
    ("app", "model", "field"),
    [
        ("workflows", "run", "workflow"),
        ("messaging", "message", "channel"),
        ("messaging", "membership", "channel"),
    ],
)
def test_no_rows_are_offered_to_who_types(desk, alice, app, model, field):
    make_workflow(alice)
    asked = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
    assert desk.get("/admin/autocomplete/", asked).status_code == 404
