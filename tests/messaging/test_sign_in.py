"""The door: signing in and out, wrong passwords, where it leads."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session
from django.test import Client

from messaging.models import Member
from messaging.requests import throttle
from messaging.requests.sessions import SessionStore
from messaging.requests.throttle import BRAKED_FROM, PER_ADDRESS, PER_PAIR

pytestmark = pytest.mark.django_db

TRIES, TRIES_OF_AN_ADDRESS, UNTIL_BRAKED = (
    int(rate.partition("/")[0]) for rate in (PER_PAIR, PER_ADDRESS, BRAKED_FROM)
)


def knock(client, email="alice@example.org", password="secret", **more):
    data = {"email": email, "password": password, **more}
    return client.post("/sign-in", data)


def page_text(response):
    """Return the page without what differs between two askings anyway."""
    text = response.content.decode()
    token = response.context["csrf_token"]
    return text.replace(str(token), "")


def test_a_member_signs_in_with_the_address_in_any_case(client, alice):
    response = knock(client, email="ALICE@Example.org")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session[SESSION_KEY] == str(alice.pk)


def test_an_unknown_address_gets_the_answer_of_a_wrong_password(client, alice):
    wrong = knock(client, password="nope")
    unknown = knock(client, email="nobody@example.org", password="nope")

    assert wrong.status_code == unknown.status_code == 200
    assert page_text(wrong).replace("alice@", "nobody@") == page_text(unknown)
    assert "do not match" in wrong.content.decode()


def test_a_deactivated_member_gets_the_answer_of_a_wrong_password(client, alice):
    Member.objects.filter(pk=alice.pk).update(is_active=False)

    assert "do not match" in knock(client).content.decode()
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_too_many_wrong_passwords_are_put_off_alike_for_known_and_unknown(client, alice, email):
    for _ in range(TRIES):
        assert knock(client, email=email, password="nope").status_code == 200

    response = knock(client, email=email, password="secret")

    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert SESSION_KEY not in client.session


def test_a_stranger_elsewhere_cannot_lock_a_member_out(client, alice):
    stranger = Client(REMOTE_ADDR="192.0.2.1")
    for _ in range(TRIES + 1):
        response = knock(stranger, password="nope")
    assert response.status_code == 429

    assert knock(client).status_code == 302


def test_one_try_for_each_of_many_names_is_put_off_too(client, alice):
    for number in range(TRIES_OF_AN_ADDRESS):
        assert knock(client, email=f"name{number}@example.org", password="x").status_code == 200

    assert knock(client, email="another@example.org", password="x").status_code == 429


def test_behind_a_proxy_a_stranger_puts_off_only_their_own_tries(client, alice, settings):
    settings.DECLIC_TRUSTED_PROXIES = 1
    stranger = {"headers": {"X-Forwarded-For": "2001:db8::bad"}}
    for number in range(TRIES_OF_AN_ADDRESS):
        client.post("/sign-in", {"email": f"{number}@example.org", "password": "x"}, **stranger)
    stranger = {"headers": {"X-Forwarded-For": "2001:db8::bad:2"}}
    answer = client.post("/sign-in", {"email": "a@example.org", "password": "x"}, **stranger)
    assert answer.status_code == 429, "another address of the same network"

    assert knock(client).status_code == 302


@pytest.fixture
def naps(monkeypatch):
    """How long tries were held back; nobody really waits."""
    taken = []
    monkeypatch.setattr(throttle.time, "sleep", taken.append)
    return taken


def guess_from_many_addresses(email="alice@example.org"):
    for number in range(UNTIL_BRAKED):
        knock(Client(REMOTE_ADDR=f"192.0.2.{number}"), email=email, password="nope")


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_an_account_that_is_guessed_at_from_everywhere_becomes_slow(client, alice, naps, email):
    guess_from_many_addresses(email)
    assert naps == []

    assert "do not match" in knock(client, email=email, password="nope").content.decode()

    assert naps == [throttle.BRAKE]


def test_an_account_is_never_locked(client, alice, bob, naps):
    guess_from_many_addresses()
    guess_from_many_addresses()

    assert knock(client).status_code == 302
    naps.clear()
    assert knock(Client(), email="bob@example.org").status_code == 302
    assert naps == [], "another account's tries are as quick as ever"


def test_few_threads_are_held_back_at_once(client, alice, naps):
    guess_from_many_addresses()
    for _ in range(throttle.AT_ONCE):
        throttle._waiting.acquire()
    try:
        response = knock(client)
        assert (response.status_code, response["Retry-After"]) == (429, "1")
    finally:
        for _ in range(throttle.AT_ONCE):
            throttle._waiting.release()
    assert knock(client).status_code == 302


def test_signing_in_changes_the_session_id_and_signing_out_ends_it(client, alice):
    client.get("/sign-in")
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    knock(client)
    inside = client.session.session_key
    assert inside != before

    client.post("/sign-out")

    thief = Client()
    thief.cookies["sessionid"] = inside
    assert thief.get("/settings").status_code == 302


def test_who_reads_the_database_cannot_use_its_sessions(client, alice):
    knock(client)
    key = client.cookies["sessionid"].value
    row = Session.objects.get()

    assert key not in (row.session_key, row.session_data)
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert thief.get("/settings").status_code == 302
    assert client.get("/settings").status_code == 200


def test_a_session_of_an_older_version_is_none_any_more(client, alice):
    bare = DjangosStore()
    bare[SESSION_KEY] = str(alice.pk)
    bare[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    bare[HASH_SESSION_KEY] = alice.get_session_auth_hash()
    bare.save()
    client.cookies["sessionid"] = bare.session_key

    assert client.get("/settings").status_code == 302
    assert knock(client).status_code == 302
    assert client.cookies["sessionid"].value != bare.session_key


def test_code_that_waits_without_a_thread_finds_the_same_session(client, alice):
    knock(client)
    key = client.cookies["sessionid"].value

    assert async_to_sync(SessionStore(key).aload)()[SESSION_KEY] == str(alice.pk)
    assert async_to_sync(SessionStore().aexists)(key) is True
    async_to_sync(SessionStore(key).adelete)()
    assert not Session.objects.exists()


@pytest.mark.parametrize(("stay", "ends_with_the_browser"), [("", True), ("on", False)])
def test_the_session_ends_with_the_browser_unless_asked_to_stay(
    client, alice, stay, ends_with_the_browser
):
    knock(client, stay=stay)

    assert client.session.get_expire_at_browser_close() is ends_with_the_browser


@pytest.mark.parametrize(
    "outside",
    [
        "//evil.example",
        "https:evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "/\t/evil.example",
    ],
)
def test_signing_in_leads_to_our_own_pages_only(client, alice, outside):
    assert knock(client, next=outside)["Location"] == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(client, alice):
    asked = client.get("/settings")
    assert asked["Location"] == "/sign-in?next=/settings"
    assert 'name="next" value="/settings"' in client.get(asked["Location"]).content.decode()

    assert knock(client, next="/settings")["Location"] == "/settings"


def test_who_is_not_signed_in_is_sent_to_sign_in_also_for_what_does_not_exist(client, alice):
    assert client.get("/nothing/here")["Location"] == "/sign-in?next=/nothing/here"


def test_a_changed_password_ends_the_other_sessions(signed_in, alice):
    here, elsewhere = signed_in(alice), signed_in(alice)
    new = "a rather long one"

    response = here.post(
        "/settings/password",
        {"old_password": "secret", "new_password1": new, "new_password2": new},
    )

    assert response["Location"] == "/settings"
    assert here.get("/settings").status_code == 200
    assert elsewhere.get("/settings").status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)


def test_a_wrong_old_password_changes_nothing(signed_in, alice):
    response = signed_in(alice).post(
        "/settings/password",
        {
            "old_password": "wrong",
            "new_password1": "long enough x",
            "new_password2": "long enough x",
        },
    )

    assert response.context["form"].errors["old_password"]
    alice.refresh_from_db()
    assert alice.check_password("secret")


def test_the_door_speaks_the_browsers_language(client, alice):
    french = client.get("/sign-in", headers={"accept-language": "fr"})

    assert '<html lang="fr"' in french.content.decode()


def test_the_door_speaks_the_chosen_language(client, alice):
    client.post("/language", {"language": "fr", "next": "/sign-in"})

    assert '<html lang="fr"' in client.get("/sign-in").content.decode()


def test_a_language_that_is_none_is_not_remembered(client, alice):
    client.post("/language", {"language": "xx"})

    assert "django_language" not in client.cookies


def test_the_door_remembers_the_theme_on_the_device(client, alice):
    assert 'data-bs-theme="auto"' in client.get("/sign-in").content.decode()

    client.post("/theme", {"theme": "dark", "next": "/sign-in"})

    assert 'data-bs-theme="dark"' in client.get("/sign-in").content.decode()
