"""From sign-in to a message that curl started, each click counted: docs/five-minutes.md.

With DECLIC_PICTURES=1 it also writes that page's pictures, 1280 pixels wide, into docs/pictures.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from messaging.models import Channel, Member
from messaging.services import post_message
from tests.browser.builder_page import is_saved
from tests.browser.conftest import DESKTOP, OpenAs
from tests.serving import ServedApp
from workflows.models import Workflow
from workflows.services import request_url

pytestmark = [pytest.mark.browser, pytest.mark.served]

CLICKS = 12  # as many as the page counts; never more than these
PICTURES = Path(settings.BASE_DIR) / "docs" / "pictures"
COUNT = """addEventListener("pointerdown", () => {
  sessionStorage.clicks = 1 + Number(sessionStorage.clicks ?? 0);
}, true);"""


def take_picture(page: Page, name: str, height: int = DESKTOP["height"]) -> None:
    if os.environ.get("DECLIC_PICTURES") == "1":
        page.screenshot(
            path=PICTURES / f"five-minutes-{name}.png",
            clip={"x": 0, "y": 0, "width": DESKTOP["width"], "height": height},
            animations="disabled",
        )


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl (Debian: apt install curl)")
def test_from_sign_in_to_a_message_started_by_curl_in_twelve_clicks(
    served_app: ServedApp, open_as: OpenAs, alice: Member, bob: Member, support: Channel
) -> None:
    post_message(channel=support, sender=bob, text="Where do new tickets show up?")
    page = open_as(None, "/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(COUNT)
    page.reload()

    sign_in_and_start(page, alice)
    name_it_and_add_a_variable(page)
    add_a_message(page)
    command = publish_and_copy(page)
    page.get_by_role("main").get_by_role("link", name="#support").click()
    expect(page.locator(".msg", has_text="Where do new tickets show up?")).to_be_visible()

    assert request_url(workflow=Workflow.objects.get()) in command
    sent = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)

    assert '"ok": true' in sent.stdout
    message = page.locator(".msg", has_text="A ticket came in: Example text")
    expect(message).to_contain_text("Support tickets")
    take_picture(page, "6-message")
    assert int(page.evaluate("sessionStorage.clicks")) == CLICKS


def sign_in_and_start(page: Page, member: Member) -> None:
    page.get_by_label("E-mail address").fill(member.email)
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Your workflows").click()
    take_picture(page, "1-workflows", height=372)
    page.get_by_role("button", name="Start from scratch").click()


def name_it_and_add_a_variable(page: Page) -> None:
    page.get_by_text("Name, description and icon").click()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    page.keyboard.type("Support tickets")
    page.get_by_role("button", name="Add a variable").click()
    expect(page.locator("[name=f-key]")).to_be_focused()
    page.keyboard.type("ticket")


def add_a_message(page: Page) -> None:
    page.locator("#add-step-button").click()
    take_picture(page, "2-steps")
    page.get_by_role("button", name="Send a message to a channel").click()
    channel = page.get_by_role("combobox", name="Channel")
    expect(channel).to_be_focused()
    page.keyboard.type("#supp")
    expect(page.locator("#pick-list").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(channel).to_have_value("#support")
    page.get_by_role("textbox", name="Message").click()
    page.keyboard.type("A ticket came in: ")
    is_saved(page)
    expect(page.locator("#preview")).to_contain_text("A ticket came in:")
    page.keyboard.type("{{tic")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    take_picture(page, "3-message")
    page.keyboard.press("Enter")
    is_saved(page)
    expect(page.locator("#preview")).to_contain_text("A ticket came in: Example text")


def publish_and_copy(page: Page) -> str:
    """Publish, and return the command that the page's button copied."""
    page.get_by_role("link", name="Publish", exact=True).click()
    take_picture(page, "4-publish")
    page.get_by_role("button", name="Publish", exact=True).click()
    copy = page.get_by_role("button", name="Copy the curl command")
    take_picture(page, "5-curl")  # the request URL is masked
    copy.click()
    expect(copy).to_contain_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))
