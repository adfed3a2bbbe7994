"""The pages' live script, in a browser with several tabs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from messaging.models import Channel, Member
from messaging.services import post_message
from tests.serving import ServedApp, session_cookie

pytestmark = [pytest.mark.browser, pytest.mark.served]

# Kept in the document, where a test may wait for it: the pages' policy forbids it to evaluate.
RECORD = """
const heard = [];
document.addEventListener("declic:change", ({ detail }) => {
  heard.push(detail);
  document.documentElement.dataset.heard = JSON.stringify(heard);
});
document.addEventListener("declic:live", () => {
  document.documentElement.dataset.opened = "yes";
});
"""


@pytest.fixture
def bobs_browser(browser: Browser, served_app: ServedApp, bob: Member) -> Iterator[BrowserContext]:
    context = browser.new_context()
    name, value = next(iter(session_cookie(bob).items()))
    context.add_cookies([{"name": name, "value": value, "url": served_app.url}])
    context.add_init_script(RECORD)
    yield context
    context.close()


def opened(context: BrowserContext, served_app: ServedApp, channel: Channel) -> Page:
    page = context.new_page()
    page.goto(served_app.url + channel.get_absolute_url())
    expect(page.locator("html")).to_have_attribute("data-opened", "yes")
    return page


def post(channel: Channel, by: Member) -> dict[str, Any]:
    message = post_message(channel=channel, text="Hello", sender=by)
    return {"kind": "message_posted", "channel": channel.channel_id, "message": message.pk}


def expect_heard(page: Page, changes: list[dict[str, Any]]) -> None:
    expected = json.dumps(changes, separators=(",", ":"))
    expect(page.locator("html")).to_have_attribute("data-heard", expected)


def test_the_tabs_of_a_browser_share_one_stream(
    served_app: ServedApp, bobs_browser: BrowserContext, support: Channel, bob: Member
) -> None:
    pages = [opened(bobs_browser, served_app, support) for _ in range(3)]

    change = post(support, bob)

    for page in pages:
        expect_heard(page, [change])
    assert len(served_app.server.application.live.streams) == 1


def test_a_browser_without_shared_workers_hears_too(
    served_app: ServedApp, bobs_browser: BrowserContext, support: Channel, bob: Member
) -> None:
    bobs_browser.add_init_script("delete window.SharedWorker")
    page = opened(bobs_browser, served_app, support)

    change = post(support, bob)

    expect_heard(page, [change])


def test_a_stream_that_is_ended_comes_back_without_gap_or_double(
    served_app: ServedApp, bobs_browser: BrowserContext, support: Channel, bob: Member
) -> None:
    page = opened(bobs_browser, served_app, support)
    changes = [post(support, bob)]
    expect_heard(page, changes)

    live = served_app.server.application.live
    live._call(lambda: [stream.end() for stream in live.streams])
    changes += [post(support, bob), post(support, bob)]

    expect_heard(page, changes)
