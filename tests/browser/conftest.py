"""Debian's Chromium, driven by Playwright, and readers who are signed in."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from messaging.models import Channel, Member
from tests.builders import make_draft, make_step, make_variable
from tests.conftest import CHROMIUM
from tests.serving import ServedApp, session_cookie
from workflows.models import Workflow
from workflows.services import add_manager

FLAGS = [
    "--no-sandbox",  # the gate runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

OpenAs = Callable[..., Page]

expect.set_options(timeout=30_000)  # patience, not a promise: a slow machine is no failure


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session", autouse=True)
def _django_beside_playwright() -> Iterator[None]:
    """Playwright's event loop stays in the thread, so Django takes all its queries for async."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser's console complained about: a policy broken, a script or file missing."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_as(browser: Browser, served_app: ServedApp, complaints: list[str]) -> Iterator[OpenAs]:
    """Open a page for a member who is signed in (None: nobody), each in a window of their own."""
    contexts = []

    def open_page(member: Member | None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": served_app.url, "locale": "en-GB", "viewport": DESKTOP, **options}
        )
        contexts.append(context)
        if member is not None:
            cookies = session_cookie(member).items()
            context.add_cookies(
                [{"name": name, "value": value, "url": served_app.url} for name, value in cookies]
            )
        page = context.new_page()
        listen_for_complaints(page, complaints)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def listen_for_complaints(page: Page, complaints: list[str]) -> None:
    def note(message: ConsoleMessage) -> None:
        # The page's own answer (a 404 page, say) is what a test looks at.
        if message.type == "error" and message.location.get("url") != page.url:
            complaints.append(f"{page.url}: {message.text} {message.location.get('url')}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("dialog", lambda dialog: complaints.append(f"{page.url}: dialog {dialog.message}"))


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
