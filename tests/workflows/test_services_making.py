"""Making, copying and deleting workflows."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from messaging.models import App, Message, Workspace
from messaging.services import post_message
from tests.builders import (
    make_draft,
    make_live,
    make_step,
    make_variable,
    make_workspace,
    message_step,
)
from workflows.models import HookClock, Run, Workflow
from workflows.runs import retention
from workflows.services import (
    DraftProblems,
    copy_workflow,
    create_workflow,
    delete_workflow,
    send_test_request,
)

Builders = Workspace.Builders


def test_a_new_workflow_is_a_draft_of_its_maker_with_a_face_and_a_clock(alice):
    workflow = create_workflow(name="Deploys", by=alice, icon=":rocket:", description="Says so.")
    assert workflow.status == Workflow.Status.DRAFT
    assert list(workflow.managers.all()) == [alice]
    assert (workflow.app.name, workflow.app.icon) == ("Deploys", ":rocket:")
    assert workflow.app.is_workflow
    assert workflow.app.page == f"/workflows/about/{workflow.app.pk}"
    assert HookClock.objects.filter(workflow=workflow).exists()
    assert not workflow.request_urls.exists()


def test_guests_may_not_build(gus):
    with pytest.raises(PermissionDenied):
        create_workflow(name="Mine", by=gus)
    assert not App.objects.filter(name="Mine").exists()


def test_deactivated_members_may_not_build(alice):
    alice.is_active = False
    with pytest.raises(PermissionDenied):
        create_workflow(name="Mine", by=alice)


@pytest.mark.parametrize("rule", ["who_may_build", "who_may_build_webhooks"])
def test_building_can_be_left_to_admins_and_chosen_people(alice, bob, dana, rule):
    workspace = make_workspace(**{rule: Builders.CHOSEN})
    chosen = {"who_may_build": "builders", "who_may_build_webhooks": "webhook_builders"}[rule]
    getattr(workspace, chosen).add(bob)
    with pytest.raises(PermissionDenied):
        create_workflow(name="By Alice", by=alice)
    assert create_workflow(name="By Bob", by=bob).pk
    assert create_workflow(name="By Dana", by=dana).pk


def test_a_name_keeps_to_one_line(alice):
    assert create_workflow(name=" Two\n lines\x00 ", by=alice).name == "Two lines\ufffd"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "x", "icon": ":no_such_thing:"}, "icon"),
        ({"name": "x", "icon": "<script>"}, "icon"),
        ({"name": "x", "description": "x" * 251}, "description"),
        ({"name": "x", "trigger_kind": "telepathy"}, "trigger_kind"),
    ],
)
def test_bad_details_are_refused_by_their_name_and_leave_nothing(alice, details, field):
    with pytest.raises(ValidationError) as caught:
        create_workflow(by=alice, **details)
    assert list(caught.value.message_dict) == [field]
    assert not Workflow.objects.exists()


def test_bad_steps_leave_no_workflow(alice, support):
    steps = [message_step(support, "Hello {{ nope }}")]
    with pytest.raises(DraftProblems) as caught:
        create_workflow(name="x", by=alice, steps=steps)
    assert [one.place for one in caught.value.problems] == ["steps[0].config.text"]
    assert not Workflow.objects.exists()
    assert not App.objects.filter(is_workflow=True).exists()


def test_a_copy_is_a_draft_of_whoever_copied_with_all_that_was_in_it(alice, support):
    workflow = make_live(
        alice,
        name="Tickets",
        icon=":ticket:",
        variables=[{"key": "link", "kind": "text", "required": True}],
        steps=[message_step(support, "{{ link }}")],
    )
    copy = copy_workflow(workflow=workflow, by=alice)
    assert copy.name == "Copy of Tickets"
    assert copy.status == Workflow.Status.DRAFT
    assert copy.app != workflow.app
    original, copied = workflow.definition(), copy.definition()
    assert copied == {**original, "name": "Copy of Tickets"}
    assert not copy.request_urls.exists()


def test_a_long_name_is_cut_in_the_copy(alice):
    workflow = make_draft("x" * 80, by=alice)
    assert len(copy_workflow(workflow=workflow, by=alice).name) == 80


def test_a_draft_with_an_error_can_be_copied(alice):
    workflow = make_draft(by=alice)
    make_step(workflow, "send_message", channel="#gone", text="{{ nope }}")
    assert copy_workflow(workflow=workflow, by=alice).steps.count() == 1


def test_strangers_copy_nothing(alice, charlie, dana):
    workflow = make_live(alice)
    for stranger in (charlie, dana):
        with pytest.raises(PermissionDenied):
            copy_workflow(workflow=workflow, by=stranger)


def test_deleting_ends_waiting_runs_and_keeps_messages_and_their_sender(alice, support):
    workflow = make_live(
        alice,
        steps=[
            message_step(support, "first"),
            {"kind": "wait", "config": {"seconds": 9}},
            message_step(support, "second"),
        ],
    )
    make_variable(workflow)
    send_test_request(workflow=workflow, by=alice)
    assert Run.objects.open().count() == 1
    app = workflow.app
    delete_workflow(workflow=workflow, by=alice)
    assert not Workflow.objects.exists()
    assert not Run.objects.open().exists()

    retention.prune()

    assert not Run.objects.exists()
    assert not Workflow.everything.exists()
    assert [message.app for message in Message.objects.filter(text="first")] == [app]
    post_message(channel=support, sender=app, text="the App can still be named")


def test_only_managers_delete(alice, dana, charlie):
    workflow = make_live(alice)
    for stranger in (charlie, dana):
        with pytest.raises(PermissionDenied):
            delete_workflow(workflow=workflow, by=stranger)
    assert Workflow.objects.filter(pk=workflow.pk).exists()
