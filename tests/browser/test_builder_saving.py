"""What is typed in the builder is saved: by two people at once, without a connection, later."""

import re

import pytest
from playwright.sync_api import expect

from messaging.models import Member
from tests.browser.builder_page import (
    NO_CHANNEL,
    NO_TEXT,
    both_wrote,
    edit,
    expecting,
    headings,
    hold_a_save,
    is_saved,
    message,
    text_of,
)
from tests.browser.conftest import OpenAs
from tests.browser.test_accessibility import problems_of
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_two_people_on_one_field_choose_and_nothing_is_lost(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "409"):
        hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
        both_wrote(hers, his)
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


def test_what_was_on_its_way_while_one_chose_does_not_ask_again(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "409"):
        hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
        both_wrote(hers, his)
        sent_once_more = hold_a_save(hers, "!")

        hers.get_by_role("link", name="Take theirs: Message").click()
        expect(message(hers)).to_have_value("From Bob")
        with hers.expect_response("**/edit/steps/*") as answer:
            sent_once_more.continue_()
        assert answer.value.status == 409
        is_saved(hers)

        expect(hers.locator(".conflict")).to_have_count(0)
        expect(message(hers)).to_have_value("From Bob")
        assert text_of(workflow) == "From Bob"


def test_leaving_a_field_that_is_asked_about_sends_nothing_again(
    open_as: OpenAs, alice: Member, bob: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "409"):
        hers, his = open_as(alice, edit(workflow)), open_as(bob, edit(workflow))
        both_wrote(hers, his)
        sent: list[str] = []
        saves = re.compile(r"/edit/")  # the preview may still ask for its own
        hers.on("request", lambda one: sent.append(one.url) if saves.search(one.url) else None)

        message(hers).dispatch_event("change")
        hers.evaluate("window.declicBuilder.flush()")

        assert sent == []
        expect(message(hers)).to_have_value("From Alice")


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
    message(page).fill("")
    is_saved(page)
    slow = hold_a_save(page, "First words")
    message(page).press_sequentially(", then more")
    slow.continue_()
    is_saved(page)
    expect(page.locator("[data-conflict]")).to_have_count(0)
    assert text_of(workflow) == "First words, then more"


def test_a_press_without_a_connection_is_not_said_to_be_kept(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "ERR_INTERNET_DISCONNECTED"):
        page = open_as(alice, edit(workflow))
        page.context.set_offline(True)
        page.get_by_role("button", name="Add a variable").first.click()
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


COPY_OF = """(days) => {
  const reader = document.querySelector("[data-reader]").dataset.reader;
  const field = document.querySelector("[name=f-text]");
  const key = `declic-draft:${reader}:${location.pathname}:${field.id.replace("-", ":")}`;
  const at = Date.now() - days * 24 * 3600 * 1000;
  localStorage.setItem(key, JSON.stringify({ value: "From before", base: field.value, at }));
}"""


@pytest.mark.parametrize(("days", "text"), [(6, "From before"), (8, "New {{ ticket_link }}")])
def test_a_copy_on_the_device_is_put_back_for_a_week(
    open_as: OpenAs, alice: Member, workflow: Workflow, days: int, text: str
) -> None:
    page = open_as(alice, edit(workflow))
    page.evaluate(COPY_OF, days)
    page.reload()
    expect(message(page)).to_have_value(text)
    is_saved(page)
    assert text_of(workflow) == text


def test_what_was_refused_together_with_something_wrong_is_saved_without_it(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "422", "ERR_INTERNET_DISCONNECTED"):
        page = open_as(alice, edit(workflow))
        page.get_by_text("Name, description and icon").click()
        page.context.set_offline(True)
        page.get_by_role("textbox", name="Name").fill("Shop tickets")
        page.get_by_role("textbox", name="Icon").fill(":nope:")
        expect(page.get_by_text("You can go on writing")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text("There is no emoji “:nope:”.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text("Shop tickets")
        page.get_by_role("textbox", name="Icon").fill(":tada:")
        is_saved(page)
        workflow.refresh_from_db()
        assert (workflow.name, workflow.icon) == ("Shop tickets", ":tada:")


def test_a_part_that_was_not_there_for_a_moment_is_saved_once_it_is_written_in(
    open_as: OpenAs, alice: Member, workflow: Workflow, complaints: list[str]
) -> None:
    with expecting(complaints, "404"):
        page = open_as(alice, edit(workflow))
        page.route("**/edit/steps/*", lambda route: route.fulfill(status=404), times=1)
        message(page).fill("Refused once")
        expect(page.get_by_text("This workflow is no longer there for you.")).to_be_visible()
        message(page).press_sequentially(", not twice")
        is_saved(page)
        assert text_of(workflow) == "Refused once, not twice"
