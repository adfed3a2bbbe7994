"""The activity in a browser: live, by keyboard, on a phone, without a script."""

import csv
import io
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from messaging.models import Channel, Member
from tests.browser.conftest import DESKTOP, PHONE, OpenAs
from tests.browser.test_accessibility import problems_of
from tests.builders import make_live, make_refusal, message_step
from tests.serving import ServedApp
from tests.workflows.runs import WAIT, carry_on, job_for, start
from workflows.models import Run, Workflow
from workflows.runs.accept import accept

LINK = {"key": "link", "kind": "text"}
DOCUMENT = (
    '{"link": "https://desk.example/1", "shop": {"name": "Harbour"}, '
    '"big": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}'
)
NEWS = "Show what is new"
LOOKS = [
    pytest.param(scheme, size, id=f"{scheme}-{size['width']}")
    for scheme in ("light", "dark")
    for size in (DESKTOP, PHONE)
]

pytestmark = [pytest.mark.browser, pytest.mark.served]


@pytest.fixture
def live(alice: Member, support: Channel) -> Workflow:
    return make_live(alice, variables=[LINK], steps=[message_step(support, "{{ link }}")])


def runs_of(workflow: Workflow) -> str:
    return reverse("workflows:runs", args=[workflow.pk])


def start_with_document(workflow: Workflow) -> Run:
    values = {"link": "https://desk.example/1"}
    job = job_for(workflow, values=values, payload=DOCUMENT)
    return Run.objects.get(run_id=accept(job).run_id)


def row(page: Page, run: Run) -> Any:
    return page.locator(f'tr[data-key="{run.run_id}"]')


def test_a_new_run_appears_by_itself_and_opens_beside_the_list(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    page = open_as(alice, runs_of(live))
    expect(
        page.get_by_text("Not started yet.").or_(page.get_by_text("Nothing happened"))
    ).to_be_visible()

    run = start_with_document(live)

    expect(row(page, run)).to_contain_text("Succeeded")
    row(page, run).get_by_role("link").click()
    expect(page).to_have_url(re.compile(run.run_id))
    expect(row(page, run)).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("link", name="The message in #support")).to_be_visible()


def test_what_is_new_waits_while_the_list_is_being_read(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    first = start(live)
    page = open_as(alice, runs_of(live))
    row(page, first).hover()
    before = row(page, first).bounding_box()

    second = start(live)

    button = page.get_by_role("button", name=NEWS)
    expect(button).to_be_visible()
    expect(row(page, second)).to_have_count(0)
    assert row(page, first).bounding_box() == before
    button.click()
    expect(row(page, second)).to_be_visible()
    expect(page.get_by_role("heading", name="Runs")).to_be_focused()
    expect(button).to_be_hidden()


def test_what_is_new_comes_when_the_reader_leaves_the_list(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    first = start(live)
    page = open_as(alice, runs_of(live))
    row(page, first).get_by_role("link").focus()
    second = start(live)
    expect(page.get_by_role("button", name=NEWS)).to_be_visible()

    page.get_by_label("Search in the variables").focus()

    expect(row(page, second)).to_be_visible()


def test_an_opened_run_goes_on_before_the_readers_eyes(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    steps = [WAIT, message_step(support, "{{ link }}")]
    run = start_with_document(make_live(alice, variables=[LINK], steps=steps))
    page = open_as(alice, run.get_absolute_url())
    expect(page.locator("#run-status")).to_have_text("Waiting")
    branch = page.locator("details", has=page.locator("summary", has_text="list of 20"))
    branch.locator("summary").click()

    Run.objects.update(due_at=timezone.now())
    carry_on()

    expect(page.locator("#run-status")).to_have_text("Succeeded")
    expect(page.get_by_role("link", name="The message in #support")).to_be_visible()
    expect(page.locator("#run-replay summary")).to_be_visible()
    expect(branch).to_have_attribute("open", "")
    expect(row(page, run)).to_contain_text("Succeeded")


def test_a_status_is_chosen_by_keyboard_and_keeps_the_focus(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    run = start(live)
    make_refusal(live)
    page = open_as(alice, runs_of(live))
    expect(page.locator("tr[data-key]")).to_have_count(2)

    page.get_by_role("radio", name="All").focus()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("radio", name="Succeeded")).to_be_focused()
    expect(page.locator("tr[data-key]")).to_have_count(1)
    expect(row(page, run)).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?status=succeeded&when=week"))
    expect(page.get_by_role("link", name="Export as CSV")).to_have_attribute(
        "href", re.compile("status=succeeded")
    )
    page.get_by_text("Rejected 1").click()
    expect(page.get_by_role("heading", name="How many, and why")).to_be_visible()
    expect(page.get_by_role("link", name="Export as CSV")).to_be_hidden()


def test_all_of_it_works_without_a_script(
    open_as: OpenAs, alice: Member, live: Workflow, support: Channel
) -> None:
    run = start_with_document(live)
    make_refusal(live)
    page = open_as(alice, runs_of(live), java_script_enabled=False)
    expect(page.get_by_text("New ones appear by themselves")).to_be_hidden()

    page.get_by_text("Succeeded", exact=True).first.click()
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tr[data-key]")).to_have_count(1)
    row(page, run).get_by_role("link").click()
    page.locator("#run-replay summary").click()
    page.get_by_role("button", name="Replay with version 1").click()

    expect(page.get_by_text(f"Replay of {run.run_id} by Alice")).to_be_visible()
    assert support.messages.count() == 2


def test_on_a_phone_a_run_is_alone_and_leads_back(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    run = start_with_document(live)
    page = open_as(alice, runs_of(live), viewport=PHONE)
    row(page, run).get_by_role("link").click()

    expect(page.get_by_role("heading", name="What was received")).to_be_visible()
    expect(page.get_by_role("heading", name="Runs")).to_be_hidden()
    expect(page.get_by_role("search")).to_be_hidden()
    page.get_by_role("link", name="All runs").click()
    expect(row(page, run)).to_be_visible()


def test_hostile_values_and_answers_stay_text_when_they_come_live(
    open_as: OpenAs, alice: Member, live: Workflow
) -> None:
    page = open_as(alice, runs_of(live))
    hostile = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    make_refusal(live, "invalid_variables", details=[{"key": hostile, "problem": "missing"}])
    run = start(live, link=hostile)

    expect(row(page, run)).to_be_visible()
    expect(page.get_by_text("<script>alert(2)</script>")).to_be_visible()
    page.goto(run.get_absolute_url())
    expect(page.locator(".io").get_by_text("<script>")).to_be_visible()


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_every_state_can_be_read_by_everybody(
    open_as: OpenAs, alice: Member, live: Workflow, scheme: Any, size: Any
) -> None:
    run, failed = start_with_document(live), start_with_document(live)
    Run.objects.filter(pk=failed.pk).update(
        status=Run.Status.FAILED, error={"text": "It failed.", "values": {}}
    )
    make_refusal(live, "invalid_variables", details=[{"key": "link", "problem": "missing"}])
    page = open_as(alice, runs_of(live), color_scheme=scheme, viewport=size)
    for path in (
        f"{runs_of(live)}?status=refused",
        f"{runs_of(live)}?q=nothing",
        f"{runs_of(live)}?before=1",
        failed.get_absolute_url(),
        run.get_absolute_url(),
    ):
        page.goto(path)
        assert problems_of(page) == []
    page.locator("#run-replay summary").click()
    expect(page.get_by_role("button", name="Replay with version 1")).to_be_visible()
    assert problems_of(page) == []


def test_a_long_file_is_sent_whole(served_app: ServedApp, alice: Member, live: Workflow) -> None:
    run = start(live, link="x" * 2000)
    Run.objects.bulk_create(
        Run(workflow=live, version=run.version, status="succeeded", values=run.values)
        for _ in range(1200)
    )
    with served_app.client(alice) as client:
        answer = client.get(reverse("workflows:runs_csv", args=[live.pk]))

    assert answer.headers["content-type"] == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1202
    assert {row[-2] for row in rows[1:]} == {"x" * 2000}
