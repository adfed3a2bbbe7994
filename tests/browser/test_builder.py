"""The builder in a browser: saved as one goes, by keyboard, by two people, without a connection."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from messaging.models import Channel, Member
from tests.browser.conftest import PHONE, OpenAs
from tests.browser.test_accessibility import problems_of
from tests.builders import make_draft, make_live, make_step, make_variable
from tests.serving import ServedApp
from workflows.models import Step, Workflow
from workflows.services import add_manager

pytestmark = [pytest.mark.browser, pytest.mark.served]


@pytest.fixture
def workflow(alice: Member, bob: Member, support: Channel) -> Workflow:
    """A draft of Alice and Bob: a message with a variable, then a wait."""
    made = make_draft("Tickets", by=alice)
    add_manager(workflow=made, member=bob, by=alice)
    make_variable(made, "ticket_link", example="https://desk.example/1")
    make_variable(made, "agent", kind="member", example=bob.member_id)
    make_step(made, "send_message", channel=support.channel_id, text="New {{ ticket_link }}")
    make_step(made, seconds=3600)
    return made


def edit(workflow: Workflow) -> str:
    return f"/workflows/{workflow.pk}/edit"


def message(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def offered(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def text_of(workflow: Workflow) -> str:
    return str(Step.objects.get(workflow=workflow, kind="send_message").config["text"])


def headings(page: Page) -> Locator:
    return page.locator("#wire > [data-step] h2")


COPIES = "() => Object.keys(localStorage).filter((one) => one.startsWith('declic-draft')).length"
MOST_LOOKS = 1200
NO_CHANNEL, NO_TEXT = "Choose a channel.", "Write the message."


def is_saved(page: Page) -> None:
    """Wait until nothing is on its way: the device keeps no copy any more."""
    for _ in range(MOST_LOOKS):
        if not page.evaluate(COPIES):
            return
        page.wait_for_timeout(50)
    raise AssertionError("What was typed is not saved")


@contextmanager
def expecting(complaints: list[str], *words: str) -> Iterator[None]:
    """The browser's console names refused requests; here they are what is tried."""
    yield
    assert all(any(word in one for word in words) for one in complaints)
    complaints.clear()


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
    page.get_by_role("button", name="Add a variable").click()
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


def test_two_people_on_one_field_choose_and_nothing_is_lost(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "409"):
        hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
        message(his).fill("From Bob")
        is_saved(his)
        message(hers).fill("From Alice")
        question = hers.get_by_role("heading", name="Bob saved step 1 while you were writing")
        expect(question).to_be_visible()
        assert text_of(workflow) == "From Bob"
        expect(message(hers)).to_have_value("From Alice")
        assert problems_of(hers) == []

        hers.get_by_role("button", name="Keep mine: Message").click()
        expect(question).to_have_count(0)
        is_saved(hers)
        assert text_of(workflow) == "From Alice"

        message(his).fill("From Bob again")
        his.get_by_role("link", name="Take theirs: Message").click()
        expect(message(his)).to_have_value("From Alice")
        is_saved(his)
        assert text_of(workflow) == "From Alice"


def test_what_is_wrong_in_the_others_text_is_not_said_under_mine(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "409"):
        hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
        message(his).fill("Bob: {{ ticket_lnk }}")
        expect(his.get_by_role("button", name="Use ticket_link")).to_be_visible()
        message(hers).fill("From Alice")
        take = hers.get_by_role("link", name="Take theirs: Message")
        expect(take).to_be_visible()
        expect(hers.get_by_role("button", name="Use ticket_link")).to_have_count(0)
        expect(message(hers)).not_to_have_attribute("aria-invalid", "true")

        take.click()
        hers.get_by_role("button", name="Use ticket_link").click()
        expect(message(hers)).to_have_value("Bob: {{ ticket_link }}")
        expect(hers.get_by_role("button", name="Use ticket_link")).to_have_count(0)


def test_a_new_step_is_not_said_to_lack_what_is_being_filled_in(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    lacks_channel, lacks_text = (page.get_by_text(one) for one in (NO_CHANNEL, NO_TEXT))
    page.locator("#add-step-button").click()
    page.get_by_role("button", name="Send a message to a channel").click()
    expect(page.get_by_role("combobox", name="Channel").last).to_be_focused()
    expect(page.get_by_role("link", name="2 things to correct")).to_be_visible()
    expect(lacks_channel.or_(lacks_text)).to_have_count(0)
    expect(page.locator(".knot-bad")).to_have_count(0)

    page.keyboard.press("Tab")
    expect(lacks_channel).to_be_visible()
    expect(message(page).last).to_be_focused()
    page.keyboard.type("Hello {{ nobody }}")
    expect(page.get_by_text("There is no variable “nobody”.").first).to_be_visible()
    expect(lacks_text).to_have_count(0)

    message(page).last.fill("")
    page.keyboard.press("Tab")
    expect(lacks_text).to_be_visible()
    expect(page.locator(".knot-bad")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("H")
    expect(lacks_text).to_have_count(0)


def test_the_way_to_what_is_left_says_it_under_a_new_field_too(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    page.locator("#add-step-button").click()
    page.get_by_role("button", name="Send a message to a channel").click()
    page.get_by_role("link", name="2 things to correct").click()
    expect(page.get_by_text(NO_CHANNEL)).to_be_visible()
    expect(page.get_by_text(NO_TEXT)).to_be_visible()


def test_other_fields_of_the_same_step_are_no_conflict(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow
) -> None:
    hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
    his.get_by_role("combobox", name="Channel").fill("")
    is_saved(his)
    message(hers).fill("From Alice")
    is_saved(hers)
    expect(hers.get_by_role("combobox", name="Channel")).to_have_value("")
    assert text_of(workflow) == "From Alice"


def test_what_is_written_into_a_step_that_is_gone_comes_back_with_it(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "410"):
        hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
        his.locator('summary[aria-label="Copy or remove step 1"]').click()
        his.get_by_role("button", name="Remove step 1").click()
        expect(headings(his)).to_have_count(1)

        message(hers).fill("Late words")
        expect(hers.get_by_text("Bob removed this step while you were writing.")).to_be_visible()
        hers.get_by_role("button", name="Bring it back with my changes").click()

        expect(hers.get_by_text("Bob removed this step")).to_have_count(0)
        is_saved(hers)
        assert text_of(workflow) == "Late words"


def test_what_is_typed_without_a_connection_is_kept_and_saved_later(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "ERR_INTERNET_DISCONNECTED"):
        page = open_as(alice, edit(workflow))
        page.context.set_offline(True)
        message(page).fill("Typed offline")
        expect(page.get_by_text("You can go on writing")).to_be_visible()
        assert text_of(workflow) == "New {{ ticket_link }}"
        page.context.set_offline(False)
        is_saved(page)
        expect(page.get_by_text("You can go on writing")).to_be_hidden()
        assert text_of(workflow) == "Typed offline"


def test_typing_on_while_a_slow_save_is_on_its_way_is_no_conflict(
    open_as: OpenAs, alice: Member, workflow: Workflow
) -> None:
    page = open_as(alice, edit(workflow))
    held: list[Route] = []
    page.route("**/edit/steps/*", lambda route: held.append(route), times=1)
    message(page).fill("First words")
    while not held:
        page.wait_for_timeout(50)
    message(page).press_sequentially(", then more")
    held[0].continue_()
    is_saved(page)
    expect(page.locator("[data-conflict]")).to_have_count(0)
    assert text_of(workflow) == "First words, then more"


def test_a_press_without_a_connection_is_not_said_to_be_kept(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "ERR_INTERNET_DISCONNECTED"):
        page = open_as(alice, edit(workflow))
        page.context.set_offline(True)
        page.get_by_role("button", name="Add a variable").click()
        expect(page.get_by_text("This could not be done.")).to_be_visible()
        assert workflow.variables.count() == 2
        page.context.set_offline(False)


def test_what_was_not_saved_before_the_page_was_closed_comes_back(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "ERR_INTERNET_DISCONNECTED"):
        page = open_as(alice, edit(workflow))
        page.context.set_offline(True)
        message(page).fill("Typed offline")
        expect(page.get_by_text("You can go on writing")).to_be_visible()
        other = page.context.new_page()
        page.close()
        other.context.set_offline(False)
        other.goto(edit(workflow))
        expect(message(other)).to_have_value("Typed offline")
        is_saved(other)
        assert text_of(workflow) == "Typed offline"


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
    page.get_by_role("button", name="Wait").click()
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
