"""A channel’s shortcuts in a browser: by keyboard, without leaving the page, without a script."""

import pytest
from playwright.sync_api import expect

from messaging.models import Channel, Member
from tests.browser.conftest import PHONE, OpenAs
from tests.builders import make_live, message_step
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]

MENU = "Shortcuts of this channel"
NAME = "Report a late parcel"


def make_shortcut(by: Member, channel: Channel) -> Workflow:
    return make_live(
        by,
        name=NAME,
        trigger_kind="shortcut",
        trigger_config={"channel": channel.channel_id},
        variables=[],
        steps=[message_step(channel, "Late, says {{ who }}")],
    )


def test_a_shortcut_is_started_by_keyboard_and_what_is_being_written_stays(
    open_as: OpenAs, alice: Member, bob: Member, support: Channel
) -> None:
    make_shortcut(alice, support)
    his, hers = (open_as(who, support.get_absolute_url()) for who in (bob, alice))
    composer = his.get_by_role("textbox", name="Message")
    composer.fill("Half a sentence")
    summary = his.locator("summary", has_text="Shortcuts")

    summary.press("Enter")
    his.keyboard.press("Tab")
    his.keyboard.press("Enter")

    expect(his.get_by_role("status").filter(has_text=f"“{NAME}” started")).to_be_visible()
    for page in (his, hers):
        expect(page.locator(".msg", has_text="Late, says @Bob")).to_have_count(1)
    expect(composer).to_have_value("Half a sentence")
    expect(summary).to_be_focused()


def test_the_menu_fits_a_phone_and_works_without_a_script(
    open_as: OpenAs, alice: Member, bob: Member, support: Channel
) -> None:
    make_shortcut(alice, support)
    page = open_as(bob, support.get_absolute_url(), viewport=PHONE, java_script_enabled=False)

    page.locator(f'summary[aria-label="{MENU}"]').click()
    button = page.get_by_role("button", name=NAME)
    box = button.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert box["height"] >= 44
    button.click()

    expect(page.get_by_role("status")).to_contain_text(f"“{NAME}” started")
    expect(page.locator(".msg", has_text="Late, says @Bob")).to_have_count(1)
