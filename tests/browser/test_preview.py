"""The preview beside the builder in a browser."""

import pytest
from playwright.sync_api import expect

from messaging.models import Channel, Member
from tests.browser.conftest import OpenAs
from tests.builders import make_workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]


def test_a_test_that_was_sent_is_said_to_those_who_do_not_see_it(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    page = open_as(alice, f"/workflows/{make_workflow(alice, channel=support).pk}/edit")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".wf-head").get_by_role("link", name="Read it")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Sent.")
    expect(page.locator("#toasts .say")).to_have_count(0)
