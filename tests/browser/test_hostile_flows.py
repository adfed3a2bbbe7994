"""Bad input, C33 and C34: what scripts put into a page, notices, refusals and comparisons."""

import json
from urllib.parse import quote

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from messaging.models import Channel, Member
from messaging.services import direct_channel
from tests.browser.conftest import OpenAs
from tests.browser.test_hostile_values import ALL, FOREIGN, SHORT
from tests.builders import hook_path, make_live, message_step, told
from tests.serving import ServedApp, request_bytes
from tests.workflows.runs import let_a_second_pass
from workflows.hook import refusal_tally
from workflows.models import RefusalSample, Run, Workflow
from workflows.services import publish_workflow, set_steps

pytestmark = [pytest.mark.browser, pytest.mark.served]


@pytest.fixture
def live(alice: Member, bob: Member, support: Channel) -> Workflow:
    """A workflow, named like a script, whose agent is; its second version says something else."""
    Member.objects.filter(pk=bob.pk).update(display_name=SHORT)
    made = make_live(
        alice,
        name=SHORT,
        channel=support,
        text="{{ link }} for {{ agent }}",
        variables=[
            {"key": "link", "kind": "text", "example": ALL[:250]},
            {"key": "agent", "kind": "member", "example": bob.member_id, "required": True},
        ],
    )
    person = {"kind": "send_message_to_person", "config": {"person": "{{ agent }}", "text": ALL}}
    set_steps(
        workflow=made, by=alice, steps=[message_step(support, f"{ALL} {{{{ link }}}}"), person]
    )
    publish_workflow(workflow=made, by=alice, note=ALL[:250])
    return made


def is_clean(page: Page) -> bool:
    """Tell that the page shows what was written, and that nothing of it is an element."""
    found = [one for one in page.evaluate(FOREIGN) if not one.startswith("style=left: ")]
    assert found == [], page.url  # the list of variables is put beside the cursor
    return "alert(1)" in page.content()


def test_what_is_told_refused_and_compared_is_text(
    served_app: ServedApp, open_as: OpenAs, live: Workflow, alice: Member, support: Channel
) -> None:
    page = open_as(alice, support.get_absolute_url())
    for body in ({"link": ALL, "agent": ALL}, {"link": {ALL: ALL}, ALL: ALL}):
        let_a_second_pass()
        served_app.raw(request_bytes("POST", hook_path(live), json.dumps(body).encode()))
    refusal_tally.tally.write()
    run = Run.objects.get()
    assert run.status == Run.Status.FAILED  # nobody is called so: its managers are told
    sample = RefusalSample.objects.get()
    page.goto(told(alice)[-1].channel.get_absolute_url())
    expect(page.locator(".msg", has_text="alert(1)")).to_have_count(1)
    assert is_clean(page)

    pasted = quote(json.dumps({"link": ALL, "agent": ALL}))
    detail = reverse("workflows:detail", args=[live.pk])
    for path in (
        f"{detail}runs?q={quote(ALL)}",
        f"{detail}runs/{run.run_id}",
        f"{detail}runs/rejected/{sample.pk}",
        f"{detail}versions?old=1&new=2",
        f"{detail}preview?fill=json&pasted={pasted}",
        f"{detail}preview?fill=json&pasted={quote('{' + ALL)}",
        f"{detail}preview?fill={run.run_id}",
        f"{detail}publish",
    ):
        page.goto(path)
        assert is_clean(page), path


def test_what_scripts_put_into_the_builder_is_text(
    open_as: OpenAs, live: Workflow, alice: Member
) -> None:
    page = open_as(alice, f"/workflows/{live.pk}/edit")
    field = page.get_by_role("textbox", name="Message").first

    field.fill(f"{ALL} {{{{ nope<b>")
    expect(page.locator("#preview")).to_contain_text("Step 1 cannot be shown yet")
    assert is_clean(page)
    field.fill(ALL)
    expect(page.locator("#preview")).not_to_contain_text("Step 1 cannot be shown yet")
    field.press("Control+End")
    page.keyboard.type(" {{ag")
    expect(page.get_by_role("radio", name="Display name")).to_be_visible()
    assert is_clean(page)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add a variable").first.click()
    key = page.get_by_role("textbox", name="Key").last
    expect(key).to_have_value("variable_3")
    key.fill(SHORT)
    key.blur()
    expect(key).to_have_attribute("aria-invalid", "true")
    assert is_clean(page)


def test_the_name_of_a_shortcut_is_text_in_the_menu_and_when_it_started(
    open_as: OpenAs, alice: Member, support: Channel
) -> None:
    make_live(
        alice,
        name=SHORT,
        trigger_kind="shortcut",
        trigger_config={"channel": support.channel_id},
        variables=[],
        steps=[message_step(support, "Hello")],
    )
    page = open_as(alice, support.get_absolute_url())
    page.locator("summary", has_text="Shortcuts").click()
    assert is_clean(page)

    page.get_by_role("button", name=SHORT).click()

    expect(page.get_by_role("status").filter(has_text=SHORT)).to_be_visible()
    assert is_clean(page)


def test_names_are_text_where_people_are_chosen(
    open_as: OpenAs, live: Workflow, alice: Member, bob: Member, dana: Member
) -> None:
    direct_channel(member=dana, other=bob)
    page = open_as(dana, "/workspace")
    for path in (
        "/workspace",
        "/direct",
        f"/members/{bob.member_id}",
        reverse("workflows:published"),
        reverse("workflows:about", args=[live.app_id]),
        f"/direct?q={quote(SHORT)}",
    ):
        page.goto(path)
        assert is_clean(page), path
    for member, path in ((alice, "/workflows/new"), (alice, f"/workflows/{live.pk}/managers")):
        page = open_as(member, path)
        assert page.evaluate(FOREIGN) == []
