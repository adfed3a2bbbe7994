"""What tests of the builder's page share: where things stand on it, and when all is saved."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Route, expect

from workflows.models import Step, Workflow


def edit(workflow: Workflow) -> str:
    return f"/workflows/{workflow.pk}/edit"


def message(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


def offered(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def text_of(workflow: Workflow) -> str:
    return str(Step.objects.get(workflow=workflow, kind="send_message").config["text"])


def headings(page: Page) -> Locator:
    return page.locator("#wire > [data-step] h2")


COPIES = "() => Object.keys(localStorage).filter((one) => one.startsWith('declic-draft')).length"
MOST_LOOKS = 1200
NO_CHANNEL, NO_TEXT = "Choose a channel.", "Write the message."


def is_saved(page: Page) -> None:
    """Wait until nothing is on its way: the device keeps no copy any more."""
    for _ in range(MOST_LOOKS):
        if not page.evaluate(COPIES):
            return
        page.wait_for_timeout(50)
    raise AssertionError("What was typed is not saved")


@contextmanager
def expecting(complaints: list[str], *words: str) -> Iterator[None]:
    """The browser's console names refused requests; here they are what is tried."""
    yield
    assert all(any(word in one for word in words) for one in complaints)
    complaints.clear()


def both_wrote(hers: Page, his: Page) -> None:
    """He saved one text of the step; what she wrote meanwhile is asked about."""
    message(his).fill("From Bob")
    is_saved(his)
    message(hers).fill("From Alice")
    expect(hers.locator(".conflict")).to_be_visible()


def hold_a_save(page: Page, text: str) -> Route:
    """Type on in the message; return the request that saves it, on its way until it is let go."""
    held: list[Route] = []
    page.route("**/edit/steps/*", lambda route: held.append(route), times=1)
    message(page).press_sequentially(text)
    for _ in range(MOST_LOOKS):
        if held:
            return held[0]
        page.wait_for_timeout(50)
    raise AssertionError("What was typed is not sent")
