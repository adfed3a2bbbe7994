"""Bad input, C33–C36: every name and value on every page, in a browser; nothing of it runs."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from messaging.models import Channel, Member, Message, Workspace
from messaging.services import post_message
from tests.browser.conftest import OpenAs
from tests.builders import make_channel, make_live
from tests.robustness.conftest import Hook
from tests.serving import ServedApp, request_bytes
from workflows.models import Run
from workflows.services import add_manager, publish_workflow, request_url

pytestmark = [pytest.mark.browser, pytest.mark.served]

SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "]]><!--",
    "{{ agent }}{% debug %}",
    "javascript:alert(1)",
    "`${alert(1)}`",
    "&lt;b&gt;&#x3c;i&#x3e;",
)
ALL = " ".join(SCRIPTS)
SHORT = "\"><svg/onload=alert(1)>'</script><script>alert(1)</script>"  # where 80 fit
# Elements and attributes that no page of ours has, so: made of what somebody wrote.
FOREIGN = """
() => [...document.querySelectorAll("*")].flatMap((one) => [
    ...(one.localName === "script" && one.type === "application/json"
        ? (JSON.parse(one.textContent) === null ? ["no data"] : [])  // it throws if it was cut
        : one.localName === "script" && !one.src ? ["script"] : []),
    ...(["iframe", "object", "embed", "style", "base"].filter((name) => name === one.localName)),
    ...(one.localName === "img" ? ["img " + one.getAttribute("src")] : []),
    ...[...one.attributes].flatMap((at) =>
        at.name.startsWith("on") || at.name === "style" || at.name === "srcdoc" ||
        (["href", "src", "action", "formaction", "xlink:href"].includes(at.name) &&
            /^\\s*(javascript|data|vbscript):/i.test(at.value)) ? [at.name + "=" + at.value] : []),
])
"""


@pytest.fixture
def scripted(alice: Member, bob: Member) -> Channel:
    """A workspace in which everything that can be named is named like a script."""
    Workspace.objects.update(name=SHORT)
    channel = make_channel("support", by=alice, members=(bob,), topic=ALL[:250])
    Member.objects.filter(pk=bob.pk).update(display_name=SHORT)
    bob.refresh_from_db()
    post_message(channel=channel, sender=bob, text=ALL)
    return channel


@pytest.fixture
def workflow(scripted: Channel, alice: Member, bob: Member):
    variables = [
        {"key": key, "kind": kind, "example": ALL[:250], "default": ALL[:250]}
        for key, kind in {"link": "text", "agent": "member"}.items()
    ]
    made = make_live(
        alice,
        name=SHORT,
        description=ALL[:250],
        channel=scripted,
        variables=variables,
        text=ALL.replace("{{ agent }}", "") + " {{ link }} {{ agent }}",
    )
    add_manager(workflow=made, member=bob, by=alice)
    publish_workflow(workflow=made, by=alice, note=ALL[:250])
    return made


@pytest.fixture
def hook(served_app: ServedApp, alice: Member, support: Channel) -> Hook:
    variables = [{"key": "link", "kind": "text"}]
    made = make_live(alice, channel=support, variables=variables, text="{{ link }}")
    return Hook(served_app, made, support)


def test_no_page_runs_what_somebody_wrote(
    served_app: ServedApp,
    open_as: OpenAs,
    complaints: list[str],
    scripted: Channel,
    workflow,
    alice: Member,
    dana: Member,
) -> None:  # C33, C34
    path = "/hooks/" + request_url(workflow=workflow).partition("/hooks/")[2]
    page = open_as(alice, scripted.get_absolute_url())
    body = {"link": ALL, "agent": ALL, ALL: ALL}

    answer = served_app.raw(request_bytes("POST", path, json.dumps(body).encode()))

    assert answer.status == 200
    posted = page.locator(".msg", has_text="]]><!--")
    expect(posted).to_have_count(2)  # the second one comes by the stream
    shown = " ".join(posted.last.inner_text().split())
    for script in SCRIPTS:
        assert " ".join(script.split()) in shown
    assert page.evaluate(FOREIGN) == []
    for path in addresses(workflow, scripted):
        page.goto(path)
        assert page.evaluate(FOREIGN) == [], path
        assert "alert(1)" in page.content(), path
    add_manager(workflow=workflow, member=dana, by=alice)
    page = open_as(dana, "/admin/")
    for path in admin_addresses(workflow, scripted):
        page.goto(path)
        found = [one for one in page.evaluate(FOREIGN) if "/static/" not in one]
        assert [one for one in found if "alert" in one or one in {"img x", "script"}] == [], path


def addresses(workflow, channel: Channel) -> list[str]:
    run = Run.objects.get()
    posted = Message.objects.filter(channel=channel).latest("pk")
    names = (
        "detail",
        "edit",
        "preview",
        "publish",
        "versions",
        "runs",
        "managers",
        "delete",
        "regenerate",
    )
    return [
        channel.get_absolute_url(),
        posted.get_absolute_url(),
        f"{channel.get_absolute_url()}/members",
        "/channels",
        "/direct",
        "/settings",
        reverse("workflows:list"),
        reverse("workflows:list") + "?q=%3Csvg/onload%3Dalert(1)%3E",
        "/channels?q=%22%3E%3Csvg/onload%3Dalert(1)%3E",
        "/direct?q=%22%3E%3Csvg/onload%3Dalert(1)%3E",
        reverse("workflows:about", args=[workflow.app_id]),
        reverse("workflows:new"),
        *(reverse(f"workflows:{name}", args=[workflow.pk]) for name in names),
        reverse("workflows:run", args=[workflow.pk, run.run_id]),
    ]


def admin_addresses(workflow, channel: Channel) -> list[str]:
    run = Run.objects.get()
    return [
        *(
            f"/admin/{one}/"
            for one in ("messaging/member", "messaging/channel", "workflows/workflow")
        ),
        f"/admin/workflows/workflow/{workflow.pk}/change/",
        f"/admin/workflows/run/{run.pk}/change/",
        f"/admin/messaging/channel/{channel.pk}/change/",
    ]


def test_a_link_in_a_value_opens_without_a_way_back(
    hook: Hook, open_as: OpenAs, alice: Member
) -> None:  # C35
    hook.stored(hook.request(json.dumps({"link": f"{hook.served.url}/robots.txt"}).encode()))
    page = open_as(alice, hook.channel.get_absolute_url())
    link = page.get_by_role("link", name="/robots.txt")
    assert link.get_attribute("rel") == "nofollow noopener noreferrer"

    with page.context.expect_page() as opened:
        link.click(modifiers=["Shift"])

    assert opened.value.evaluate("() => window.opener === null && document.referrer === ''")


def test_only_real_addresses_become_links(
    hook: Hook, open_as: OpenAs, alice: Member
) -> None:  # C36
    for value in (
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
        ),
        *(
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
        ),
        *(");background:#000;position:fixed", "http://", "https:///x", "http:\\\\evil.example"),
        *("\x01javascript:alert(1)", "javascript&colon;alert(1)", "blob:x", "ftp://x/y"),
    ):
        hook.stored(hook.request(json.dumps({"link": value}).encode()))

    page = open_as(alice, hook.channel.get_absolute_url())

    assert page.locator(".msg").count() == 16
    assert page.locator(".msg a[rel]").evaluate_all("found => found.map(one => one.href)") == []
    assert page.evaluate(FOREIGN) == []
