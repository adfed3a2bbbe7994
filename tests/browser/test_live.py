"""The main job, in a browser: a POST becomes a message that members read, live."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from messaging.models import Channel, Member
from messaging.services import post_message
from tests.browser.conftest import OpenAs
from tests.builders import hook_path, make_live
from tests.serving import ServedApp

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_a_post_appears_live_on_two_open_pages(
    served_app: ServedApp, open_as: OpenAs, alice: Member, bob: Member, support: Channel
) -> None:
    workflow = make_live(alice, channel=support)
    pages = [open_as(alice, support.get_absolute_url()), open_as(bob, support.get_absolute_url())]
    for page in pages:
        expect(page.get_by_role("heading", level=1)).to_contain_text("support")

    body = {
        "support_ticket_link": "https://desk.example/4711",
        "assigned_support_agent": bob.member_id,
    }
    answer = httpx.post(served_app.url + hook_path(workflow), json=body)

    assert answer.json()["ok"] is True
    for page in pages:
        message = page.locator(".msg", has_text="New ticket")
        expect(message).to_have_count(1)
        expect(message.get_by_role("link", name="https://desk.example/4711")).to_be_visible()
        expect(message).to_contain_text("@Bob")
        expect(message).to_contain_text(workflow.name)


def test_a_written_message_reaches_others_and_stays_once_with_its_writer(
    open_as: OpenAs, alice: Member, bob: Member, support: Channel
) -> None:
    hers, his = (open_as(who, support.get_absolute_url()) for who in (alice, bob))

    composer = hers.get_by_role("textbox", name="Message")
    composer.fill("Is the *door* open?")
    composer.press("Enter")

    for page in (hers, his):
        expect(page.locator(".msg", has_text="Is the door open?")).to_have_count(1)


def test_a_page_whose_stream_ended_catches_up_without_gap_or_double(
    served_app: ServedApp, open_as: OpenAs, alice: Member, bob: Member, support: Channel
) -> None:
    page = open_as(alice, support.get_absolute_url())
    post_message(channel=support, sender=bob, text="Message one")
    expect(page.locator(".msg", has_text="Message one")).to_have_count(1)

    live = served_app.server.application.live
    live._call(lambda: [stream.end() for stream in live.streams])
    post_message(channel=support, sender=bob, text="Message two")
    post_message(channel=support, sender=bob, text="Message three")

    expect(page.locator(".msg", has_text="Message three")).to_have_count(1)
    shown = " ".join(page.locator(".msg").all_inner_texts())
    assert re.findall("Message (one|two|three)", shown) == ["one", "two", "three"]
