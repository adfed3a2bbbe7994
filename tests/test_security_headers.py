"""The headers of every kind of answer, and templates that a strict policy lets work."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from messaging.models import Channel, Member

POLICY = {
    "default-src 'self'",
    "base-uri 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "object-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
}
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
SCRIPTS = sorted(
    path
    for app in ("messaging", "workflows")
    for path in Path(settings.BASE_DIR, app, "static").rglob("*.js")
    if "vendor" not in path.parts
)
PLACES = [
    "/sign-in",
    "/",
    "/channels",
    "/settings",
    "/workflows/",
    "/admin/",
    "/admin/login/",
    "/health",
    "/no/such/page",
    "/channels/CNOTHING000",
]

pytestmark = pytest.mark.django_db


def policy_of(response) -> set[str]:
    return {rule.strip() for rule in response["Content-Security-Policy"].split(";")}


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("who", ["stranger", "member", "admin"])
def test_every_answer_carries_the_strict_policy(
    path: str, who: str, alice: Member, dana: Member, signed_in: Callable[[Member], Client]
) -> None:
    client = Client() if who == "stranger" else signed_in({"member": alice, "admin": dana}[who])

    response = client.get(path)

    assert policy_of(response) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"  # others are told nothing
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PLACES)
def test_no_shared_cache_keeps_a_page(
    path: str, dana: Member, signed_in: Callable[[Member], Client]
) -> None:
    for client in (Client(), signed_in(dana)):
        response = client.get(path)
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
        assert "Cookie" in response["Vary"].split(", ")


def test_a_failing_page_carries_the_strict_policy_and_says_nothing_of_the_failure(
    alice: Member,
    support: Channel,
    signed_in: Callable[[Member], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("dhk_leaked in a local variable")

    monkeypatch.setattr("messaging.views.channel.visible_channel", fail)
    client = signed_in(alice)
    client.raise_request_exception = False

    response = client.get(support.get_absolute_url())

    assert response.status_code == 500
    assert policy_of(response) == POLICY
    assert b"dhk_" not in response.content
    assert b"RuntimeError" not in response.content


def test_a_form_from_elsewhere_gets_a_page_with_the_strict_policy(alice: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post("/sign-out", headers={"origin": "https://evil.example"})

    assert response.status_code == 403
    assert policy_of(response) == POLICY
    assert client.get("/settings").status_code == 200, "the session was ended after all"


def test_an_address_that_is_not_ours_gets_nothing_from_outside() -> None:
    response = Client().get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cache-Control"] == "no-store"
    assert b"evil.example" not in response.content


WITH_HTTPS = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from messaging.models import Member

call_command("migrate", verbosity=0)
Member.objects.create_user("alice@example.org")  # else sign-in leads to the first run
secure = Client().get("/sign-in", secure=True, headers={"host": "declic.example"})
plain = Client().get("/sign-in", headers={"host": "declic.example"})
print(secure["Strict-Transport-Security"], secure.cookies["csrftoken"]["secure"])
print(plain.status_code, plain["Location"])
print(settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS, settings.SESSION_COOKIE_SECURE)
"""


def run_with_https(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DECLIC_BASE_URL": "https://declic.example",
            "DECLIC_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **more,
        },
        capture_output=True,
        text=True,
    )


def test_with_https_cookies_are_secure_and_browsers_are_told_to_stay_with_it(
    tmp_path: Path,
) -> None:
    ran = run_with_https(tmp_path, "-c", WITH_HTTPS)

    assert ran.stdout.splitlines() == [
        "max-age=31536000 True",
        "301 https://declic.example/sign-in",
        "['declic.example'] ['https://declic.example'] True",
    ], ran.stderr


def test_browsers_are_told_of_sub_domains_where_the_operator_says_so(tmp_path: Path) -> None:
    ran = run_with_https(tmp_path, "-c", WITH_HTTPS, DECLIC_HSTS_SUBDOMAINS="1")

    told = ran.stdout.partition("\n")[0]
    assert told == "max-age=31536000; includeSubDomains; preload True", ran.stderr


PROXIES = "from django.conf import settings; print(settings.DECLIC_TRUSTED_PROXIES)"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "1"),
        ({"DECLIC_TRUSTED_PROXIES": "2"}, "2"),
        ({"DECLIC_TRUSTED_PROXIES": "0"}, "0"),
        ({"DECLIC_BASE_URL": "http://declic.example"}, "0"),
    ],
)
def test_behind_https_one_proxy_is_trusted_unless_the_operator_says_otherwise(
    tmp_path: Path, more: dict[str, str], expected: str
) -> None:
    ran = run_with_https(tmp_path, "-c", PROXIES, **more)

    assert ran.stdout.strip() == expected, ran.stderr


def test_the_deployment_check_finds_nothing_with_an_https_address(tmp_path: Path) -> None:
    checked = run_with_https(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr


# --- Templates and scripts -----------------------------------------------------------------------

INLINE = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "another origin": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
}


@pytest.mark.parametrize("what", INLINE)
def test_templates_have_nothing_that_the_policy_forbids(what: str) -> None:
    wrong = [
        f"{path.name}: {found[0]}"
        for path in TEMPLATES
        for found in INLINE[what].finditer(path.read_text(encoding="utf-8"))
    ]
    assert TEMPLATES, "the templates were not found"
    assert not wrong


def test_scripts_make_no_html_of_text_and_run_no_text_as_code() -> None:
    forbidden = re.compile(r"\beval\(|new Function|document\.write|\.setAttribute\(.style")
    wrong = [path.name for path in SCRIPTS if forbidden.search(path.read_text(encoding="utf-8"))]
    assert SCRIPTS, "the scripts were not found"
    assert not wrong


def test_static_files_of_templates_exist() -> None:
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"{% static [\"']([^\"']+)[\"'] %}", path.read_text("utf-8"))
    }
    assert named
    assert sorted(name for name in named if finders.find(name) is None) == []
