"""Publishing freezes the draft; unpublishing takes it off and ends what waits."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from messaging.models import Message
from messaging.services import archive_channel, leave_channel
from tests.builders import (
    hook_path,
    make_draft,
    make_live,
    make_step,
    make_variable,
    message_step,
    told,
)
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.runs.engine import advance
from workflows.services import (
    PublishProblems,
    add_manager,
    publish_workflow,
    send_test_request,
    set_details,
    set_steps,
    unpublish_workflow,
)

WAITING = [{"kind": "wait", "config": {"seconds": 3600}}]


def post(client, workflow, path="", **body):
    path = path or hook_path(workflow)
    return client.post(path, json.dumps(body), content_type="application/json")


def test_publishing_freezes_the_draft_and_makes_the_request_url(alice, support):
    workflow = make_draft("Tickets", by=alice, steps=[message_step(support)])
    version = publish_workflow(workflow=workflow, by=alice, note=" First try ")
    assert (version.number, version.published_by, version.note) == (1, alice, "First try")
    assert version.definition == workflow.definition()
    assert workflow.status == Workflow.Status.LIVE
    assert workflow.request_urls.live().count() == 1


def test_publishing_again_keeps_the_url_and_old_versions(alice, support):
    workflow = make_live(alice, channel=support)
    url, first = hook_path(workflow), workflow.published_version.definition
    set_details(workflow=workflow, by=alice, name="Renamed", icon=":bell:")
    assert workflow.status == Workflow.Status.CHANGED
    version = publish_workflow(workflow=workflow, by=alice)
    assert version.number == 2
    assert hook_path(workflow) == url
    assert (workflow.app.name, workflow.app.icon) == ("Renamed", ":bell:")
    assert workflow.versions.get(number=1).definition == first


def test_a_draft_never_touches_what_is_live(alice, support, client):
    workflow = make_live(alice, channel=support, text="live text", variables=[])
    set_steps(workflow=workflow, by=alice, steps=[message_step(support, "draft text")])
    assert post(client, workflow).status_code == 200
    assert [message.text for message in Message.objects.filter(app=workflow.app)] == ["live text"]


def test_a_draft_with_something_to_correct_is_not_published(alice, support):
    workflow = make_draft(by=alice, steps=[message_step(support)])
    make_step(workflow, "send_message", channel=support.channel_id, text="{{ nope }}")
    make_step(workflow, "gone_kind")
    with pytest.raises(PublishProblems) as caught:
        publish_workflow(workflow=workflow, by=alice)
    places = [one.place for one in caught.value.problems]
    assert places == ["steps[1].config.text", "steps[2].kind"]
    assert not WorkflowVersion.objects.exists()
    assert not workflow.request_urls.exists()


def test_a_draft_without_steps_or_with_too_many_variables_is_not_published(alice):
    workflow = make_draft(by=alice)
    for number in range(21):
        make_variable(workflow, f"key_{number}")
    with pytest.raises(PublishProblems) as caught:
        publish_workflow(workflow=workflow, by=alice)
    assert [one.place for one in caught.value.problems] == ["steps", "variables"]


def test_whoever_is_not_in_the_private_channel_cannot_publish(alice, bob, secret):
    workflow = make_draft(by=alice, steps=[message_step(secret)])
    add_manager(workflow=workflow, member=bob, by=alice)
    leave_channel(channel=secret, member=bob)
    with pytest.raises(PublishProblems):
        publish_workflow(workflow=workflow, by=bob)
    assert publish_workflow(workflow=workflow, by=alice).number == 1


def test_an_archived_channel_is_not_published_into(alice, support):
    workflow = make_draft(by=alice, steps=[message_step(support)])
    archive_channel(channel=support, by=alice)
    with pytest.raises(PublishProblems, match="archived"):
        publish_workflow(workflow=workflow, by=alice)


def test_only_managers_publish(alice, charlie, dana, gus):
    workflow = make_draft(by=alice, steps=WAITING)
    for stranger in (charlie, dana, gus):
        with pytest.raises(PermissionDenied):
            publish_workflow(workflow=workflow, by=stranger)


def test_unpublished_workflow_answers_like_an_unknown_one_and_comes_back_with_its_url(
    alice, support, client
):
    workflow = make_live(alice, channel=support)
    path = hook_path(workflow)
    unpublish_workflow(workflow=workflow, by=alice)
    assert workflow.status == Workflow.Status.UNPUBLISHED
    unknown = post(client, workflow, path="/hooks/workflows/dhk_" + "x" * 43)
    answer = post(client, workflow, path=path)
    assert (answer.status_code, answer.content) == (404, unknown.content)
    publish_workflow(workflow=workflow, by=alice)
    assert hook_path(workflow) == path
    assert post(client, workflow, path=path).status_code == 200


def test_unpublishing_cancels_waiting_runs_with_a_sentence(alice):
    workflow = make_live(alice, steps=WAITING)
    send_test_request(workflow=workflow, by=alice)
    unpublish_workflow(workflow=workflow, by=alice)
    run = Run.objects.get()
    assert run.status == Run.Status.CANCELLED
    assert run.finished_at is not None
    assert run.error_sentence == "The workflow was unpublished while the run was waiting."
    assert not advance(run.pk, "runner")


def test_unpublishing_twice_changes_nothing(alice):
    workflow = make_live(alice)
    unpublish_workflow(workflow=workflow, by=alice)
    unpublish_workflow(workflow=workflow, by=alice)
    assert workflow.versions.count() == 1


def test_an_admin_unpublishes_and_the_managers_are_told_in_their_language(alice, dana):
    workflow = make_live(alice, name="*Tickets* <!channel>")
    unpublish_workflow(workflow=workflow, by=dana)
    assert not workflow.is_published
    (notice,) = told(alice)
    assert "Dana, a team admin, unpublished “*Tickets* <!channel>”." in notice.text
    assert told(dana) == []


def test_strangers_and_guests_unpublish_nothing(alice, charlie, gus):
    workflow = make_live(alice)
    for stranger in (charlie, gus):
        with pytest.raises(PermissionDenied):
            unpublish_workflow(workflow=workflow, by=stranger)
    workflow.refresh_from_db()
    assert workflow.is_published


def test_an_admin_unpublishes_no_draft_of_others(alice, dana):
    with pytest.raises(PermissionDenied):
        unpublish_workflow(workflow=make_draft(by=alice), by=dana)


def test_what_was_done_is_logged_without_names_and_tokens(
    alice, caplog, django_capture_on_commit_callbacks
):
    with (
        caplog.at_level("INFO", "declic.audit"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        workflow = make_live(alice, name="A\nforged line")
        unpublish_workflow(workflow=workflow, by=alice)
    lines = [record.getMessage() for record in caplog.records if record.name == "declic.audit"]
    who = f"workflow={workflow.pk} by={alice.member_id}"
    assert lines == [f"create {who}", f"publish {who} version=1", f"unpublish {who}"]


def test_what_was_rolled_back_is_not_logged_as_done(
    alice, caplog, django_capture_on_commit_callbacks
):
    with (
        caplog.at_level("INFO", "declic.audit"),
        django_capture_on_commit_callbacks(execute=True),
        transaction.atomic(),
    ):
        make_live(alice)
        transaction.set_rollback(True)
    assert not Workflow.objects.exists()
    assert caplog.text == ""
