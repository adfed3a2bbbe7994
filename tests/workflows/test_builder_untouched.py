"""What nobody touched on the builder's page stays, in every language; what they typed is kept."""

import html
import re

import pytest
from django.utils import translation

from tests.builders import make_channel, make_draft, make_step
from tests.workflows.draft_edits import message, of
from workflows.services import add_manager

OWN_IN_FRENCH = "Mes propres messages directs"


@pytest.fixture
def hidden(alice, charlie, secret):
    """A draft of Alice and Charlie that posts where Charlie is not."""
    workflow = make_draft(by=alice)
    add_manager(workflow=workflow, member=charlie, by=alice)
    make_step(workflow, "send_message", channel=secret.channel_id, text="Hello")
    return workflow


def inputs(page: str, form: str) -> dict[str, str]:
    """Return what a browser posts of the form whose tag matches."""
    inside = re.search(rf"<form[^>]*{form}[^>]*>(.*?)</form>", page, re.DOTALL)[1]
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', inside)
    found += re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', inside, re.DOTALL)
    return {name: html.unescape(value) for name, value in found}


def keep_mine(page: str, name: str) -> dict[str, str]:
    form = re.search(rf'data-field="{name}".*?(<form[^>]*data-keep>.*?</form>)', page, re.DOTALL)[1]
    return inputs(form, "data-keep")


def test_what_is_not_touched_is_no_conflict(hidden, charlie, signed_in):
    client, step = signed_in(charlie), message(hidden)
    path = f"/workflows/{hidden.pk}/edit"
    data = inputs(client.get(path).content.decode(), f'data-part="s{step.pk}"')
    assert data["f-channel"] == "a channel that you are not in"
    tickets = make_channel("tickets")
    step.config["channel"] = tickets.channel_id
    step.save()

    answer = client.post(f"{path}/{of(step)}", data | {"f-text": "Changed"})

    assert answer.status_code == 302
    assert message(hidden).config == {"channel": tickets.channel_id, "text": "Changed"}


def test_keep_mine_without_a_script_keeps_mine(hidden, secret, charlie, signed_in):
    client, step = signed_in(charlie), message(hidden)
    tickets = make_channel("tickets")
    step.config["channel"] = tickets.channel_id
    step.save()
    path = f"/workflows/{hidden.pk}/edit/{of(step)}"
    page = client.post(path, {"base-channel": "", "f-channel": secret.channel_id})
    assert page.status_code == 409

    client.post(path, keep_mine(page.content.decode(), "channel"))

    assert message(hidden).config["channel"] == secret.channel_id


def test_a_page_loaded_in_french_and_saved_in_english_overwrites_nothing(
    alice, bob, support, signed_in
):
    workflow = make_draft(by=alice)
    step = make_step(workflow, "send_message", channel="@me", text="Hello")
    client, path = signed_in(alice), f"/workflows/{workflow.pk}/edit"
    client.post(f"{path}/{of(step)}", {"base-channel": "@me", "f-channel": "@me "})
    own = message(workflow).config["channel"]
    french = client.get(path, headers={"Accept-Language": "fr"}).content.decode()
    data = inputs(french, f'data-part="s{step.pk}"')
    assert data["f-channel"] == OWN_IN_FRENCH

    client.post(
        f"{path}/{of(step)}", data | {"f-text": "Changed"}, headers={"Accept-Language": "en"}
    )

    assert message(workflow).config == {"channel": own, "text": "Changed"}


def test_what_is_chosen_on_a_page_in_french_is_understood_in_english(alice, support, signed_in):
    workflow = make_draft(by=alice)
    step = make_step(workflow, "send_message", channel=support.channel_id, text="Hello")
    data = {"base-channel": support.channel_id, "shown-channel": "#support"}
    path = f"/workflows/{workflow.pk}/edit/{of(step)}"

    with translation.override("en"):
        signed_in(alice).post(path, data | {"f-channel": OWN_IN_FRENCH})

    assert message(workflow).config["channel"].startswith("D")
