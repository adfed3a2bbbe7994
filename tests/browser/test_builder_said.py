"""What the builder answers is in sight, and nothing is red before something is wrong."""

import json

import pytest
from django.conf import settings
from playwright.sync_api import expect

from messaging.models import Channel, Member
from tests.browser.builder_page import NO_CHANNEL, NO_TEXT, edit, expecting, message
from tests.browser.conftest import PHONE, OpenAs
from tests.builders import make_draft, make_step
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_what_a_test_did_is_in_sight(open_as: OpenAs, alice: Member, workflow: Workflow) -> None:
    for size in ({"width": 1280, "height": 800}, PHONE):
        page = open_as(alice, edit(workflow), viewport=size)
        if size is PHONE:
            page.locator("label", has_text="Preview and test").click()
        page.get_by_role("button", name="Send a test").click()
        expect(page.locator(".wf-head").get_by_text("Sent.")).to_be_in_viewport()
        expect(page.get_by_role("link", name="Read it")).to_be_in_viewport()


def test_no_connection_and_signed_out_are_said_in_sight(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "ERR_INTERNET_DISCONNECTED"):
        page = open_as(alice, edit(workflow))
        page.context.set_offline(True)
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("This could not be done.")).to_be_in_viewport()
        message(page).fill("Typed offline")
        expect(page.get_by_text("You can go on writing")).to_be_in_viewport()
        page.context.set_offline(False)
        expect(page.get_by_text("You can go on writing")).to_be_hidden()
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("You were signed out.")).to_be_in_viewport()


def test_what_is_empty_is_not_red_before_one_leaves_it_or_comes_to_correct_it(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    draft = make_draft("Tickets", by=alice)
    make_step(draft, "send_message", channel="", text="")
    page = open_as(alice, edit(draft))
    todo = page.get_by_role("link", name="2 things to correct")
    expect(todo).not_to_contain_class("tag-bad")
    expect(page.locator(".is-invalid, .knot-bad, .flags > p")).to_have_count(0)

    channel = page.get_by_role("combobox", name="Channel")
    channel.click()
    page.keyboard.type("supp")
    page.wait_for_timeout(1200)  # longer than a save waits
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(page.locator(".is-invalid, .knot-bad, .flags > p")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(channel).to_have_value("#support")

    message(page).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_text(NO_TEXT)).to_be_visible()
    expect(page.locator("[data-todo]")).to_contain_class("tag-bad")

    page.goto(f"/workflows/{draft.pk}/publish")
    page.get_by_role("link", name="Correct it").click()
    expect(page.get_by_text(NO_TEXT)).to_be_visible()
    expect(page.get_by_text(NO_CHANNEL)).to_have_count(0)


def test_the_box_for_json_starts_with_the_example(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.get_by_label("Fill the variables with").select_option("json")
    pasted = page.get_by_label("JSON as the service sends it")
    expect(pasted).to_have_value(page.locator("#example-json").text_content() or "")
    assert "ticket_link" in json.loads(pasted.input_value())
    expect(page.locator("#pasted-error")).to_have_count(0)
