"""The overview of a workflow in a browser: what happens meanwhile appears by itself."""

import pytest
from playwright.sync_api import expect

from messaging.models import Channel, Member
from messaging.services import archive_channel
from tests.browser.conftest import OpenAs
from tests.builders import make_live, message_step
from tests.workflows.runs import start
from workflows.models import Workflow
from workflows.services import unpublish_workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]


@pytest.fixture
def live(alice: Member, support: Channel) -> Workflow:
    return make_live(alice, variables=[], steps=[message_step(support, "Hello")])


def test_runs_failures_and_the_state_appear_by_themselves(
    open_as: OpenAs, alice: Member, bob: Member, support: Channel, live: Workflow
) -> None:
    page = open_as(alice, live.get_absolute_url())
    runs = page.get_by_role("region", name="Last runs")
    expect(runs).to_contain_text("Not started yet.")

    start(live)
    expect(runs.get_by_text("Succeeded")).to_have_count(1)
    runs.get_by_role("link", name="Today").focus()

    archive_channel(channel=support, by=alice)
    start(live)
    expect(runs.get_by_text("Failed")).to_have_count(1)
    expect(page.get_by_role("link", name="Activity 1 new failure")).to_be_visible()
    expect(runs.get_by_role("link", name="Today").last).to_be_focused()

    unpublish_workflow(workflow=live, by=alice)
    expect(page.locator(".wf-head")).to_contain_text("Unpublished")
