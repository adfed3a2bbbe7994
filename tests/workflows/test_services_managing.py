"""Managers come and go, are told, and never leave a workflow to nobody."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from messaging.models import Member
from messaging.services import deactivate_member
from tests.builders import make_draft, make_live, told
from workflows.models import Workflow
from workflows.services import (
    add_manager,
    add_self_as_manager,
    hand_over,
    remove_manager,
    unpublish_workflow,
)


def managers(workflow):
    return set(workflow.managers.all())


def test_a_manager_adds_another_who_is_told(alice, bob):
    workflow = make_draft("Tickets", by=alice)
    assert add_manager(workflow=workflow, member=bob, by=alice)
    assert managers(workflow) == {alice, bob}
    (notice,) = told(bob)
    assert notice.text.startswith("Alice made you a manager of the workflow “Tickets”.")
    assert f"/workflows/{workflow.pk}/" in notice.text


def test_adding_twice_tells_once(alice, bob):
    workflow = make_draft(by=alice)
    add_manager(workflow=workflow, member=bob, by=alice)
    assert not add_manager(workflow=workflow, member=bob, by=alice)
    assert len(told(bob)) == 1


def test_guests_and_deactivated_members_cannot_be_added(alice, bob, dana, gus):
    workflow = make_draft(by=alice)
    deactivate_member(member=bob, by=dana)
    for nobody in (gus, bob):
        with pytest.raises(ValidationError, match="cannot manage"):
            add_manager(workflow=workflow, member=nobody, by=alice)
    assert managers(workflow) == {alice}


def test_strangers_change_no_managers(alice, bob, charlie, dana):
    workflow = make_live(alice)
    add_manager(workflow=workflow, member=bob, by=alice)
    for stranger in (charlie, dana):
        with pytest.raises(PermissionDenied):
            add_manager(workflow=workflow, member=charlie, by=stranger)
        with pytest.raises(PermissionDenied):
            remove_manager(workflow=workflow, member=bob, by=stranger)
    assert managers(workflow) == {alice, bob}


def test_a_removed_manager_is_told_and_has_lost_all(alice, bob):
    workflow = make_draft("Tickets", by=alice)
    add_manager(workflow=workflow, member=bob, by=alice)
    remove_manager(workflow=workflow, member=bob, by=alice)
    assert not Workflow.objects.managed_by(bob).exists()
    assert "Alice removed you" in told(bob)[-1].text
    assert "/workflows/" not in told(bob)[-1].text


def test_leaving_oneself_tells_nobody(alice, bob):
    workflow = make_draft(by=alice)
    add_manager(workflow=workflow, member=bob, by=alice)
    remove_manager(workflow=workflow, member=alice, by=alice)
    assert managers(workflow) == {bob}
    assert told(alice) == []


def test_the_last_manager_stays(alice):
    workflow = make_draft(by=alice)
    with pytest.raises(ValidationError, match="last manager"):
        remove_manager(workflow=workflow, member=alice, by=alice)


def test_the_last_one_who_can_act_stays(alice, bob, charlie, dana):
    workflow = make_draft(by=alice)
    for other in (bob, charlie):
        add_manager(workflow=workflow, member=other, by=alice)
    deactivate_member(member=bob, by=dana)
    Member.objects.filter(pk=charlie.pk).update(role=Member.Role.GUEST)
    with pytest.raises(ValidationError, match="last manager"):
        remove_manager(workflow=workflow, member=alice, by=alice)
    remove_manager(workflow=workflow, member=bob, by=alice)
    assert managers(workflow) == {alice, charlie}


def test_an_admin_gets_in_on_a_published_workflow_and_the_managers_hear_of_it(alice, bob, dana):
    workflow = make_live(alice, name="Tickets")
    add_manager(workflow=workflow, member=bob, by=alice)
    assert add_self_as_manager(workflow=workflow, by=dana)
    assert dana in managers(workflow)
    for manager in (alice, bob):
        assert "Dana, a team admin, made themselves a manager" in told(manager)[-1].text
    assert told(dana) == []


def test_an_admin_gets_in_on_no_draft_and_no_unpublished_one(alice, dana):
    unpublished = make_live(alice)
    unpublish_workflow(workflow=unpublished, by=alice)
    for workflow in (make_draft(by=alice), unpublished):
        with pytest.raises(PermissionDenied):
            add_self_as_manager(workflow=workflow, by=dana)


def test_members_do_not_get_in_by_themselves(alice, charlie, gus):
    workflow = make_live(alice)
    for stranger in (charlie, gus):
        with pytest.raises(PermissionDenied):
            add_self_as_manager(workflow=workflow, by=stranger)


def test_an_orphaned_draft_is_handed_to_a_member(alice, bob, dana):
    workflow = make_draft("Tickets", by=alice)
    deactivate_member(member=alice, by=dana)
    hand_over(workflow=workflow, to=bob, by=dana)
    assert Workflow.objects.managed_by(bob).get() == workflow
    assert "Dana, a team admin, handed the workflow “Tickets” over to you" in told(bob)[-1].text


def test_a_workflow_with_an_active_manager_is_not_handed_over(alice, bob, dana):
    workflow = make_draft(by=alice)
    with pytest.raises(PermissionDenied):
        hand_over(workflow=workflow, to=bob, by=dana)


def test_only_admins_hand_over_and_never_to_a_guest(alice, bob, dana, gus):
    workflow = make_draft(by=alice)
    deactivate_member(member=alice, by=dana)
    with pytest.raises(PermissionDenied):
        hand_over(workflow=workflow, to=bob, by=bob)
    with pytest.raises(ValidationError):
        hand_over(workflow=workflow, to=gus, by=dana)


def test_who_deactivates_the_last_manager_is_told_what_is_left_to_nobody(alice, bob, dana):
    make_draft("Alone", by=alice)
    shared = make_draft("Shared", by=alice)
    add_manager(workflow=shared, member=bob, by=alice)
    deactivate_member(member=alice, by=dana)
    assert [notice.text for notice in told(dana)] == [
        "Nobody manages the workflow “Alone” any more. "
        "Hand it over to somebody in the administration."
    ]
