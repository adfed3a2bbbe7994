"""Bad input, family G: sessions, redirects, and what may be asked of whom."""

import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from messaging.mrkdwn.links import MAX_URL
from messaging.services import deactivate_member
from tests.builders import make_live
from tests.serving import ServedApp, request_bytes
from workflows.models import Workflow
from workflows.text.template_text import TextValue, compile_text, fill

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/%2e%2e",
        "/%2F%2Fevil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/%0d%0aLocation:%20https://evil.example",
        "/.evil.example",
        "/admin/login/?next=//evil.example",
        "/admin//evil.example",
        "http://evil.example/",
        "https:evil.example",
        "/sign-in?next=https:evil.example",
    ],
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.served
def test_no_path_leads_away(served_app: ServedApp, alice, path: str) -> None:  # G67
    """What is asked for comes back as a part of our own address, or not at all."""
    answer = served_app.raw(request_bytes("GET", path))

    assert answer.status < 500
    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "evil" not in location.partition("?")[0] or location.startswith("/sign-in?")
    assert "evil" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https:evil", "/\\evil", "///evil", "/\t/evil", "\x01//evil", "https://x@y"],
)
@pytest.mark.parametrize("route", ["/sign-in", "/language", "/theme"])
def test_no_form_leads_away(alice, wanted: str, route: str) -> None:  # G67
    form = {"email": alice.email, "password": "secret", "language": "fr", "theme": "dark"}

    answer = Client().post(route, {**form, "next": wanted})

    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_whoever_is_deactivated_is_out_with_the_next_request(alice, bob, dana, signed_in) -> None:
    """G77; on pages, on scripts' routes and in the admin alike."""
    browsers = [signed_in(bob), signed_in(bob)]
    assert browsers[0].get("/settings").status_code == 200

    deactivate_member(member=bob, by=dana)

    for browser in browsers:
        for path in ("/settings", "/channels", "/sidebar", "/workflows/", "/admin/"):
            answer = browser.get(path)
            assert answer.status_code == 302
            assert "/sign-in" in answer["Location"] or "/admin/login/" in answer["Location"]


def test_a_demoted_admin_finds_no_admin_with_the_next_request(dana, signed_in) -> None:
    browser = signed_in(dana)
    assert browser.get("/admin/").status_code == 200

    type(dana).objects.filter(pk=dana.pk).update(role="member")

    assert browser.get("/admin/").status_code == 404
    assert browser.get("/workspace").status_code == 404


def test_a_made_up_session_is_not_taken_over(alice) -> None:  # G77
    """Whoever plants a session's cookie before sign-in does not share it afterwards."""
    victim = Client()
    victim.cookies["sessionid"] = "a" * 32
    victim.post("/sign-in", {"email": alice.email, "password": "secret"})

    attacker = Client()
    attacker.cookies["sessionid"] = "a" * 32

    assert victim.cookies["sessionid"].value != "a" * 32
    assert attacker.get("/settings").status_code == 302


def views_in(resolver: URLResolver, prefix: str = ""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views_in(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern.callback


def test_only_the_hook_takes_forms_from_elsewhere() -> None:  # G69
    exempt = {
        path for path, view in views_in(get_resolver()) if getattr(view, "csrf_exempt", False)
    }

    assert exempt == {"hooks/workflows/<str:token>"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "multipart/form-data; boundary=x"]
)
def test_no_other_type_of_form_passes_without_its_token(alice, content_type: str) -> None:  # G68
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        body = b'{"display_name": "Mallory"}'
        answer = client.post("/settings", body, content_type, headers=headers)
        assert answer.status_code == 403

    alice.refresh_from_db()
    assert alice.display_name == "Alice"


def test_the_admins_list_tells_nothing_of_drafts(alice, dana, signed_in) -> None:  # G70
    """Filters in the address that the list does not offer would tell letter by letter."""
    live = make_live(alice, description="public")
    Workflow.objects.filter(pk=live.pk).update(description="a secret plan", name="Draft name")
    client = signed_in(dana)

    for query in ("description__startswith=a", "name__contains=Draft", "trigger_config__x=1"):
        answer = client.get(f"/admin/workflows/workflow/?{query}")
        assert answer.status_code in {302, 400}
    listed = client.get("/admin/workflows/workflow/?published=yes&trigger_kind__exact=webhook")
    assert live.app.name in listed.content.decode()
    assert "Draft name" not in listed.content.decode()


def test_an_address_does_not_grow_with_what_is_put_into_it() -> None:
    """A value of a megabyte may stand in a link a thousand times."""
    template = compile_text("<https://x.example/" + "{{ a }}" * 1000 + "|open>")
    values = {"a": TextValue("é" * 1_000_000)}

    (block,) = fill(template, values)

    assert [one["t"] for one in block["c"]][:1] != ["link"]
    long = compile_text("<https://x.example/{{ a }}|open>")
    (block,) = fill(long, {"a": TextValue("x" * (MAX_URL - 30))})
    assert [one["t"] for one in block["c"]] == ["link"]
