"""Every route that is served, tried as everybody: who may, may; to others nothing is there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from tests.route_table import EVERYBODY, READERS, WAYS, Way, World

MISSING = {  # IDs that no object has, by the names that routes use
    "channel_id": "CNOTHING000",
    "member_id": "UNOTHING000",
    "run_id": "RNOTHING0000000",
    "key": 9_999_999,
    "step_key": 9_999_999,
    "variable_key": 9_999_999,
    "removed_key": 9_999_999,
    "sample_key": 9_999_999,
    "number": 9_999_999,
    "pk": 9_999_999,
}
SIGN_IN = "/sign-in?next="
HARMLESS_TABLES = ("django_session", "django_content_type")

pytestmark = pytest.mark.django_db


def named_routes(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace or ""]))
            yield from named_routes(pattern, inner)
        else:
            yield ":".join(filter(None, [namespace, pattern.name or str(pattern.pattern)])), pattern


ROUTES = dict(named_routes(get_resolver(settings.ROOT_URLCONF)))
# The hook answers by its own contract (tests/workflows); of Django's admin, its own tests try
# what it shows to whom, and its index stands for the rest here.
OUR_ROUTES = {
    name
    for name in ROUTES
    if name not in {"hook", "hooks:hook"}
    and not (name.startswith("admin:") and name != "admin:index")
}


def address(way: Way, keys: dict[str, Any]) -> str:
    names = ROUTES[way.route].pattern.converters
    path = reverse(way.route, kwargs={name: keys[name] for name in names})
    return f"{path}?{way.query}" if way.query else path


def use(client: Client, way: Way, keys: dict[str, Any]) -> HttpResponse:
    return client.generic(
        way.method,
        address(way, keys),
        data=urlencode(way.data),
        content_type="application/x-www-form-urlencoded",
    )


def writes(queries: CaptureQueriesContext) -> list[str]:
    found = [query["sql"] for query in queries if re.match(r"INSERT|UPDATE|DELETE", query["sql"])]
    return [sql for sql in found if not any(table in sql for table in HARMLESS_TABLES)]


def without_differences(response: HttpResponse, path: str) -> str:
    """Return the page without what two requests for nothing differ in anyway."""
    text = response.content.decode().replace(path, "")
    text = re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", text)
    # On PostgreSQL the position names the keys that may still be committed, as time goes by.
    return re.sub(r'data-live-since="[^"]*"', "", text)


def one_of(roles: frozenset[str]) -> list[str]:
    """Return one role, where the answer does not depend on which."""
    return sorted(roles)[:1]


@contextmanager
def undone() -> Iterator[None]:
    """Take back what happens inside: the next role finds the world as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world() -> World:
    return World()


class SignedIn:
    """Returns the client of a role, always with the session from the start: a try may end it."""

    def __init__(self, world: World, **options: bool) -> None:
        self._clients: dict[str, Client] = {}
        self._cookies: dict[str, str] = {}
        for role, person in world.people.items():
            client = self._clients[role] = Client(**options)
            client.force_login(person)
            self._cookies[role] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def __call__(self, role: str) -> Client:
        client = self._clients[role]
        client.cookies.clear()
        client.cookies[settings.SESSION_COOKIE_NAME] = self._cookies[role]
        return client


@pytest.fixture
def client_as(world: World) -> SignedIn:
    return SignedIn(world)


def test_the_table_knows_every_route_that_is_served() -> None:
    assert {way.route for way in WAYS} == OUR_ROUTES


def test_who_may_use_a_route_is_answered(
    world: World, client_as: SignedIn, subtests: pytest.Subtests
) -> None:
    for way in WAYS:
        for role in sorted(way.may):
            with subtests.test(way=str(way), role=role), undone():
                response = use(client_as(role), way, world.keys(way.about))
                assert response.status_code < 400 or response.status_code == 422
                assert not response.get("Location", "").startswith(SIGN_IN)


def test_who_may_not_is_told_that_nothing_is_there(
    world: World, client_as: SignedIn, subtests: pytest.Subtests
) -> None:
    for way in WAYS:
        keys, missing = world.keys(way.about), {**world.keys(way.about), **MISSING}
        for role in sorted(EVERYBODY - way.may):
            with subtests.test(way=str(way), role=role), undone():
                with CaptureQueriesContext(connection) as queries:
                    response = use(client_as(role), way, keys)
                assert response.status_code == 404
                assert b"A secret plan" not in response.content
                assert writes(queries) == []
                if role not in READERS.get(way.about, way.may):
                    nothing = use(client_as(role), way, missing)
                    shown = without_differences(response, address(way, keys))
                    assert shown == without_differences(nothing, address(way, missing))


def test_what_does_not_exist_is_not_found_by_anybody(
    world: World, client_as: SignedIn, subtests: pytest.Subtests
) -> None:
    for way in WAYS:
        for role in one_of(way.may) if way.about else []:
            with subtests.test(way=str(way), role=role), undone():
                missing = {**world.keys(way.about), **MISSING}
                assert use(client_as(role), way, missing).status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in_whatever_exists(
    world: World, subtests: pytest.Subtests
) -> None:
    for way in WAYS:
        if way.is_open:
            continue
        for keys in (world.keys(way.about), {**world.keys(way.about), **MISSING}):
            with subtests.test(way=str(way), keys=keys), undone():
                with CaptureQueriesContext(connection) as queries:
                    response = use(Client(), way, keys)
                assert response.status_code == 302
                assert response["Location"].partition("?")[0] in {"/sign-in", "/admin/login/"}
                assert response.content == b""
                assert writes(queries) == []


def test_only_the_open_routes_answer_who_is_not_signed_in(
    world: World, subtests: pytest.Subtests
) -> None:
    for way in WAYS:
        if way.is_open:
            with subtests.test(way=str(way)), undone():
                response = use(Client(), way, {})
                assert not response.get("Location", "").startswith(SIGN_IN)
                assert response.status_code < 400


def test_a_form_from_elsewhere_changes_nothing(world: World, subtests: pytest.Subtests) -> None:
    client_as = SignedIn(world, enforce_csrf_checks=True)
    for way in WAYS:
        for role in one_of(way.may) if way.method == "POST" else []:
            with subtests.test(way=str(way), role=role), undone():
                with CaptureQueriesContext(connection) as queries:
                    response = use(client_as(role), way, world.keys(way.about))
                assert response.status_code == 403
                assert writes(queries) == []


def test_following_a_link_never_does_what_a_form_does(
    world: World, client_as: SignedIn, subtests: pytest.Subtests
) -> None:
    for way in WAYS:
        for role in one_of(way.may) if way.method == "POST" else []:
            with subtests.test(way=str(way), role=role), undone():
                path = address(way, world.keys(way.about))
                with CaptureQueriesContext(connection) as queries:
                    response = client_as(role).get(path, way.data)
                assert response.status_code in {200, 302, 405}
                assert writes(queries) == []
