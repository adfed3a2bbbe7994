"""Each of our own pages: axe finds nothing, light and dark, wide and narrow; none scrolls sideways.

The pages come from the table of routes, so a new one is tried without a line here.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from messaging.models import Member
from tests.browser.conftest import DESKTOP, PHONE, OpenAs
from tests.route_table import ADMIN, GUEST, MANAGER, MEMBER, WAYS, Way, World
from tests.serving import ServedApp
from tests.test_routes import address

pytestmark = [pytest.mark.browser, pytest.mark.served]

# Pieces of pages, files and answers for programs; the Django admin is taken as shipped.
NO_PAGES = {
    "messaging:after",
    "messaging:before",
    "messaging:sidebar",
    "messaging:favicon",
    "messaging:health",
    "messaging:robots",
    "workflows:export",
    "workflows:runs_csv",
    "admin:index",
}
LOOKS = [
    pytest.param(scheme, size, id=f"{scheme}-{size['width']}")
    for scheme in ("light", "dark")
    for size in (DESKTOP, PHONE)
]
# Experimental in the axe that comes with the test library: what is read aloud holds what is seen.
RULES = {"rules": {"label-content-name-mismatch": {"enabled": True}}}


def pages_of_ours() -> list[tuple[str, Way]]:
    """Return a way to each page, and who looks; channels and workflows of each kind."""
    ways = [way for way in WAYS if way.method == "GET" and way.route not in NO_PAGES]
    several = {"messaging:channel", "workflows:detail"}
    pages = {way.route + (way.about if way.route in several else ""): way for way in ways}
    readers = [MANAGER, ADMIN, MEMBER, GUEST]
    return [(next(one for one in readers if one in way.may), way) for way in pages.values()]


def problems_of(page: Page) -> list[str]:
    found = [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in Axe().run(page, options=RULES).response["violations"]
        for node in violation["nodes"]
    ]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        found.append(f"scrolls sideways: {width} px")
    return found


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [
        *(pytest.param("en", *look.values, id=f"en-{look.id}") for look in LOOKS),
        pytest.param("fr", "light", DESKTOP, id="fr-light-1280"),  # words have no colour
        pytest.param("fr", "light", PHONE, id="fr-light-390"),
    ],
)
def test_every_page_can_be_read_by_everybody(
    language: str,
    scheme: Any,
    size: Any,
    served_app: ServedApp,
    open_as: OpenAs,
    subtests: pytest.Subtests,
) -> None:
    world = World()
    Member.objects.update(language=language)
    windows = {
        role: open_as(person, color_scheme=scheme, viewport=size)
        for role, person in world.people.items()
    }
    for role, way in pages_of_ours():
        with subtests.test(page=str(way), role=role):
            windows[role].goto(address(way, world.keys(way.about)))
            assert problems_of(windows[role]) == []


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_the_pages_before_sign_in_can_be_read_by_everybody(
    scheme: Any, size: Any, open_as: OpenAs, subtests: pytest.Subtests, settings: Any
) -> None:
    page = open_as(None, "/", color_scheme=scheme, viewport=size)
    with subtests.test(page="first run"):
        assert page.get_by_label("One-time code").is_visible()
        assert problems_of(page) == []
    World()
    with subtests.test(page="sign-in"):
        page.goto("/")
        assert page.get_by_label("Password").is_visible()
        assert problems_of(page) == []
    with subtests.test(page="sign-in, refused"):
        page.get_by_label("E-mail address").fill("alice@example.org")
        page.get_by_role("button", name="Sign in").click()
        assert problems_of(page) == []
    with subtests.test(page="wrong address"):
        settings.ALLOWED_HOSTS = ["declic.example"]
        page.goto("/")
        assert problems_of(page) == []


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_the_page_for_what_is_not_there_can_be_read_by_everybody(
    scheme: Any, size: Any, open_as: OpenAs, alice: Any
) -> None:
    page = open_as(alice, "/channels/CNOTHING000", color_scheme=scheme, viewport=size)
    assert page.get_by_role("heading", level=1).is_visible()
    assert problems_of(page) == []
