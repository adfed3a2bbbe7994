"""New workflows: from scratch, a ready one, a file or a copy; each ends in the builder."""

import html
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.builders import make_draft, make_live, make_workspace, message_step
from workflows.models import Workflow


def shown(client, path="/workflows/new", status=200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def made(answer) -> Workflow:
    """The workflow that was made; its builder is where it goes on."""
    workflow = Workflow.objects.latest("pk")
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("workflows:edit", args=[workflow.pk])
    return workflow


def test_a_webhook_is_chosen_and_each_trigger_says_what_it_is(her):
    page = shown(her)
    assert 'value="webhook" checked' in page
    assert "Another service posts JSON to a secret URL." in page
    assert page.count('name="trigger"') == 3


@pytest.mark.parametrize("trigger", ["webhook", "shortcut", "person_joins"])
def test_from_scratch_makes_an_empty_draft_that_starts_so(her, alice, trigger):
    workflow = made(her.post("/workflows/new", {"trigger": trigger}))
    assert workflow.trigger_kind == trigger
    assert workflow.status == Workflow.Status.DRAFT
    assert list(workflow.managers.all()) == [alice]


def test_from_a_channels_menu_its_shortcut_is_chosen_with_the_channel(her, support):
    page = shown(her, f"/workflows/new?trigger=shortcut&channel={support.channel_id}")
    assert 'value="shortcut" checked' in page
    data = {"trigger": "shortcut", "channel": support.channel_id}
    workflow = made(her.post("/workflows/new", data))
    assert workflow.trigger_config == {"channel": support.channel_id}


def test_a_private_channel_of_others_is_not_taken_over(signed_in, charlie, secret):
    data = {"trigger": "shortcut", "channel": secret.channel_id}
    assert made(signed_in(charlie).post("/workflows/new", data)).trigger_config == {}


def test_an_unknown_trigger_is_asked_for_again(her):
    answer = her.post("/workflows/new", {"trigger": "moon"})
    assert answer.status_code == 422
    assert not Workflow.objects.exists()


# --- Files and copies -----------------------------------------------------------------------------


def test_a_file_becomes_a_draft_and_a_bad_one_nothing(her, support):
    file = {
        "name": "From a file",
        "trigger": {"kind": "webhook"},
        "steps": [message_step(support, "{{ nope }}")],
    }
    refused = her.post("/workflows/import", {"text": json.dumps(file)})
    assert refused.status_code == 422
    page = html.unescape(refused.content.decode())
    assert "Nothing was imported." in page
    assert "steps[0].config.text" in page
    assert page.index('id="wrong" tabindex="-1" autofocus') < page.index('<form class="card-body"')
    assert "Ready workflows" not in page
    assert 'unknown variable "nope"' in page
    assert not Workflow.objects.exists()
    file["steps"] = [message_step(support)]
    upload = SimpleUploadedFile("workflow.json", json.dumps(file).encode())
    assert made(her.post("/workflows/import", {"file": upload})).name == "From a file"


def test_a_file_of_slack_s_is_said_to_be_one(her):
    upload = SimpleUploadedFile("Tickets.slackworkflow", b'{"source_id": "1", "workflow": {}}')
    refused = her.post("/workflows/import", {"file": upload})
    assert refused.status_code == 422
    assert "a workflow that Slack exported" in refused.content.decode()


@pytest.mark.parametrize("text", ["", "   ", "{", "[]", "{}", '"x"', "[" * 100_000])
def test_what_is_no_workflow_file_is_refused_in_words(her, text):
    assert her.post("/workflows/import", {"text": text}).status_code == 422
    assert not Workflow.objects.exists()


def test_one_of_mine_is_copied_into_the_builder(her, alice):
    workflow = make_live(alice, name="Tickets")
    copy = made(her.post("/workflows/new/copy", {"workflow": workflow.pk}))
    assert copy.name == "Copy of Tickets"
    assert copy.status == Workflow.Status.DRAFT


@pytest.mark.parametrize("chosen", ["", "x", "999999", "９"])
def test_what_is_not_mine_is_not_there_to_copy(her, bob, chosen):
    theirs = make_draft(by=bob)
    for one in (chosen, str(theirs.pk)):
        assert her.post("/workflows/new/copy", {"workflow": one}).status_code == 404


# --- Rights ---------------------------------------------------------------------------------------


def test_who_may_not_build_is_told_so_and_whom_to_ask(her, dana):
    make_workspace(who_may_build="chosen")
    page = shown(her)
    assert "In this workspace you may not build workflows." in page
    assert "Dana" in page
    assert "Start from scratch" not in page
    assert 'name="ready"' not in page


def test_who_may_not_build_webhooks_may_build_the_others(her, dana):
    make_workspace(who_may_build_webhooks="chosen")
    page = shown(her)
    assert 'value="webhook" disabled' in page
    assert 'value="shortcut" checked' in page
    assert made(her.post("/workflows/new", {"trigger": "shortcut"}))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/workflows/new", {"trigger": "webhook"}),
        ("/workflows/new/ready", {"ready": "support_ticket"}),
        ("/workflows/import", {"text": '{"name": "x", "trigger": {"kind": "webhook"}}'}),
    ],
)
def test_without_the_right_nothing_is_made(her, path, data):
    make_workspace(who_may_build_webhooks="chosen")
    assert her.post(path, data).status_code == 403
    assert not Workflow.objects.exists()


def test_without_the_right_no_copy_is_made(her, alice):
    workflow = make_draft(by=alice)
    make_workspace(who_may_build="chosen")
    assert her.post("/workflows/new/copy", {"workflow": workflow.pk}).status_code == 403
    assert Workflow.objects.count() == 1


def test_guests_find_nothing(signed_in, gus):
    for path in ("/workflows/new", "/workflows/import"):
        shown(signed_in(gus), path, status=404)


def test_the_page_asks_the_same_however_many_workflows_there_are(
    her, alice, django_assert_num_queries
):
    shown(her)
    with django_assert_num_queries(QUERIES):
        shown(her)
    for _number in range(5):
        make_draft(by=alice)
    with django_assert_num_queries(QUERIES):
        shown(her)


QUERIES = 10
