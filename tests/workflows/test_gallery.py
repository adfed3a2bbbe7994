"""The ready workflows: each file holds, is shown as the channel will, and becomes a draft."""

import html
import json

import pytest
from django.utils import translation

from tests.builders import make_channel
from workflows.gallery import FOLDER, SLUGS, all_ready
from workflows.models import Workflow
from workflows.services import draft_problems, publish_workflow
from workflows.services.editing import Typed, save_step, save_trigger

NAMES = [f"{slug}{language}.json" for slug in SLUGS for language in ("", ".fr")]


def use(client, slug) -> Workflow:
    assert client.post("/workflows/new/ready", {"ready": slug}).status_code == 302
    return Workflow.objects.latest("pk")


def test_there_are_six_in_english_and_in_french():
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(NAMES)
    for language in ("en", "fr"):
        with translation.override(language):
            assert [one.slug for one in all_ready()] == list(SLUGS)


def test_french_readers_get_french_ones():
    with translation.override("fr"):
        assert all_ready()[0].file["name"] == "Ticket d’assistance"


def test_both_languages_have_the_same_variables_and_steps():
    for slug in SLUGS:
        english, french = (
            json.loads((FOLDER / f"{slug}{language}.json").read_text()) for language in ("", ".fr")
        )
        keys = [[one["key"] for one in file["variables"]] for file in (english, french)]
        kinds = [[one["kind"] for one in file["steps"]] for file in (english, french)]
        assert keys[0] == keys[1]
        assert kinds[0] == kinds[1]
        assert english["trigger"] == french["trigger"]


def test_each_shows_the_message_that_it_writes(signed_in, alice):
    page = html.unescape(signed_in(alice).get("/workflows/new").content.decode())
    assert "<strong>web-shop 2.14.0</strong> is live in production" in page
    assert "<blockquote" in page
    assert "After 1 hour: “Is it solved? @Alice, write what you learned.”" in page
    assert "{{" not in page


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_only_channels_are_left_to_choose(signed_in, alice, support, slug, language):
    with translation.override(language):
        workflow = use(signed_in(alice), slug)
    assert workflow.status == Workflow.Status.DRAFT
    left = draft_problems(workflow=workflow, by=alice)
    assert left
    assert {one.place.rpartition(".")[2] for one in left} == {"channel"}
    chosen = {"channel": Typed(f"#{support.name}", "")}
    if workflow.trigger_kind != "webhook":
        save_trigger(workflow=workflow, by=alice, fields=chosen)
    for step in workflow.steps.filter(kind="send_message"):
        save_step(workflow=workflow, key=step.pk, by=alice, fields=chosen)
    publish_workflow(workflow=workflow, by=alice)
    assert workflow.is_published


def test_a_channel_that_is_there_is_chosen_and_one_that_is_not_is_left(alice, charlie, secret):
    from workflows.services.starting_points import create_from_ready

    make_channel("tickets", by=alice)
    file = json.loads((FOLDER / "support_ticket.json").read_text())
    step = file["steps"][0]
    file["steps"] = [
        {**step, "config": {**step["config"], "channel": name}}
        for name in ("#tickets", "#secret", "#nowhere")
    ]
    workflow = create_from_ready(by=charlie, file=file)
    assert ["channel" in one.config for one in workflow.steps.all()] == [True, False, False]


def test_an_unknown_one_is_not_found(signed_in, alice):
    for slug in ("", "moon", "../settings"):
        answer = signed_in(alice).post("/workflows/new/ready", {"ready": slug})
        assert answer.status_code == 404
