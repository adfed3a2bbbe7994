"""With the keyboard alone: into a channel by the sidebar, write, send, and out again."""

import pytest
from playwright.sync_api import Page, expect

from messaging.models import Channel, Member
from tests.browser.builder_page import is_saved
from tests.browser.conftest import PHONE, OpenAs
from tests.builders import make_channel
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]

MOST_STOPS = 80


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on it; each stop on the way must be to be seen."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # past the page's end; the next stop is its first
        expect(page.locator(":focus")).to_be_visible()
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_the_skip_link_comes_first_and_leads_to_the_content(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, support.get_absolute_url())

    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_a_message_is_written_with_the_keyboard_alone(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    lounge = make_channel("lounge", by=alice)
    page = open_as(alice, support.get_absolute_url())

    tab_to(page, f'a[href="{lounge.get_absolute_url()}"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("lounge")
    tab_to(page, "textarea")
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")

    message = page.locator(".msg", has_text="first line")
    expect(message).to_have_count(1)
    expect(message).to_contain_text("second line")
    expect(page.locator("textarea")).to_be_focused()
    expect(page.locator("textarea")).to_have_value("")


def press(page: Page, selector: str) -> None:
    """Reach it by Tab and press Enter."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def test_a_workflow_is_made_published_changed_and_published_with_the_keyboard_alone(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, support.get_absolute_url())
    press(page, 'a[href="/workflows/"]')
    expect(page.get_by_role("heading", level=1)).to_have_text("Your workflows")
    press(page, 'form[action="/workflows/new"] button')
    expect(page.get_by_role("heading", level=1)).to_have_text("New workflow")

    press(page, "#details > summary")
    tab_to(page, "#details-name")
    page.keyboard.press("Control+A")
    page.keyboard.type("Tickets")
    press(page, "#add-variable")
    expect(page.locator("[name=f-key]")).to_be_focused()
    page.keyboard.type("ticket")
    press(page, "#add-step-button")
    press(page, "button[value=send_message]")
    expect(page.get_by_role("combobox", name="Channel")).to_be_focused()
    page.keyboard.type("#supp")
    expect(page.locator("#pick-list").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    tab_to(page, "textarea[name=f-text]")
    page.keyboard.type("Came in: {{tic")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    is_saved(page)

    publish = 'a[href$="/publish"]'
    press(page, publish)
    expect(page.get_by_role("heading", name="What version 1 does")).to_be_visible()
    press(page, "form.desk-aside button.btn-primary")
    expect(page.get_by_role("button", name="Copy the curl command")).to_be_visible()
    press(page, 'main a[href$="/edit"]')
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    tab_to(page, "textarea[name=f-text]")
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    is_saved(page)
    press(page, publish)
    expect(page.get_by_role("heading", name="What changes with version 2")).to_be_visible()
    press(page, "form.desk-aside button.btn-primary")
    expect(page.get_by_text("Nothing to publish")).to_be_visible()

    workflow = Workflow.objects.get()
    assert (workflow.name, workflow.published_version.number) == ("Tickets", 2)
    assert workflow.steps.get().config["text"] == "Came in: {{ ticket }}!"


def test_what_has_the_focus_shows_it(open_as: OpenAs, alice: Member, support: Channel) -> None:
    page = open_as(alice, support.get_absolute_url())
    link = f'a[href="{support.get_absolute_url()}"]'

    tab_to(page, link)

    outline = page.locator(link).first.evaluate(
        "node => { const s = getComputedStyle(node); return s.outlineStyle + s.boxShadow }"
    )
    assert outline != "nonenone"


def test_on_a_phone_the_menu_opens_and_closes_with_the_keyboard(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, support.get_absolute_url(), viewport=PHONE)
    sidebar = page.get_by_role("navigation", name="Workspace")
    expect(sidebar).to_be_hidden()

    tab_to(page, "[popovertarget]")
    page.keyboard.press("Enter")
    expect(sidebar).to_be_visible()
    page.keyboard.press("Escape")

    expect(sidebar).to_be_hidden()
