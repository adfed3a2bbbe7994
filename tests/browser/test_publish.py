"""Publishing in a browser: from the review to a version that is put back, without a script."""

import re

import pytest
from playwright.sync_api import expect

from messaging.models import Channel, Member
from tests.browser.conftest import PHONE, OpenAs
from tests.builders import make_live, message_step
from workflows.services import set_steps

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_changes_are_reviewed_published_compared_and_taken_back_without_a_script(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    live = make_live(alice, channel=support, name="Tickets", text="First text", variables=[])
    set_steps(workflow=live, by=alice, steps=[message_step(support, "Second text")])
    page = open_as(
        alice, f"{live.get_absolute_url()}edit", viewport=PHONE, java_script_enabled=False
    )

    page.get_by_role("link", name="Publish changes").click()
    expect(page.get_by_role("heading", name="What changes with version 2")).to_be_visible()
    expect(page.locator(".diff ins b")).to_have_text("Second")
    page.get_by_label("Note for the other managers").fill("Another text")
    page.get_by_role("button", name="Publish changes").click()
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_text("Another text")).to_be_visible()

    page.get_by_role("link", name="What version 2 changed").click()
    expect(page.get_by_role("heading", name="From version 1 to version 2")).to_be_visible()
    page.get_by_role("link", name="Restore version 1").first.click()
    expect(page.get_by_text("Nothing is lost")).to_be_visible()
    page.get_by_role("button", name="Put it into the draft").click()

    expect(page.get_by_role("status")).to_contain_text("Version 1 is in the draft")
    live.refresh_from_db()
    assert live.steps.get().config["text"] == "First text"
    assert live.published_version.number == 2


def test_the_list_is_filtered_by_keyboard_and_its_menu_closes_with_escape(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    make_live(alice, channel=support, name="Tickets")
    page = open_as(alice, "/workflows/")

    page.get_by_label("All 1").press("ArrowRight")
    expect(page).to_have_url(re.compile("status=live"))
    expect(page.get_by_label("Live 1")).to_be_checked()
    menu = page.locator('summary[aria-label="Copy, unpublish or delete Tickets"]')
    menu.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Overview")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("link", name="Overview")).to_be_hidden()
