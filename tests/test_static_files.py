"""Static files: the hash in their names, how long they are kept, how they are packed."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client

from config.static_files import StaticFilesMiddleware
from messaging.models import Channel, Member

PACKED = {"accept-encoding": "gzip, deflate, br"}
STYLE = "messaging/declic.css"
FILE = Path(settings.BASE_DIR, "messaging/static", STYLE)


def body_of(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_file_is_named_by_what_is_in_it_and_kept_for_a_year() -> None:
    address = static(STYLE)

    response = Client().get(address)

    assert re.fullmatch(r"/static/messaging/declic\.[0-9a-f]{12}\.css", address)
    assert body_of(response) == FILE.read_bytes()
    assert response["Cache-Control"] == "max-age=31536000, public, immutable"


def test_every_file_that_a_page_names_is_kept_for_a_year(
    alice: Member, support: Channel, signed_in
) -> None:
    client = signed_in(alice)
    page = client.get(support.get_absolute_url()).content.decode()

    named = set(re.findall(r'"(/static/[^"#]+)', page))

    assert len(named) >= 5
    kept = {name: client.head(name)["Cache-Control"] for name in named}
    assert set(kept.values()) == {"max-age=31536000, public, immutable"}, kept


def test_a_file_is_packed_for_who_takes_it(client: Client) -> None:
    packed, plain = client.get(static(STYLE), headers=PACKED), client.get(static(STYLE))

    body = body_of(packed)
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(body) < len(FILE.read_bytes()) / 3
    assert gzip.decompress(body) == body_of(plain) == FILE.read_bytes()
    assert packed["Vary"] == plain["Vary"] == "Accept-Encoding"
    assert not plain.has_header("Content-Encoding")


def test_what_packing_makes_no_smaller_stays_as_it_is(client: Client) -> None:
    response = client.get(static("rest_framework/img/glyphicons-halflings.png"), headers=PACKED)

    assert int(response["Content-Length"]) == len(body_of(response))
    assert not response.has_header("Content-Encoding")


def test_asking_for_the_head_or_for_what_is_known_sends_no_body(client: Client) -> None:
    head = client.head(static(STYLE), headers=PACKED)
    again = client.get(static(STYLE), headers={**PACKED, "if-none-match": head["ETag"]})

    assert (head.status_code, body_of(head)) == (200, b"")
    assert (again.status_code, body_of(again)) == (304, b"")
    assert again["Cache-Control"] == head["Cache-Control"]


def test_a_part_is_one_of_the_file_itself(client: Client) -> None:
    part = client.get(static(STYLE), headers={**PACKED, "range": "bytes=10-19"})

    assert (part.status_code, body_of(part)) == (206, FILE.read_bytes()[10:20])
    assert not part.has_header("Content-Encoding")


def test_a_page_from_before_an_upgrade_gets_the_file_of_today_for_minutes(client: Client) -> None:
    response = client.get("/static/messaging/declic.0123456789ab.css")

    assert body_of(response) == FILE.read_bytes()
    assert response["Cache-Control"] == "max-age=300, public"


def test_a_name_without_hash_is_kept_for_minutes(client: Client) -> None:
    assert client.head(f"/static/{STYLE}")["Cache-Control"] == "max-age=300, public"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "nothing.css",
        "nothing.0123456789ab.css",
        "messaging",
        "messaging/",
        "messaging/.css",
        "../config/settings.py",
        "..%2fconfig%2fsettings.0123456789ab.py",
        "%00.0123456789ab.css",
        "messaging/" + "x" * 300 + ".0123456789ab.css",
        "messaging//declic.css",
    ],
)
def test_what_is_no_file_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/static/{path}").status_code in {302, 404}


def test_names_that_anybody_could_make_up_are_not_remembered() -> None:
    files = StaticFilesMiddleware(lambda request: None)

    for number in range(20):
        assert files.find_file(f"/static/messaging/declic.{number:012x}.css")
        assert not files.find_file(f"/static/messaging/nothing.{number:012x}.css")
    assert files.files == {}
    files.find_file(static(STYLE))
    assert list(files.files) == [static(STYLE)]


def test_a_file_that_is_missing_leaves_the_page_standing() -> None:
    assert static("messaging/nothing.css") == "/static/messaging/nothing.css"
    assert static("admin/img/") == "/static/admin/img/"


@pytest.mark.django_db
def test_a_page_is_packed_for_who_takes_it(alice: Member, support: Channel, signed_in) -> None:
    client = signed_in(alice)

    packed = client.get(support.get_absolute_url(), headers=PACKED)
    again = client.get(support.get_absolute_url(), headers=PACKED)

    assert packed["Content-Encoding"] == "gzip"
    assert {"Cookie", "Accept-Encoding"} <= set(packed["Vary"].split(", "))
    assert {"private", "no-store"} <= set(packed["Cache-Control"].split(", "))
    assert b"#support" in gzip.decompress(packed.content)
    assert packed.content != again.content, "nothing at random: what it weighs tells secrets"
    assert not client.get(support.get_absolute_url()).has_header("Content-Encoding")
