"""The builder in a browser: saved as one goes, by keyboard, by two people, without a connection."""

import httpx
import pytest
from playwright.sync_api import expect

from messaging.models import Channel, Member
from tests.browser.builder_page import (
    edit,
    expecting,
    headings,
    is_saved,
    message,
    offered,
)
from tests.browser.conftest import PHONE, OpenAs
from tests.browser.test_accessibility import problems_of
from tests.builders import make_live, make_step
from tests.serving import ServedApp
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_from_a_ready_workflow_to_a_complete_draft_by_keyboard(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, "/workflows/new")
    page.get_by_role("button", name="Use Support ticket").press("Enter")
    todo = page.get_by_role("link", name="1 thing to correct")
    todo.press("Enter")
    channel = page.get_by_role("combobox", name="Channel")
    expect(channel).to_be_focused()
    expect(page.get_by_text("Choose a channel.")).to_be_visible()

    page.keyboard.type("supp")
    expect(offered(page).filter(has_text="#support")).to_be_visible()
    page.keyboard.press("Enter")

    expect(channel).to_have_value("#support")
    expect(todo).to_have_count(0)
    expect(page.get_by_text("2 members are in it.")).to_be_visible()
    expect(page.locator("#preview")).to_contain_text("#support")
    page.reload()
    expect(channel).to_have_value("#support")


def test_typing_two_braces_offers_the_variables_and_the_formats_of_a_member(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    field = message(page)
    field.press("Control+End")
    page.keyboard.type(" for {{")
    expect(offered(page)).to_have_count(2)
    page.keyboard.type("ag")
    options = offered(page)
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("radio", name="Display name Bob")).to_be_visible()
    assert problems_of(page) == []

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(field).to_be_focused()
    expect(field).to_have_value("New {{ ticket_link }} for {{ agent|name }}")
    page.keyboard.type(" {{")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_an_unknown_variable_is_marked_at_once_and_corrected_by_a_press(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    message(page).fill("New {{ ticket_lnk }}")
    expect(page.locator("mark.bad")).to_have_text("{{ ticket_lnk }}")
    expect(page.get_by_text("Did you mean “ticket_link”?").first).to_be_visible()
    expect(message(page)).to_have_attribute("aria-invalid", "true")

    page.get_by_role("button", name="Use ticket_link").click()

    expect(page.get_by_role("link", name="to correct")).to_have_count(0)
    expect(message(page)).to_have_value("New {{ ticket_link }}")
    expect(message(page)).to_be_focused()


def test_inserting_a_variable_by_its_button(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow), viewport=PHONE, has_touch=True)
    page.get_by_role("button", name="Insert a variable into the message of step 1").tap()
    page.get_by_role("option", name="ticket_link").tap()
    expect(message(page)).to_have_value("{{ ticket_link }}New {{ ticket_link }}")


def test_the_example_and_the_key_follow_as_one_types(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.get_by_role("button", name="Add a variable").first.click()
    key = page.locator("[name=f-key]").last
    expect(key).to_be_focused()

    page.keyboard.type("shop name")
    expect(page.get_by_text("A key holds only the letters")).to_be_visible()
    page.get_by_role("button", name="Use shop_name").click()

    expect(page.locator("#example-json")).to_contain_text('"shop_name": "Example text"')
    page.locator("[name=f-example]").last.fill("Harbour Street")
    expect(page.locator("#example-json")).to_contain_text('"shop_name": "Harbour Street"')
    page.locator("label", has_text="curl").click()
    expect(page.locator("#curl")).to_contain_text("Harbour Street")


def test_the_command_follows_too_while_the_request_url_is_shown(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, edit(make_live(alice, channel=support)))
    page.get_by_role("button", name="Reveal").click()
    page.locator("[name=f-example]").first.fill("Harbour Street")
    is_saved(page)
    page.get_by_role("button", name="Hide").click()
    page.locator("label", has_text="curl").click()
    expect(page.locator("#curl")).to_contain_text("Harbour Street")
    expect(page.locator("#curl")).to_contain_text('"$REQUEST_URL"')


def test_a_renamed_key_is_written_into_the_steps_on_demand(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.locator("[name=f-key]").first.fill("url")
    page.get_by_role("button", name="Write url there too").click()
    expect(message(page)).to_have_value("New {{ url }}")
    expect(page.get_by_role("link", name="to correct")).to_have_count(0)


def test_what_stands_around_a_variable_follows_as_one_types(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow), viewport=PHONE)
    row = page.locator(".vars tr[id]").first
    row.locator(".var-fold summary").click()
    page.get_by_label("Required ticket_link").check()
    expect(row.locator(".var-fold summary")).to_have_text("ticket_linkText, required")
    message(page).fill("Nothing of it")
    is_saved(page)
    row.locator('summary[aria-label="Move or remove ticket_link"]').click()
    expect(row.get_by_role("button", name="Remove")).not_to_contain_text("Step 1 uses it.")
    message(page).fill("New {{ ticket_link }}")
    is_saved(page)
    expect(row.get_by_role("button", name="Remove")).to_contain_text("Step 1 uses it.")

    page.get_by_label("Key ticket_link").fill("url")
    expect(row.locator(".var-fold summary")).to_have_text("urlText, required")
    expect(page.get_by_label("Example url")).to_be_visible()
    expect(row.locator('summary[aria-label="Move or remove url"]')).to_be_visible()


def test_steps_are_added_moved_copied_and_removed_with_undo_and_the_focus_follows(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.locator("#add-step-button").press("Enter")
    page.get_by_role("button", name="Send a message to a person").press("Enter")
    expect(headings(page)).to_have_count(3)
    expect(page.get_by_role("combobox", name="Person")).to_be_focused()

    page.get_by_role("button", name="Move step 3 up").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Step 3 is now step 2")
    expect(page.get_by_role("button", name="Move step 2 up")).to_be_focused()
    expect(headings(page)).to_contain_text(["channel", "person", "Wait"])

    page.locator('summary[aria-label="Copy or remove step 3"]').press("Enter")
    page.get_by_role("button", name="Copy step 3").press("Enter")
    expect(headings(page)).to_have_count(4)

    page.locator('summary[aria-label="Copy or remove step 2"]').press("Enter")
    page.get_by_role("button", name="Remove step 2").press("Enter")
    expect(headings(page)).to_contain_text(["channel", "Wait", "Wait"])
    expect(headings(page).nth(1)).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Step 2 removed")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(headings(page)).to_contain_text(["channel", "person", "Wait", "Wait"])


def test_a_step_is_added_between_two_by_keyboard_and_by_touch(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.locator('summary[aria-label="Add a step before step 2"]').press("Enter")
    page.locator(".add-between[open]").get_by_role("button", name="to a person").press("Enter")
    expect(headings(page)).to_contain_text(["channel", "person", "Wait"])
    expect(page.get_by_role("combobox", name="Person")).to_be_focused()

    phone = open_as(alice, edit(workflow), viewport=PHONE, has_touch=True)
    phone.locator('summary[aria-label="Add a step before step 1"]').tap()
    assert problems_of(phone) == []
    phone.locator(".add-between[open]").get_by_role("button", name="Wait Minutes").tap()
    expect(headings(phone)).to_contain_text(["Wait", "channel", "person", "Wait"])


def test_a_variable_is_added_below_the_others_too(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.get_by_role("button", name="Add a variable").last.click()
    expect(page.get_by_role("textbox", name="Key variable_3")).to_be_focused()


def test_a_step_is_dragged_to_another_place(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    steps = page.locator("#wire > [data-step]")
    box = steps.first.bounding_box()
    assert box
    above = {"x": box["width"] / 2, "y": 4}
    steps.nth(1).locator("[data-grip]").drag_to(steps.first, target_position=above)
    expect(headings(page)).to_contain_text(["Wait", "channel"])
    assert [one.kind for one in workflow.steps.all()] == ["wait", "send_message"]


def test_name_and_icon_are_chosen_and_a_bad_one_is_said(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "422"):
        page = open_as(alice, edit(workflow))
        page.get_by_text("Name, description and icon").click()
        page.get_by_role("textbox", name="Name").fill("Shop tickets")
        expect(page.get_by_role("heading", level=1)).to_have_text("Shop tickets")
        icon = page.get_by_role("textbox", name="Icon")
        icon.fill(":nope:")
        expect(page.get_by_text("There is no emoji “:nope:”.")).to_be_visible()
        page.get_by_text("Choose an icon").click()
        page.get_by_role("button", name="rocket").click()
        expect(page.get_by_text("There is no emoji")).to_have_count(0)
        expect(page.locator("#wf-title .tile")).to_have_text("🚀")
        assert problems_of(page) == []


def test_everything_works_without_a_script_until_the_hook_posts(
    served_app: ServedApp, open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, "/workflows/new", java_script_enabled=False)
    page.get_by_role("button", name="Start from scratch").click()
    page.get_by_role("button", name="Add a variable").click()
    page.locator("[name=f-key]").fill("ticket link")
    page.get_by_role("button", name="Save variable_1").click()
    page.get_by_role("button", name="Use ticket_link").click()
    expect(page.locator("[name=f-key]")).to_have_value("ticket_link")

    page.locator("#add-step-button").click()
    page.get_by_role("button", name="Wait Minutes").click()
    page.locator("[name=f-seconds]").fill("2")
    page.locator("[name=unit-seconds]").select_option("hours")
    page.get_by_role("button", name="Save step 1").click()
    page.locator("#add-step-button").click()
    page.get_by_role("button", name="Send a message to a channel").click()
    page.locator("[name=f-channel]").fill("#support")
    message(page).fill("New {{ ticket_lnk }}")
    page.get_by_role("button", name="Save step 2").click()
    page.get_by_role("button", name="Use ticket_link").click()
    expect(page.get_by_role("link", name="to correct")).to_have_count(0)

    page.get_by_role("button", name="Move step 2 up").click()
    expect(headings(page)).to_contain_text(["channel", "Wait"])
    page.locator('summary[aria-label="Add a step before step 2"]').click()
    page.locator(".add-between[open]").get_by_role("button", name="Wait Minutes").click()
    expect(headings(page)).to_contain_text(["channel", "Wait", "Wait"])
    page.locator('summary[aria-label="Copy or remove step 2"]').click()
    page.get_by_role("button", name="Remove step 2").click()
    page.locator('summary[aria-label="Copy or remove step 2"]').click()
    page.get_by_role("button", name="Remove step 2").click()
    expect(headings(page)).to_have_count(1)
    page.locator("#wf-menu > summary").click()
    page.get_by_role("button", name="Bring back the step removed last").click()
    expect(headings(page)).to_contain_text(["channel", "Wait"])
    steps = [(one.kind, one.config) for one in Workflow.objects.get().steps.all()]
    assert steps == [
        ("send_message", {"channel": support.channel_id, "text": "New {{ ticket_link }}"}),
        ("wait", {"seconds": 7200}),
    ]

    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("button", name="Reveal the request URL").click()
    url = page.get_by_role("textbox", name="Request URL").input_value()
    answer = httpx.post(url, json={"ticket_link": "4711"})
    assert answer.json()["ok"] is True
    page.goto(support.get_absolute_url())
    expect(page.locator(".msg")).to_contain_text("New 4711")


def test_a_phone_shows_the_steps_or_the_preview(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow), viewport=PHONE)
    expect(message(page)).to_be_visible()
    expect(page.locator("#preview")).to_be_hidden()
    page.locator("label", has_text="Preview and test").click()
    expect(page.locator("#preview")).to_be_visible()
    expect(message(page)).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_a_phone_shows_the_whole_name_and_state_in_the_head(
    open_as: OpenAs, alice: Member, support: Channel, locale: str
) -> None:
    live = make_live(alice, channel=support)
    make_step(live, seconds=60)
    page = open_as(alice, edit(live), viewport=PHONE, locale=locale)
    expect(page.locator("#wf-title .tag")).to_be_visible()
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert page.locator("#wf-title h1, #wf-title .fine").evaluate_all(cut) == 0
    assert problems_of(page) == []
