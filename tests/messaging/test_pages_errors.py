"""What a page says when something is wrong, and how little it tells of the rest."""

import pytest
from django.db import OperationalError, connection
from django.templatetags.static import static
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from messaging import background, health

pytestmark = pytest.mark.django_db


def broken(*_args, **_kwargs):
    raise OperationalError("database is locked, see /secret/path")


def test_a_wrong_address_names_the_setting_and_nothing_else(settings):
    settings.DECLIC_BASE_URL = "https://right.example"

    response = Client().get("/sign-in?x=marker", headers={"host": "evil.example"})

    html = response.content.decode()
    assert response.status_code == 400
    assert "DECLIC_BASE_URL" in html
    for hidden in ("evil.example", "right.example", "marker"):
        assert hidden not in html
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a b", "[::1", "x" * 300]
)
def test_any_wrong_address_gets_the_same_page(host, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client().get("/", headers={"host": host})

    assert response.status_code == 400
    assert "DECLIC_BASE_URL" in response.content.decode()


def test_the_page_of_a_wrong_address_gets_its_files():
    response = Client().get("/static/messaging/declic.css", headers={"host": "evil.example"})

    assert response.status_code == 200
    response.close()


def test_a_database_that_does_not_answer_is_503_and_says_when_to_come_back(
    signed_in, alice, support, monkeypatch
):
    client = signed_in(alice)
    monkeypatch.setattr("messaging.views.log.newest", broken)

    response = client.get(support.get_absolute_url())

    assert response.status_code == 503
    assert int(response["Retry-After"]) >= 1
    assert "/secret/path" not in response.content.decode()
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_database_that_does_not_answer_at_sign_in_check_is_503_too(signed_in, alice, monkeypatch):
    client = signed_in(alice)
    monkeypatch.setattr("django.contrib.auth.backends.ModelBackend.get_user", broken)

    assert client.get("/settings").status_code == 503


def test_a_database_that_does_not_take_the_session_is_503_too(client, alice, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", broken)

    response = client.post("/sign-in", {"email": "alice@example.org", "password": "secret"})

    assert response.status_code == 503


def test_a_database_that_fails_once_the_view_is_done_is_503_too(client, alice, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(
        "django.contrib.sessions.middleware.SessionMiddleware.process_response", broken
    )

    response = client.get("/sign-in")

    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_a_bug_is_a_page_without_its_trace(signed_in, alice, support, monkeypatch):
    client = signed_in(alice)
    client.raise_request_exception = False

    def bug(*_args):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("messaging.views.log.newest", bug)
    response = client.get(support.get_absolute_url())

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "a secret detail" not in response.content.decode()


def test_a_form_without_its_token_is_refused_with_a_page(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post("/theme", {"theme": "dark"})

    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()
    alice.refresh_from_db()
    assert alice.theme == "auto"


def test_a_reader_leaves_their_language_to_nobody(signed_in, alice):
    alice.language = "fr"
    alice.save()

    signed_in(alice).get("/settings")

    assert translation.get_language() == "en"


def test_search_engines_are_kept_out(client):
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


def test_the_icon_is_given_at_its_usual_place_and_kept_without_a_query(client):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/favicon.ico")

    assert answer["Content-Type"] == "image/x-icon"
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert answer.content.startswith(b"\0\0\1\0")  # as an icon file begins
    assert len(queries) == 0


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/", "/admin/messaging/member/add/"])
def test_pages_of_the_admin_name_the_icon(client, signed_in, dana, path):
    reader = client if path == "/admin/login/" else signed_in(dana)

    page = reader.get(path, follow=True).content.decode()

    assert f'<link rel="icon" href="{static("messaging/favicon.svg")}"' in page


def test_health_asks_the_database(client, monkeypatch):
    assert client.get("/health").json() == {"ok": True}

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", broken)

    assert client.get("/health").status_code == 503


def test_health_tries_to_write_but_not_each_time(client, monkeypatch):
    monkeypatch.setattr(health, "write_check", health.WriteCheck())
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10):
            assert client.get("/health").json() == {"ok": True}

    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 1


def test_health_says_that_the_store_takes_no_write(client, monkeypatch):
    def refuse(*_, **__):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(health, "write_check", health.WriteCheck())
    monkeypatch.setattr("django.db.models.query.QuerySet.update", refuse)

    answer = client.get("/health")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"ok": False, "error": "store_not_writable"}


def test_health_says_that_runs_are_not_carried_on(client, monkeypatch):
    monkeypatch.setattr(background, "failing", lambda: ["declic-runner"])

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["error"]) == (503, "runs_not_carried_on")


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/settings", "/health"])
def test_every_page_has_the_safe_headers(client, signed_in, alice, path):
    for response in (client.get(path), signed_in(alice).get(path)):
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"


def test_an_address_that_only_takes_forms_says_so_when_it_is_opened(signed_in, alice, support):
    alice.language = "fr"
    alice.save()

    response = signed_in(alice).get(f"/channels/{support.channel_id}/join")

    html = response.content.decode()
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert 'lang="fr"' in html
    assert 'href="/"' in html
    assert Client().get(f"/channels/{support.channel_id}/join").status_code == 302
