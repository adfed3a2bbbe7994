"""The activity: runs page by page, and one opened, with its secrets hidden."""

import html
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import Message
from messaging.services import direct_channel
from tests.builders import make_channel, make_live, message_step
from workflows.models import Run, StepRun
from workflows.payload.tree import MOST_NODES, payload_tree
from workflows.runs.accept import Job, accept
from workflows.services import unpublish_workflow

WAIT = {"kind": "wait", "config": {"seconds": 3600}}


def start(workflow, document=None, **values) -> Run:
    document = {} if document is None else document
    job = Job(
        workflow=workflow.pk,
        version=workflow.published_version_id,
        values={one["key"]: "" for one in workflow.published_version.definition["variables"]}
        | values,
        payload=json.dumps(document),
        is_paced=False,
    )
    return Run.objects.get(run_id=accept(job).run_id)


def opened(client: Client, run: Run) -> str:
    response = client.get(run.get_absolute_url())
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_an_opened_run_tells_what_each_step_did(her, alice, support):
    workflow = make_live(alice, channel=support)
    run = start(workflow, support_ticket_link="https://desk.example/1")
    shown = opened(her, run)
    assert "#support" in shown
    assert "New ticket https://desk.example/1" in shown
    assert "The message in #support" in shown
    assert run.run_id in shown


def test_a_failed_run_says_why_and_what_was_not_reached(her, alice, support):
    person = {"person": "{{ assigned_support_agent }}", "text": "x"}
    steps = [{"kind": "send_message_to_person", "config": person}, message_step(support)]
    run = start(make_live(alice, steps=steps), assigned_support_agent="Zoe")
    shown = opened(her, run)
    assert "nobody here is “Zoe”" in shown
    assert "Not reached" in shown


def test_a_wait_says_its_length_in_words(her, alice, support):
    live = make_live(alice, channel=support, steps=[WAIT])
    shown = opened(her, start(live))
    assert "<dt>How long</dt>" in shown
    assert "1 hour" in shown
    assert "3600" not in shown


def test_a_waiting_run_says_what_comes_next(her, alice, support):
    run = start(make_live(alice, steps=[WAIT, message_step(support), message_step(support)]))
    shown = opened(her, run)
    assert "Comes next: " in shown
    assert "Waits until: " in shown
    assert "Comes later" in shown
    assert "not over yet" in shown


def test_a_cancelled_run_says_why(her, alice, support):
    workflow = make_live(alice, steps=[WAIT, message_step(support)])
    run = start(workflow)
    unpublish_workflow(workflow=workflow, by=alice)
    assert "The workflow was unpublished while the run was waiting." in opened(her, run)


def test_secrets_in_what_was_received_are_hidden_and_unused_keys_are_named(her, alice):
    document = {
        "support_ticket_link": "https://x.example/?token=abcdef",
        "api_key": "very-secret",
        "shop": {"password": "hunter2", "id": 12},
        "note": "dhk_abcdefghijkl",
    }
    shown = opened(her, start(make_live(alice), document))
    for secret in ("very-secret", "hunter2", "abcdef"):
        assert secret not in shown
    assert "hidden, looks like a secret" in shown
    assert "3 keys were not used" in shown


def test_numbers_in_what_was_received_keep_their_digits(her, alice):
    workflow = make_live(alice)
    run = start(workflow)
    Run.objects.update(payload='{"big": 9007199254740993, "exact": 1.50}')
    assert "9007199254740993" in opened(her, run)
    assert "1.50" in opened(her, run)


def test_a_differing_duplicate_is_told(her, alice):
    run = start(make_live(alice))
    Run.objects.update(differing_duplicates=2)
    assert "came 2 more times with another body" in opened(her, run)


def test_hostile_values_stay_text(her, alice):
    hostile = "<script>alert(1)</script>"
    run = start(make_live(alice), {hostile: hostile}, support_ticket_link=hostile)
    response = her.get(run.get_absolute_url()).content.decode()
    assert "<script>alert" not in response
    assert "&lt;script&gt;alert(1)" in response


def test_a_message_that_the_manager_may_not_see_is_not_linked(her, alice, bob):
    person = {"person": bob.email, "text": "Only for Bob"}
    workflow = make_live(alice, steps=[{"kind": "send_message_to_person", "config": person}])
    shown = opened(her, start(workflow))
    assert direct_channel(member=bob, other=workflow.app).channel_id not in shown
    assert "Message sent" in shown


def test_a_kind_that_was_removed_still_shows_in_old_runs(her, alice):
    run = start(make_live(alice))
    StepRun.objects.update(kind="gone_kind", input={"old_field": "old value"})
    version = run.version
    version.definition["steps"][0]["kind"] = "gone_kind"
    version.save()
    shown = opened(her, run)
    assert "gone_kind" in shown
    assert "old value" in shown


def test_a_run_of_another_workflow_is_not_found_here(her, alice):
    run, other = start(make_live(alice)), make_live(alice)
    path = reverse("workflows:run", args=[other.pk, run.run_id])
    assert her.get(path).status_code == 404


@pytest.mark.parametrize("key", ["x", "-1", "1e3", "٣", "9" * 20])
def test_a_key_that_is_none_is_no_page(her, alice, key):
    path = reverse("workflows:runs", args=[make_live(alice).pk])
    assert her.get(path, {"before": key}).status_code == 404


def test_a_huge_document_is_shown_in_part_with_what_is_left_out():
    tree = payload_tree({"list": ["x"] * 10_000, "after": "1"}, [])
    (branch,) = tree.children
    assert len(branch.children) == MOST_NODES - 1
    assert branch.left_out == 10_000 - len(branch.children)
    assert tree.left_out == 1


def test_a_private_channel_of_others_is_read_by_no_link(alice, bob, signed_in, support):
    secret = make_channel("secret", by=alice, is_private=True)
    workflow = make_live(alice, channel=secret)
    run = start(workflow)
    workflow.manager_rows.create(member=bob)
    shown = opened(signed_in(bob), run)
    assert secret.channel_id not in shown


# --- Secrets, and how long a page may get ---------------------------------------------------------

SECRET = "sk-live/4711 abc"
TOKEN = {"key": "api_token", "kind": "text"}


def test_secret_variables_are_hidden_in_what_steps_did(her, alice, support):
    text = "Log in with {{ api_token }} at <https://x.example/?a={{ api_token }}|here>"
    run = start(make_live(alice, variables=[TOKEN], channel=support, text=text), api_token=SECRET)

    shown = opened(her, run)

    assert "Log in with [hidden] at" in shown
    for part in ("sk-live", "4711"):
        assert part not in shown


def test_secret_variables_are_hidden_in_why_it_failed(her, alice):
    member = {"key": "secret_key", "kind": "member"}
    person = {"person": "{{ secret_key }}", "text": "Hello"}
    steps = [{"kind": "send_message_to_person", "config": person}]
    run = start(make_live(alice, variables=[member], steps=steps), secret_key=SECRET)

    shown = opened(her, run)

    assert "nobody here is “[hidden]”" in shown
    assert SECRET not in shown
    assert SECRET not in json.dumps(run.error)
    assert not any(SECRET in one.text for one in Message.objects.all())


def test_the_admin_hides_and_cuts_them_too(alice, dana, support, signed_in):
    live = make_live(dana, variables=[TOKEN], channel=support, text="{{ api_token }}!" + "x" * 100)
    run = start(live, {"it": "y" * 50_000}, api_token=SECRET)

    answer = signed_in(dana).get(reverse("admin:workflows_run_change", args=[run.pk]))

    shown = html.unescape(answer.content.decode())
    assert "[hidden]!xxx" in shown
    assert SECRET not in shown
    assert "y" * 11_000 in shown
    assert "y" * 13_000 not in shown


def test_a_page_stays_short_whatever_was_sent(her, alice):
    """Where steps could not be filled, what would have been filled in is shown: cut as well."""
    keys = [{"key": "who", "kind": "member"}, {"key": "it", "kind": "text"}]
    person = {"person": "{{ who }}", "text": "{{ it }}" * 100}
    steps = [{"kind": "send_message_to_person", "config": person}] * 30
    live = make_live(alice, variables=keys, steps=steps)
    run = start(live, who="Z" * 100_000, it="x" * 100_000)
    StepRun.objects.bulk_create(
        StepRun(run=run, position=at, kind="send_message_to_person", status="failed")
        for at in range(1, 30)
    )

    shown = opened(her, run)

    assert len(shown) < 300_000
    assert "x" * 11_000 in shown
    assert "(message cut)" in shown


def test_the_admins_list_reads_no_payload(dana, support, signed_in):
    start(make_live(dana, channel=support))

    with CaptureQueriesContext(connection) as queries:
        signed_in(dana).get(reverse("admin:workflows_run_changelist"))

    lists = [one["sql"] for one in queries if 'FROM "workflows_run"' in one["sql"]]
    assert lists
    assert not any('"payload"' in one or '"values"' in one for one in lists)
