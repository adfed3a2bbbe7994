"""Replaying a run: the same document again, with the version of then or of now."""

import html
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from messaging.services import archive_channel
from tests.builders import (
    hook_path,
    make_channel,
    make_live,
    make_member,
    make_variable,
    message_step,
    told,
)
from tests.workflows.runs import carry_on, job_for, later, say, start, texts
from workflows.activity import replay_views as replay_view
from workflows.models import HookClock, Run
from workflows.payload.variable_values import InvalidVariables
from workflows.runs.accept import accept
from workflows.runs.run_lines import run_lines
from workflows.services import NotPublished, publish_workflow, unpublish_workflow
from workflows.services.replay import NotOver, ReplayVersion, replay_run

LINK = {"key": "link", "kind": "text"}
NUMBER = {"key": "size", "kind": "number"}
OWN, CURRENT = ReplayVersion.OWN, ReplayVersion.CURRENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(
        alice, variables=[LINK, NUMBER], steps=[message_step(support, "{{ link }}, {{ size }}")]
    )


@pytest.fixture
def run(live) -> Run:
    values = {"link": "https://desk.example/1", "size": "1.50"}
    payload = '{"link":"https://desk.example/1","size":1.50,"extra":9007199254740993}'
    job = job_for(live, values=values, payload=payload, delivery="d" * 64)
    return Run.objects.get(run_id=accept(job).run_id)


def change_text(workflow, text):
    step = workflow.steps.get()
    step.config["text"] = text
    step.save()
    publish_workflow(workflow=workflow, by=workflow.managers.get())


def post(client, run, **data):
    path = reverse("workflows:replay", args=[run.workflow_id, run.run_id])
    return client.post(path, data)


def page(response) -> str:
    return html.unescape(response.content.decode())


def test_a_replay_posts_again_and_is_a_run_of_its_own(alice, support, run):
    new = replay_run(run=run, by=alice, version=OWN)

    assert texts(support) == ["https://desk.example/1, 1.50"] * 2
    assert new.pk != run.pk
    assert (new.start_kind, new.started_by) == ("replay", alice)
    assert new.replay_of == run.run_id
    assert (new.payload, new.values) == (run.payload, run.values)
    assert new.delivery is None


def test_its_own_version_is_the_one_that_it_ran_with(alice, live, support, run):
    change_text(live, "new: {{ link }}")

    own = replay_run(run=run, by=alice, version=OWN)
    current = replay_run(run=run, by=alice, version=CURRENT)

    assert (own.version.number, current.version.number) == (1, 2)
    first, second, third = texts(support)
    assert first == second
    assert third == "new: https://desk.example/1"


def test_a_replay_neither_waits_for_nor_uses_the_senders_second(alice, live, run):
    before = HookClock.objects.get(workflow=live).last_accepted_at
    for _ in range(3):
        replay_run(run=run, by=alice, version=OWN)

    assert HookClock.objects.get(workflow=live).last_accepted_at == before
    answer = Client().post(hook_path(live), "{}", content_type="application/json")
    assert answer.status_code == 200


def test_a_replay_of_a_replay_repeats_the_same_document(alice, run):
    again = replay_run(run=replay_run(run=run, by=alice, version=OWN), by=alice, version=OWN)

    assert again.payload == run.payload


def test_values_that_the_version_refuses_start_nothing(alice, live, support, run):
    make_variable(live, "agent", required=True)
    publish_workflow(workflow=live, by=alice)

    with pytest.raises(InvalidVariables) as refused:
        replay_run(run=run, by=alice, version=CURRENT)

    assert [one.key for one in refused.value.problems] == ["agent"]
    assert Run.objects.count() == len(texts(support)) == 1
    replay_run(run=run, by=alice, version=OWN)
    assert len(texts(support)) == 2


def test_what_no_longer_can_be_done_fails_as_any_run_does(alice, support, run):
    archive_channel(channel=support, by=alice)

    new = replay_run(run=run, by=alice, version=OWN)

    assert new.status == Run.Status.FAILED
    assert new.error_sentence == "#support is archived."


def test_an_unpublished_workflow_is_not_started_by_a_replay(alice, live, support, run):
    unpublish_workflow(workflow=live, by=alice)

    for version in ReplayVersion:
        with pytest.raises(NotPublished):
            replay_run(run=run, by=alice, version=version)
    assert len(texts(support)) == 1


def test_a_run_that_goes_on_is_not_replayed(alice, waiting):
    run = start(waiting)
    with pytest.raises(NotOver):
        replay_run(run=run, by=alice, version=OWN)
    with later(120):
        carry_on()
        run.refresh_from_db()
        assert replay_run(run=run, by=alice, version=OWN).status == Run.Status.WAITING


def test_only_managers_replay(bob, run):
    with pytest.raises(PermissionDenied):
        replay_run(run=run, by=bob, version=OWN)
    assert Run.objects.count() == 1


def test_a_run_without_a_document_is_repeated_with_its_values(alice, live, support):
    run = start(live, link="kept", size="3")
    assert run.payload == ""

    replay_run(run=run, by=alice, version=OWN)

    assert texts(support) == ["kept, 3"] * 2


def test_a_failed_replay_is_told_to_the_managers(alice, support, run):
    archive_channel(channel=support, by=alice)
    before = len(told(alice))

    replay_run(run=run, by=alice, version=OWN)

    assert len(told(alice)) == before + 1


def test_the_activity_says_which_run_was_repeated_and_by_whom(alice, run, her):
    new = replay_run(run=run, by=alice, version=OWN)

    (line,) = run_lines([new])
    assert line.started_by == f"Replay of {run.run_id} by Alice"
    assert line.started_by_in_short == "Replay by Alice"
    shown = page(her.get(new.get_absolute_url()))
    assert f'<a href="{run.get_absolute_url()}">Replay of {run.run_id} by Alice</a>' in shown
    assert "Replay by Alice" in page(her.get(reverse("workflows:runs", args=[run.workflow_id])))


# --- Pages ---------------------------------------------------------------------------------------


def test_the_menu_says_that_it_posts_again_where_and_with_which_version(alice, live, run, her):
    shown = page(her.get(run.get_absolute_url()))
    assert "posts again" in shown
    assert "Replay with version 1, as it ran" in shown
    assert "#support" in shown.split("Posts in or to:")[1][:100]
    assert 'value="current"' not in shown

    deploys = make_channel("deploys", by=alice)
    step = live.steps.get()
    step.config["channel"] = deploys.channel_id
    step.save()
    publish_workflow(workflow=live, by=alice)

    shown = page(her.get(run.get_absolute_url()))
    assert "Replay with version 2, live since: " in shown
    assert "#deploys" in shown


def test_replaying_leads_to_the_new_run(run, her, support):
    answer = post(her, run, version="own")

    new = Run.objects.exclude(pk=run.pk).get()
    assert answer.status_code == 302
    assert answer["Location"] == new.get_absolute_url()
    assert "Replayed. This is the new run." in page(her.get(new.get_absolute_url()))


def test_a_refusal_names_the_variables_and_nothing_of_what_was_received(alice, live, run, her):
    make_variable(live, "agent", required=True)
    link = live.variables.get(key="link")
    link.kind = "boolean"
    link.save()
    publish_workflow(workflow=live, by=alice)

    answer = post(her, run, version="current")

    note = page(answer).split('role="alert"')[1].split("</div></div>")[0]
    assert answer.status_code == 422
    assert "Version 2 refuses what was received" in note
    assert 'The required variable <span class="chip">agent</span> was missing.' in note
    assert 'The variable <span class="chip">link</span> was neither true nor false.' in note
    assert "desk.example" not in note
    assert Run.objects.count() == 1


def test_where_nothing_can_be_replayed_nothing_is_offered(alice, live, run, her, waiting):
    going_on = start(waiting)
    assert "Replay with" not in page(her.get(going_on.get_absolute_url()))
    unpublish_workflow(workflow=live, by=alice)
    assert "Replay with" not in page(her.get(run.get_absolute_url()))
    for one, sentence in ((run, "is not published"), (going_on, "still goes on")):
        answer = post(her, one, version="own")
        assert answer["Location"] == one.get_absolute_url()
        assert sentence in page(her.get(one.get_absolute_url()))
    assert Run.objects.count() == 2


def test_replays_are_bounded_for_each_member(run, her, monkeypatch):
    monkeypatch.setattr(replay_view, "RATE", "2/m")
    for _ in range(2):
        assert post(her, run, version="own").status_code == 302

    answer = post(her, run, version="own")

    assert answer.status_code == 429
    assert "Wait a minute" in page(answer)
    assert Run.objects.count() == 3


def test_strangers_and_managers_of_other_workflows_find_no_replay(bob, run, signed_in):
    client = signed_in(bob)
    other = make_live(bob)
    assert post(client, run, version="own").status_code == 404
    path = reverse("workflows:replay", args=[other.pk, run.run_id])
    assert client.post(path, {"version": "own"}).status_code == 404
    assert Run.objects.count() == 1


def test_a_private_channel_that_the_reader_is_not_in_is_not_named(alice, bob, signed_in):
    secret = make_channel("secret", by=alice, is_private=True)
    workflow = make_live(alice, variables=[], steps=[say(secret, "x")])
    workflow.manager_rows.create(member=make_member("Frank"))
    workflow.manager_rows.create(member=bob)
    run = start(workflow)

    shown = page(signed_in(bob).get(run.get_absolute_url()))

    assert "#secret" not in shown.split("Posts in or to:")[1].split("</form>")[0]


def test_the_run_can_be_used_in_the_builders_preview(run, her):
    shown = page(her.get(run.get_absolute_url()))
    path = f"{reverse('workflows:edit', args=[run.workflow_id])}?fill={run.run_id}"
    assert path in shown

    builder = page(her.get(path))
    assert f'value="{run.run_id}" selected' in builder
    assert "https://desk.example/1</a>, 1.50" in builder.split('id="preview-form"')[1]


def test_the_preview_offers_the_chosen_run_also_where_it_is_old(live, run, her):
    for _ in range(12):
        start(live)

    path = reverse("workflows:preview", args=[run.workflow_id])
    shown = page(her.get(path, {"fill": run.run_id}))

    assert f'value="{run.run_id}" selected' in shown


def test_a_run_of_another_workflow_fills_no_preview(alice, run, her):
    other = make_live(alice)
    for name in ("workflows:edit", "workflows:preview"):
        path = reverse(name, args=[other.pk])
        assert her.get(path, {"fill": run.run_id}).status_code == 404


def test_a_replay_that_is_clicked_twice_is_one_run(her, support, run):
    shown = page(her.get(run.get_absolute_url()))
    once = re.search(r'name="once" value="([^"]+)"', shown)[1]
    path = reverse("workflows:replay", args=[run.workflow_id, run.run_id])

    answers = [her.post(path, {"version": "own", "once": once}) for _click in range(2)]

    assert Run.objects.count() == 2
    assert answers[0].url == answers[1].url == Run.objects.first().get_absolute_url()
    assert once not in page(her.get(run.get_absolute_url()))


def test_another_click_replays_again(alice, bob, live, run):
    for once in ("a", "b", "", ""):
        replay_run(run=run, by=alice, version=OWN, once=once)

    assert Run.objects.count() == 5
