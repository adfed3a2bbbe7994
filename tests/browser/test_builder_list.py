"""The list of choices in the builder: channels, people, variables and a member's formats."""

import pytest
from playwright.sync_api import Locator, Page, expect

from messaging.models import Member
from tests.browser.builder_page import edit, is_saved, message, offered, text_of
from tests.browser.conftest import PHONE, OpenAs
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]

SHORT = {"width": 1280, "height": 560}


def painted(one: Locator, name: str) -> str:
    return str(one.evaluate("(one, name) => getComputedStyle(one)[name]", name))


def type_two_braces(page: Page) -> None:
    message(page).press("Control+End")
    page.keyboard.type(" for {{")
    expect(offered(page)).to_have_count(2)


def test_a_click_on_a_member_opens_its_formats_and_a_click_on_one_inserts(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    type_two_braces(page)
    offered(page).filter(has_text="agent").click()
    name = page.get_by_role("radio", name="Display name Bob")
    expect(name).to_be_visible()
    expect(message(page)).to_have_value("New {{ ticket_link }} for {{")

    page.get_by_text("Display name").click()
    expect(message(page)).to_have_value("New {{ ticket_link }} for {{ agent|name }}")
    expect(message(page)).to_be_focused()
    is_saved(page)
    assert text_of(workflow) == "New {{ ticket_link }} for {{ agent|name }}"


def test_a_click_on_what_has_no_formats_inserts_it(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    type_two_braces(page)
    offered(page).filter(has_text="ticket_link").click()
    expect(message(page)).to_have_value("New {{ ticket_link }} for {{ ticket_link }}")


def test_a_touch_on_a_member_opens_its_formats(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow), viewport=PHONE, has_touch=True)
    page.get_by_role("button", name="Insert a variable").tap()
    offered(page).filter(has_text="agent").tap()
    page.get_by_text("E-mail address").tap()
    expect(message(page)).to_have_value("{{ agent|email }}New {{ ticket_link }}")


def test_formats_are_painted_and_what_is_pointed_at_is_not_taken_for_chosen(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    type_two_braces(page)
    page.keyboard.type("ag")
    label = page.get_by_text("Display name")
    assert painted(label, "color") == painted(page.locator("body"), "color")

    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    other = offered(page).nth(1)
    other.hover()
    expect(other).to_have_attribute("aria-selected", "false")
    chosen = painted(offered(page).first, "backgroundColor")
    assert painted(other, "backgroundColor") != chosen


def test_a_list_opens_upwards_where_there_is_no_room_below(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow), viewport=SHORT)
    to_bottom = "(one) => scrollBy(0, one.getBoundingClientRect().bottom - innerHeight + 8)"
    message(page).evaluate(to_bottom)
    type_two_braces(page)
    page.keyboard.type("ag")
    page.get_by_role("radio", name="E-mail").wait_for()
    list_box, field_box = page.locator(".picker").bounding_box(), message(page).bounding_box()
    head_box = page.locator(".wf-head").bounding_box()
    assert list_box
    assert field_box
    assert head_box
    assert list_box["y"] + list_box["height"] <= field_box["y"] + field_box["height"]
    assert list_box["y"] >= head_box["y"] + head_box["height"]
    page.keyboard.press("Escape")

    channel = page.get_by_role("combobox", name="Channel")
    channel.evaluate(to_bottom)
    channel.click()
    field_box, list_box = channel.bounding_box(), page.locator(".picker").bounding_box()
    assert list_box
    assert field_box
    assert list_box["y"] + list_box["height"] <= field_box["y"]
