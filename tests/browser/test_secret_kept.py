"""Bad input, D49 and G81: once the request URL was shown, a browser keeps it nowhere."""

import http.server
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Error, Page, expect

from messaging.models import Channel, Member
from messaging.services import post_message
from tests.browser.conftest import OpenAs
from tests.builders import make_live
from workflows.services import request_url

pytestmark = [pytest.mark.browser, pytest.mark.served]

FIELD = "#request-url"
MASKED = re.compile(r"^\S*/hooks/workflows/\S*[^\w/-]\S*$")  # dots stand for the token
KEPT = """
async () => JSON.stringify([
    location.href, document.referrer, document.title, document.cookie, history.state,
    Object.entries(localStorage), Object.entries(sessionStorage),
    performance.getEntries().map((one) => one.name),
    await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length,
    await indexedDB.databases(),
])
"""


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A page outside, which notes what it is told by who comes."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(f"{self.path} {self.headers}")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Outside</title>elsewhere")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """Serve a page outside; give its address and what it was told."""
    seen: list[str] = []
    handler = type("Handler", (Elsewhere,), {"seen": seen})
    with http.server.ThreadingHTTPServer(("127.0.0.2", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.2:{server.server_port}/there", seen
        server.shutdown()
        thread.join()


def reveal(page: Page, url: str) -> None:
    page.get_by_role("button", name="Reveal the request URL").click()
    expect(page.locator(FIELD)).to_have_value(url)


def follow_a_plain_link(page: Page, address: str) -> None:
    """Follow a link that says nothing of its own about referrers."""
    page.evaluate(
        """(address) => {
            const link = document.body.appendChild(document.createElement("a"));
            link.href = address;
            link.click();
        }""",
        address,
    )
    expect(page).to_have_title("Outside")


def test_a_page_outside_is_not_told_and_the_way_back_shows_nothing(
    open_as: OpenAs, alice: Member, support: Channel, outside: tuple[str, list[str]]
) -> None:
    address, seen = outside
    live = make_live(alice, channel=support)
    url = request_url(workflow=live)
    token = url.rpartition("/")[2]
    page = open_as(alice, live.get_absolute_url())
    reveal(page, url)
    assert token not in page.evaluate(KEPT)

    follow_a_plain_link(page, address)

    (told,) = [one for one in seen if one.startswith("/there")]
    assert "referer" not in told.lower()
    page.go_back()
    expect(page.locator(FIELD)).to_have_value(MASKED)
    assert token not in page.content()
    assert token not in page.evaluate(KEPT)


def test_nor_does_a_page_without_a_script(
    open_as: OpenAs, alice: Member, support: Channel, outside: tuple[str, list[str]]
) -> None:
    """It came as the answer to a form; a browser that kept it would show it without asking."""
    address, seen = outside
    live = make_live(alice, channel=support)
    url = request_url(workflow=live)
    page = open_as(alice, live.get_absolute_url(), java_script_enabled=False)
    reveal(page, url)
    assert url.rpartition("/")[2] not in page.url + page.title()
    page.goto(address)

    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()

    assert [one for one in seen if "/hooks/" in one or "/workflows/" in one] == []


def test_who_comes_back_after_signing_out_sees_nothing(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    live = make_live(alice, channel=support)
    post_message(channel=support, sender=alice, text="For members only")
    page = open_as(alice, support.get_absolute_url())
    expect(page.get_by_text("For members only")).to_be_visible()
    page.goto(live.get_absolute_url())
    reveal(page, request_url(workflow=live))
    page.goto("/settings")
    page.context.clear_cookies()  # as signing out on another page does

    for _ in range(2):
        page.go_back()
        expect(page).to_have_url(re.compile("/sign-in"))
        assert "For members only" not in page.content()
