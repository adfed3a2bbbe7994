"""What a page weighs on the way, for somebody who opens it for the first time and again."""

from typing import Any

import pytest
from playwright.sync_api import Page

from messaging.models import Channel, Member
from messaging.services import post_message
from tests.browser.conftest import OpenAs
from tests.serving import ServedApp

pytestmark = [pytest.mark.browser, pytest.mark.served]

FIRST_BYTES = 150_000
AGAIN_BYTES = 30_000
PARAGRAPH = "The parcel of order {n} is at the depot since Monday, and nobody has called. " * 3


class Weighed:
    """Each request of a page, and what came over the wire for it: heads and packed bodies."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        self.bytes = 0
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", self._ask)
        devtools.on("Network.loadingFinished", self._weigh)

    def _ask(self, event: dict[str, Any]) -> None:
        self.addresses.append(event["request"]["url"])

    def _weigh(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]


def test_a_channel_is_light_the_first_time_lighter_after_it_and_from_here_only(
    served_app: ServedApp, open_as: OpenAs, alice: Member, support: Channel
) -> None:
    for n in range(60):
        post_message(channel=support, sender=alice, text=PARAGRAPH.format(n=n))
    page = open_as(alice, "/robots.txt")

    first = Weighed(page)
    page.goto(support.get_absolute_url())
    first_bytes = first.bytes
    page.goto(support.get_absolute_url())

    assert first_bytes <= FIRST_BYTES
    assert first.bytes - first_bytes <= AGAIN_BYTES
    foreign = [one for one in first.addresses if not one.startswith((served_app.url, "data:"))]
    assert len(first.addresses) >= 6
    assert foreign == []
