"""The vendor's help page, heading by heading (PRODUCT.md, section 2), in English and in French.

Texts are asked of the catalogue, so that another wording breaks nothing here.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from messaging.models import Channel, Member, Message
from messaging.services import direct_channel
from tests.browser.builder_page import is_saved
from tests.browser.conftest import OpenAs
from tests.builders import TICKET_TEXT, hook_path, make_live, make_workflow, told
from tests.serving import ServedApp
from tests.workflows.runs import let_a_second_pass
from workflows.models import Workflow

pytestmark = [pytest.mark.browser, pytest.mark.served]

LOCALES = {"en": "en-GB", "fr": "fr-FR"}
MASKED = "••••"
WARNING = (
    "If this URL leaked, make a new one. Connected services stop until they get it; nothing "
    "changes before you save."
)


@dataclass(frozen=True)
class Say:
    """The words of the reader's language."""

    language: str

    def __call__(self, text: str, **values: Any) -> str:
        with translation.override(self.language):
            said = translation.gettext(text)
        return said % values if values else said


@pytest.fixture(params=["en", "fr"])
def say(request: pytest.FixtureRequest, alice: Member, bob: Member) -> Say:
    """Return the words of a language; Alice and Bob speak it."""
    Member.objects.update(language=request.param)
    return Say(request.param)


@pytest.fixture
def open_page(open_as: OpenAs, say: Say) -> OpenAs:
    """Open a page in the language; the clipboard may be read."""

    def open_in_language(member: Member, path: str) -> Page:
        page = open_as(member, path, locale=LOCALES[say.language])
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        expect(page.locator("html")).to_have_attribute("lang", say.language)
        return page

    return open_in_language


def post(served_app: ServedApp, url: str, **body: str) -> httpx.Response:
    """POST as a service does; at least a second after the last."""
    let_a_second_pass()
    return httpx.post(url, json=body)


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def copy(page: Page, say: Say, name: str) -> str:
    button = page.get_by_role("button", name=say(name), exact=True)
    button.click()
    expect(button).to_contain_text(say("Copied"))
    return clipboard(page)


def choose_channel(page: Page, say: Say, name: str) -> None:
    page.get_by_role("combobox", name=say("Channel")).click()
    page.locator("#pick-list").get_by_role("option", name=name).click()
    is_saved(page)


def publish(page: Page, say: Say, word: str = "Publish") -> None:
    page.get_by_role("link", name=say(word), exact=True).click()
    page.get_by_role("button", name=say(word), exact=True).click()
    expect(page.locator(".wf-head .tag-live")).to_have_text(say("Live"))


def test_create_a_workflow_that_a_webhook_starts(
    served_app: ServedApp, open_page: OpenAs, say: Say, alice: Member, support: Channel
) -> None:
    page = open_page(alice, support.get_absolute_url())
    page.get_by_role("link", name=say("Your workflows")).click()
    page.get_by_role("button", name=say("Start from scratch")).click()
    page.get_by_text(say("Name, description and icon")).click()
    page.get_by_role("textbox", name=say("Name"), exact=True).fill("Desk")
    page.locator("#add-step-button").click()
    page.get_by_role("button", name=say("Send a message to a channel")).click()
    choose_channel(page, say, "#support")
    page.get_by_role("textbox", name=say("Message")).fill("A ticket came in")
    is_saved(page)
    publish(page, say)

    workflow = Workflow.objects.get()
    assert workflow.is_published
    assert post(served_app, served_app.url + hook_path(workflow)).status_code == 200
    page.get_by_role("link", name=say("Your workflows")).first.click()
    row = page.get_by_role("row", name="Desk")
    expect(row).to_contain_text(say("Live"))
    expect(row).to_contain_text(say("Webhook"))
    page.goto(support.get_absolute_url())
    expect(page.locator(".msg", has_text="A ticket came in")).to_contain_text("Desk")


def test_get_the_request_url(
    served_app: ServedApp,
    open_page: OpenAs,
    say: Say,
    alice: Member,
    bob: Member,
    support: Channel,
) -> None:
    workflow = make_live(alice, channel=support)
    page = open_page(alice, workflow.get_absolute_url())
    field = page.get_by_role("textbox", name=say("Request URL"))
    expect(field).to_have_value(re.compile(MASKED))

    url = copy(page, say, "Copy the request URL")

    assert url == served_app.url + hook_path(workflow)
    assert post(served_app, url, support_ticket_link="4711").json()["ok"] is True
    expect(field).to_have_value(re.compile(MASKED))
    page.get_by_role("button", name=say("Reveal")).click()
    expect(field).to_have_value(url)
    page.get_by_role("button", name=say("Hide")).click()
    expect(field).to_have_value(re.compile(MASKED))
    page.reload()
    expect(page.get_by_text(say("Not used yet."))).to_have_count(0)

    stranger = open_page(bob, "/")
    assert stranger.request.get(workflow.get_absolute_url()).status == 404


def test_variables_and_the_json_that_is_to_be_sent(
    served_app: ServedApp,
    open_page: OpenAs,
    say: Say,
    alice: Member,
    bob: Member,
    support: Channel,
) -> None:
    workflow = make_workflow(alice, channel=support, text="New", variables=[])
    page = open_page(alice, f"/workflows/{workflow.pk}/edit")
    for key, kind in [("support_ticket_link", "text"), ("assigned_support_agent", "member")]:
        page.get_by_role("button", name=say("Add a variable")).first.click()
        field = page.locator("[name=f-key]").last
        expect(field).to_be_focused()
        page.keyboard.type(key)
        page.locator("[name=f-kind]").last.select_option(kind)
        expect(page.locator("#example-json")).to_contain_text(f'"{key}"')
    message = page.get_by_role("textbox", name=say("Message"))
    message.press("Control+End")
    for typed, chosen in [(" {{sup", "Enter"), (" {{ass", "ArrowDown"), (" {{ass", "Enter")]:
        page.keyboard.type(typed)
        expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
        if chosen == "ArrowDown":  # the formats of a member: mention, name, e-mail address
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    expect(message).to_have_value(
        "New {{ support_ticket_link }} {{ assigned_support_agent|name }} "
        "{{ assigned_support_agent }}"
    )
    is_saved(page)

    example = json.loads(copy(page, say, "Copy the example JSON"))

    texts = {"en": "Example text", "fr": "Exemple de texte"}
    assert example == {
        "support_ticket_link": texts[say.language],
        "assigned_support_agent": "U123456789",
    }
    publish(page, say)
    url = served_app.url + hook_path(workflow)
    assert post(served_app, url, **example).status_code == 200
    assert post(served_app, url, assigned_support_agent=bob.member_id).status_code == 200
    assert [one.text for one in Message.objects.filter(channel=support)] == [
        f"New {example['support_ticket_link']} U123456789 U123456789",
        "New  Bob @Bob",
    ]


def test_try_it_in_one_s_own_direct_messages_then_go_live(
    served_app: ServedApp, open_page: OpenAs, say: Say, alice: Member, support: Channel
) -> None:
    workflow = make_workflow(alice, steps=[])
    page = open_page(alice, f"/workflows/{workflow.pk}/edit")
    page.locator("#add-step-button").click()
    page.get_by_role("button", name=say("Send a message to a channel")).click()
    choose_channel(page, say, say("My own direct messages"))
    page.get_by_role("textbox", name=say("Message")).fill(TICKET_TEXT)
    is_saved(page)
    page.get_by_role("link", name=say("Publish"), exact=True).click()
    expect(page.locator(".changes").first).to_contain_text(say("My own direct messages"))
    page.get_by_role("button", name=say("Publish"), exact=True).click()
    url = copy(page, say, "Copy the request URL")

    assert post(served_app, url, support_ticket_link="first").status_code == 200
    page.goto(alice.get_absolute_url())
    expect(page.locator(".msg", has_text="first")).to_have_count(1)
    assert not Message.objects.filter(channel=support).exists()

    page.goto(f"/workflows/{workflow.pk}/edit")
    choose_channel(page, say, "#support")
    assert post(served_app, url, support_ticket_link="second").status_code == 200
    assert not Message.objects.filter(channel=support).exists()  # a draft touches nothing live
    page.reload()
    publish(page, say, "Publish changes")

    assert post(served_app, url, support_ticket_link="third").status_code == 200
    own = direct_channel(member=alice, other=alice)
    posted = {
        channel: [one.text.split()[2] for one in Message.objects.filter(channel=channel)]
        for channel in (own, support)
    }
    assert posted == {own: ["first", "second"], support: ["third"]}
    page.goto(support.get_absolute_url())
    expect(page.locator(".msg", has_text="third")).to_have_count(1)


def test_regenerate_the_url(
    served_app: ServedApp, open_page: OpenAs, say: Say, alice: Member, support: Channel
) -> None:
    workflow = make_live(alice, channel=support)
    old = served_app.url + hook_path(workflow)
    page = open_page(alice, "/workflows/")
    page.get_by_role("link", name=workflow.name).click()
    page.locator("summary", has_text=say("Edit the webhook")).click()
    expect(page.get_by_text(say(WARNING))).to_be_visible()
    page.get_by_role("button", name=say("Regenerate URL")).click()
    expect(page.get_by_text(say("Connected services stop when you save"))).to_be_visible()

    new = copy(page, say, "Copy the new URL")

    assert new != old
    assert post(served_app, new, support_ticket_link="1").status_code == 404
    assert post(served_app, old, support_ticket_link="2").status_code == 200
    page.get_by_role("button", name=say("Save the new URL")).click()
    expect(page.get_by_role("textbox", name=say("Request URL"))).to_be_visible()
    unknown = post(served_app, old, support_ticket_link="3")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "workflow_not_found")
    assert post(served_app, new, support_ticket_link="4").status_code == 200


def test_add_and_remove_managers(
    open_page: OpenAs, say: Say, alice: Member, bob: Member, support: Channel
) -> None:
    workflow = make_live(alice, channel=support)
    page = open_page(alice, workflow.get_absolute_url())
    page.get_by_role("link", name=say("Managers"), exact=True).click()
    page.get_by_role("combobox").fill(bob.email)
    page.get_by_role("button", name=say("Add"), exact=True).click()
    expect(page.locator(".people")).to_contain_text(bob.email)

    his = open_page(bob, "/workflows/")
    his.get_by_role("link", name=workflow.name).click()
    expect(his.get_by_role("textbox", name=say("Message"))).to_be_visible()
    page.locator("summary", has_text=say("Remove")).click()
    page.get_by_role("button", name=say("Remove %(name)s", name="Bob")).click()
    expect(page.locator(".people")).not_to_contain_text(bob.email)

    assert his.request.get(workflow.get_absolute_url()).status == 404
    values = {"by": "Alice", "workflow": workflow.name}
    assert [one.text.splitlines()[0] for one in told(bob)] == [
        say("%(by)s made you a manager of the workflow “%(workflow)s”.", **values),
        say("%(by)s removed you from the managers of the workflow “%(workflow)s”.", **values),
    ]
