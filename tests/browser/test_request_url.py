"""The request URL in a browser: Edit, Regenerate, Copy, Save; also on a phone without a script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from messaging.models import Channel, Member
from tests.browser.conftest import PHONE, OpenAs
from tests.builders import make_live
from workflows.models import Workflow
from workflows.services import request_url, request_urls
from workflows.services.request_urls import address_of

pytestmark = [pytest.mark.browser, pytest.mark.served]

FIELD = "#request-url"


@pytest.fixture
def live(alice: Member, support: Channel) -> Workflow:
    return make_live(alice, channel=support)


def pending_url(workflow: Workflow) -> str:
    pending = request_urls(workflow=workflow).pending
    assert pending
    return address_of(pending)


def begin(page: Page) -> None:
    page.locator("summary", has_text="Edit the webhook").click()
    page.get_by_role("button", name="Regenerate URL").click()
    expect(page.get_by_role("heading", name="Regenerate the request URL")).to_be_visible()


def has_problems(page: Page) -> bool:
    width = page.evaluate("document.documentElement.scrollWidth")
    is_wide = width > page.viewport_size["width"]
    return is_wide or bool(Axe().run(page).response["violations"])


def test_it_is_copied_while_masked_and_live_once_saved(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    page = open_as(
        alice,
        f"{live.get_absolute_url()}edit",
        permissions=["clipboard-read", "clipboard-write"],
    )
    begin(page)
    new = pending_url(live)
    expect(page.get_by_text("Connected services stop when you save")).to_be_visible()
    expect(page.locator(FIELD)).not_to_have_value(new)

    page.get_by_role("button", name="Copy the new URL").click()
    expect(page.locator(".btn-copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == new
    expect(page.locator(FIELD)).not_to_have_value(new)

    page.get_by_label("Works 1 day").check()
    expect(page.get_by_text("Connected services stop when the old URL does")).to_be_visible()
    expect(page.get_by_text("Connected services stop when you save")).to_be_hidden()
    page.get_by_role("button", name="Save the new URL").click()
    expect(page.get_by_text("Old URL never used.")).to_be_visible()
    assert request_url(workflow=live) == new


def test_the_new_one_is_revealed_and_hidden_in_its_place(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    page = open_as(alice, live.get_absolute_url())
    begin(page)
    new = pending_url(live)

    page.get_by_role("button", name="Reveal the new URL").press("Enter")
    expect(page.locator(FIELD)).to_have_value(new)
    page.get_by_role("button", name="Hide").press("Enter")
    expect(page.locator(FIELD)).not_to_have_value(new)


def test_it_works_on_a_phone_and_without_a_script(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    page = open_as(alice, live.get_absolute_url(), viewport=PHONE, java_script_enabled=False)
    begin(page)
    new = pending_url(live)

    page.get_by_role("button", name="Reveal the new URL").click()
    expect(page.locator(FIELD)).to_have_value(new)
    page.get_by_label("Works 7 days").check()
    page.get_by_role("button", name="Save the new URL").click()
    page.locator("summary", has_text="End it now").click()
    page.get_by_role("button", name="End the old URL", exact=True).click()
    expect(page.get_by_text("The old URL no longer works.")).to_be_visible()
    expect(page.locator("summary", has_text="End it now")).to_have_count(0)
    assert request_url(workflow=live) == new
    assert request_urls(workflow=live).retiring is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_can_be_read_by_everybody(
    open_as: OpenAs, alice: Member, live: Workflow, scheme: str
) -> None:
    page = open_as(alice, live.get_absolute_url(), viewport=PHONE, color_scheme=scheme)
    begin(page)
    assert not has_problems(page)
    page.get_by_label("Works 1 hour").check()
    page.get_by_role("button", name="Save the new URL").click()
    page.locator("summary", has_text="End it now").click()
    page.locator("summary", has_text="Edit the webhook").click()
    expect(page.get_by_role("button", name="Regenerate all the same")).to_be_visible()
    assert not has_problems(page)
