"""Bad input to pages: whatever stands in an address or a form, no page breaks."""

import json
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from django.utils.http import urlencode

from tests.route_table import ADMIN, MANAGER, WAYS, Way, World
from tests.test_routes import address, undone

pytestmark = pytest.mark.django_db

# Names that views read from an address or a form.
NAMES = (
    *("q", "page", "show", "before", "after", "key", "channel", "in", "next", "test", "fill"),
    *("status", "when", "trigger", "kind", "from", "to", "renamed", "variable", "workflow"),
    *("name", "text", "topic", "person", "pasted", "old", "new", "pending", "version", "ready"),
    *("reviewed", "note", "email", "password", "language", "theme", "time_zone", "display_name"),
    *("icon", "description", "use", "overlap", "use_json", "code", "workspace_name"),
    *(f"{part}-{name}" for part in ("f", "base") for name in ("name", "text", "channel", "key")),
    *(f"{part}-{name}" for part in ("f", "base") for name in ("seconds", "person", "default")),
)
HOSTILE = (
    "a\0b",
    "\ud800",
    "-1",
    "9" * 19,
    "9" * 5000,
    "٣",
    "\r\nSet-Cookie: a=b",
    "'; DROP TABLE messaging_member; -- {{ x }}" + "[" * 10_000,
    "//evil.example",
)


def encoded(fields: dict[str, str]) -> str:
    """Encode a form as a hostile sender does: half a pair of surrogates as its three bytes."""
    return urlencode(
        {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
    )


def forms(way: Way) -> Iterator[dict[str, str]]:
    """Yield forms of hostile values: half of the pairs of name and value, the next way the rest."""
    names = [*NAMES, *way.data]
    for turn in range(WAYS.index(way) % 2, len(HOSTILE), 2):
        spoiled = {name: HOSTILE[(at + turn) % len(HOSTILE)] for at, name in enumerate(names)}
        yield {**way.data, **spoiled}


@pytest.fixture
def world() -> World:
    return World()


def try_out(client: Client, way: Way, path: str, form: dict[str, str]) -> tuple[int, str]:
    with undone():
        response = client.generic(
            way.method,
            path,
            encoded(form) if way.method == "POST" else "",
            "application/x-www-form-urlencoded",
        )
        if response.streaming:
            b"".join(response.streaming_content)
        return response.status_code, response.get("Location", "")


def test_no_page_breaks_of_what_stands_in_its_address_or_form(world: World, subtests) -> None:
    """Nor does one lead away from here."""
    for way in WAYS:
        role = MANAGER if MANAGER in way.may else ADMIN
        if role not in way.may or way.route in {"messaging:sign_out", "messaging:password"}:
            continue
        client = client_of(world, role)
        path = address(way, world.keys(way.about)).partition("?")[0]
        with subtests.test(way=str(way), role=role):
            for form in forms(way):
                query = f"?{encoded(form)}" if way.method == "GET" else ""
                status, location = try_out(client, way, path + query, form)
                shown = {name: value[:40] for name, value in form.items()}
                assert status < 500, shown
                assert not location.startswith(("//", "http", "/\\")), shown


def test_no_page_breaks_of_the_keys_in_its_path(world: World, subtests) -> None:
    client = client_of(world, MANAGER)
    for way in {one.route: one for one in WAYS if one.about}.values():
        keys = {str(value) for value in world.keys(way.about).values()}
        path = address(way, world.keys(way.about)).partition("?")[0]
        with subtests.test(way=str(way)):
            for value in ("0", "9" * 19, "9" * 30, "9" * 5000, "%00", "A%00", "%ff", "A" * 40):
                parts = [value if part in keys else part for part in path.split("/")]
                assert try_out(client, way, "/".join(parts), {})[0] < 500, value


def client_of(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[role])
    return client


def test_the_admin_does_not_break_of_what_is_asked_of_it(world: World, subtests) -> None:
    client = client_of(world, ADMIN)
    models = ("messaging/member", "messaging/channel", "workflows/workflow", "workflows/run")
    queries = [
        f"?{name}={value}" for value in ("%00", "9" * 30, "%ff", "'") for name in ("q", "p", "o")
    ]
    queries += ["?id__exact=%00", "?status__exact=%00", "?password__startswith=a", "?_to_field=x"]
    for model in models:
        for path in ["", "0/change/", "9" * 30 + "/change/", "%00/change/", "x/change/", *queries]:
            with subtests.test(model=model, path=path[:40]), undone():
                response = client.get(f"/admin/{model}/{path}")
                assert response.status_code in {200, 302, 400, 404}


def test_nul_is_replaced_on_every_database(alice, signed_in) -> None:
    """PostgreSQL takes none; SQLite would, and so would hide that a page breaks."""
    form = {"display_name": "Al\0ice", "time_zone": "UTC", "theme": "auto", "language": ""}

    answer = signed_in(alice).post("/settings?q=\0", form)

    alice.refresh_from_db()
    assert answer.status_code == 302
    assert alice.display_name == "Al\N{REPLACEMENT CHARACTER}ice"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded; charset=utf-16", b"text=a"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 5000)),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=" + "x" * 300, b"x"),
        ("multipart/form-data; boundary=x", b"".join([b"--x\r\nA: b\r\n\r\n"] * 3000)),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 3000),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_with_a_page(
    support, alice, signed_in, content_type: str, body: bytes
) -> None:
    client = signed_in(alice)
    client.raise_request_exception = False
    path = f"{support.get_absolute_url()}/send"

    answer = client.post(path, body, content_type)

    assert answer.status_code in {400, 422}
    if answer.status_code == 400:
        assert "This request could not be read" in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


HALF = "\ud800"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"name": HALF},
        {HALF: 1},
        {"name": "\0"},
        {"variables": [{"key": "a", "kind": "text", HALF: "x"}]},
        {"variables": [{"key": HALF, "kind": "text", "default": "\0"}]},
        {"variables": [{"key": f"k{number}", "kind": "text"} for number in range(5000)]},
        {"steps": [{"kind": HALF, "config": {}}]},
        {"steps": [{"kind": "wait", "config": {"seconds": 10**4000}}]},
        {"steps": [{"kind": "wait", "config": {"seconds": 60}}] * 2000},
        {"steps": [{"kind": "send_message", "config": {"channel": "a\0", "text": HALF}}]},
        {"steps": [{"kind": "send_message_to_person", "config": {"person": "\0@x", "text": ""}}]},
        {"trigger": {"kind": "shortcut", "channel": {"a": 1}}},
        {"icon": ":" + "x" * 5000 + ":"},
    ],
)
def test_no_file_that_is_imported_breaks_anything(alice, signed_in, spoiled) -> None:
    file = {"name": "x", "trigger": {"kind": "webhook"}, **spoiled}
    client = signed_in(alice)
    client.raise_request_exception = False

    answer = client.post("/workflows/import", {"text": json.dumps(file)}, follow=True)

    assert answer.status_code in {200, 422}


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 900, "NaN", "\ufeff{}", "", "1e999", "\ud800", "null"]
)
def test_what_is_no_file_is_said_to_be_none(alice, signed_in, text: str) -> None:
    sent = text.encode("utf-8", "surrogatepass")
    form = f"text={quote_from_bytes(sent)}"

    answer = signed_in(alice).post("/workflows/import", form, "application/x-www-form-urlencoded")

    assert answer.status_code == 422
