"""Bad input, family A: how a request is sent (to the served application, over a socket)."""

import json
from contextlib import ExitStack

import pytest

from tests.robustness.conftest import GOOD, JSON, Hook
from tests.serving import connect, read_answer, request_bytes
from tests.workflows.runs import let_a_second_pass
from workflows.models import Run

pytestmark = pytest.mark.served

CHUNKED = {**JSON, "Transfer_Encoding": "chunked"}
FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def in_chunks(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


def test_a_good_request_is_stored_and_answered_with_its_run(hook: Hook) -> None:  # A1
    assert hook.stored(hook.request()) == "x for U1"


def test_a_chunked_body_is_stored_whole(hook: Hook) -> None:  # A2
    request = request_bytes("POST", hook.path, **CHUNKED)

    assert hook.stored(request + in_chunks(GOOD, 3)) == "x for U1"


def test_a_chunked_body_that_is_empty_is_no_json(hook: Hook) -> None:  # A2
    request = request_bytes("POST", hook.path, **CHUNKED)

    assert hook.refused(request + b"0\r\n\r\n") == (400, "invalid_json")


def test_length_and_chunks_at_once_are_never_taken_for_two_requests(hook: Hook) -> None:  # A2
    """A second request that hides in the first one's body is not served."""
    hidden = request_bytes("POST", hook.path, GOOD, **JSON)
    smuggling = request_bytes("POST", hook.path, **{**CHUNKED, "Content_Length": "4"})

    answer = hook.served.raw(smuggling + b"0\r\n\r\n" + hidden)

    assert answer.status < 500
    assert Run.objects.count() == 0


def test_a_length_that_is_none_is_refused(hook: Hook, subtests) -> None:  # A3
    for length in ["-1", "+5", "1_0", "٣", "0x10", "5, 6", "9" * 30]:
        with subtests.test(length=length):
            head = f"POST {hook.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            head += f"Content-Length: {length}\r\n\r\n"

            answer = hook.served.raw(head.encode() + b'{"a":1}')

            assert answer.status in {0, 400, 413}
            assert not Run.objects.exists()


def test_senders_who_stall_keep_nobody_else_waiting(hook: Hook) -> None:  # A3
    with ExitStack() as open_ones:
        for _ in range(20):
            stalled = open_ones.enter_context(connect(hook.served.port))
            stalled.sendall(request_bytes("POST", hook.path, Content_Length="100") + b"x" * 10)

        assert [hook.send().status for _ in range(20)] == [200] * 20
    assert len(hook.messages()) == 20


def test_two_hundred_slow_heads_keep_nobody_else_waiting(hook: Hook) -> None:  # A4
    with ExitStack() as open_ones:
        slow = [open_ones.enter_context(connect(hook.served.port)) for _ in range(200)]
        for byte in hook.request()[:5]:
            for connection in slow:
                connection.sendall(bytes([byte]))
            assert hook.send().status == 200
    assert len(hook.messages()) == 5


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"", {}), (b"", {"Content_Length": "0"}), (b" ", {}), (b"\n\t \r\n", {})],
)
def test_an_empty_body_is_no_json(hook: Hook, body: bytes, headers: dict) -> None:  # A6
    assert hook.refused(hook.request(body, **headers)) == (400, "invalid_json")


def test_who_goes_before_the_answer_gets_one_message_and_none_for_a_second_try(
    hook: Hook,
) -> None:  # A7
    request = hook.request(GOOD, Idempotency_Key="once")
    with connect(hook.served.port) as connection:
        connection.sendall(request)

    answer = hook.raw(request)

    assert answer.status == 200
    assert len(hook.messages()) == 1
    assert Run.objects.get().run_id == answer.json()["run"]


def test_another_method_tells_nothing_of_the_token(hook: Hook, subtests) -> None:  # A8
    for method in [
        "GET",
        "HEAD",
        "PUT",
        "PATCH",
        "DELETE",
        "TRACE",
        "OPTIONS",
        "post",
        "Post",
        "FOO",
    ]:
        with subtests.test(method=method):
            known = request_bytes(method, hook.path, GOOD, **JSON)
            unknown = request_bytes(method, "/hooks/workflows/dhk_unknown", GOOD, **JSON)

            answers = [hook.raw(known), hook.raw(unknown)]

            assert [one.status for one in answers] == [405, 405]
            assert [one.headers["allow"] for one in answers] == ["POST", "POST"]
            assert answers[0].body == answers[1].body
            assert not Run.objects.exists()


def test_what_is_no_method_is_refused(hook: Hook, subtests) -> None:  # A8
    for method in ["GE T", "P\tOST", "", "POST POST", "<script>", "P" * 5000]:
        with subtests.test(method=method[:20]):
            answer = hook.served.raw(request_bytes(method, hook.path, GOOD, **JSON))

            assert answer.status in {0, 400, 405, 414, 501}
            assert not Run.objects.exists()
    assert hook.send().status == 200


def test_json_under_another_name_is_not_read(hook: Hook, subtests) -> None:  # A13
    for content_type in [
        "multipart/form-data; boundary=x",
        "text/xml",
        "application/xml",
        "text/html",
    ]:
        with subtests.test(type=content_type):
            request = hook.request(Content_Type=content_type)

            assert hook.refused(request) == (415, "unsupported_media_type")


@pytest.mark.parametrize("headers", [{}, {"Content_Type": "text/plain"}, {"Content_Type": ""}])
def test_json_without_a_name_is_read_as_json(hook: Hook, headers: dict) -> None:  # A13
    assert hook.stored(request_bytes("POST", hook.path, GOOD, **headers)) == "x for U1"


def test_text_that_is_no_json_is_refused_as_json(hook: Hook) -> None:  # A13
    request = hook.request(b"link=x&agent=U1", Content_Type="text/plain")

    assert hook.refused(request) == (400, "invalid_json")


def test_a_path_in_a_body_is_data_and_nothing_else(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:  # A13
    opened: list[str] = []
    real = open
    monkeypatch.setattr("builtins.open", lambda name, *a, **k: opened.append(name) or real(name))
    body = {"files": {"f": {"filepath": "/etc/passwd"}}, "link": "file:///etc/passwd"}

    text = hook.stored(hook.request(json.dumps(body).encode()))

    assert text == "file:///etc/passwd for "
    assert not any("passwd" in str(name) for name in opened)
    assert "root:" not in Run.objects.get().payload


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"link=x&agent=U1", "x for U1"),
        (b"link=a+b%26%3Cb%3E", "a b&<b> for "),
        (b'payload={"link": "y", "agent": "U2"}', "y for U2"),
        (b"payload=%7B%22link%22%3A%22z%22%7D&link=no", "z for "),
        (b"link=1&link=2", "2 for "),
        (b"=&&&=", " for "),
        (b"link=%00", "� for "),
    ],
)
def test_a_form_is_read(hook: Hook, body: bytes, text: str) -> None:  # A14
    assert hook.stored(request_bytes("POST", hook.path, body, **FORM)) == text


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"payload=%7B", "invalid_json"),
        (b"payload=", "invalid_json"),
        (b"payload=1", "invalid_payload"),
        (b"link=%ff", "invalid_json"),
        (b"link=\xff", "invalid_json"),
        (b"&".join([b"a=1"] * 2000), "invalid_json"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(hook: Hook, body: bytes, error: str) -> None:  # A14
    assert hook.refused(request_bytes("POST", hook.path, body, **FORM)) == (400, error)


def test_whatever_the_charset_says_the_bytes_are_utf_8(hook: Hook, subtests) -> None:  # A15
    for content_type in [
        "application/json; charset=utf-16",
        "application/json; charset=bogus",
        "application/json;charset=",
        "application/vnd.api+json",
        "APPLICATION/JSON",
        "text/json",
    ]:
        with subtests.test(type=content_type):
            body = '{"link": "é✓"}'.encode()

            assert hook.stored(hook.request(body, Content_Type=content_type)) == "é✓ for "
            encoded = hook.request('{"link": "é"}'.encode("utf-16"), Content_Type=content_type)
            assert hook.refused(encoded) == (400, "invalid_json")


SCRIPT = "<script>alert(1)</script>"


def test_nothing_that_a_good_request_holds_comes_back(hook: Hook) -> None:  # A16
    body = {"link": SCRIPT, "challenge": SCRIPT, SCRIPT: SCRIPT}
    target = f"{hook.path}?callback=%3Cscript%3Ealert(1)&challenge=mark"
    headers = {**JSON, "X_Mark": SCRIPT, "Origin": "https://mark.example", "Referer": SCRIPT}

    answer = hook.raw(request_bytes("POST", target, json.dumps(body).encode(), **headers))

    assert answer.status == 200
    assert set(answer.json()) == {"ok", "run"}
    assert "access-control-allow-origin" not in answer.headers
    assert "mark" not in str(answer.headers)
    assert b"script" not in answer.body


def test_nothing_that_a_bad_request_holds_comes_back(hook: Hook, subtests) -> None:  # A16
    for body in [
        b'{"challenge": "<script>alert(1)</script>"',
        b'"<script>alert(1)</script>"',
        b'{"link": {"<script>": 1}}',
        b"<script>alert(1)</script>",
        b'{"link": 1e999, "x": "<script>"}',
        b'{"a": <script>}',
    ]:
        with subtests.test(body=body):
            answer = hook.send(body)

            assert answer.status in {400, 422}
            assert b"script" not in answer.body


def test_a_path_that_is_not_quite_the_url_is_unknown(hook: Hook, subtests) -> None:  # A17
    for change in [
        lambda path: path + "/",
        lambda path: "/" + path,
        lambda path: path.replace("/workflows", "//workflows"),
        lambda path: path.replace("workflows/", "workflows//"),
        lambda path: path.replace("/dhk", "/%2e%2e/dhk"),
        lambda path: path.replace("/dhk", "/x/%2e%2e/dhk"),
        lambda path: path + "%00",
        lambda path: path + "%ff",
        lambda path: path + "%20",
        lambda path: path + "%0a",
        lambda path: path + "%2f",
        lambda path: path + ".json",
        lambda path: path[:-1],
        lambda path: path + "A",
        lambda path: path.rpartition("/")[0] + "/" + path.rpartition("/")[2].upper(),
        lambda path: path.replace("dhk_", "DHK_"),
        lambda path: path.replace("dhk_", ""),
        lambda path: "/hooks/workflows/" + "x" * 7000,
    ]:
        with subtests.test(path=change(hook.path)):
            request = request_bytes("POST", change(hook.path), GOOD, **JSON)

            assert hook.refused(request) == (404, "workflow_not_found")


def test_a_percent_encoded_letter_is_the_letter(hook: Hook) -> None:  # A17
    path = hook.path.replace("dhk_", "%64hk%5F")

    assert hook.stored(request_bytes("POST", path, GOOD, **JSON)) == "x for U1"


def test_a_query_changes_nothing(hook: Hook) -> None:  # A17
    target = f"{hook.path}?format=html&_method=DELETE&link=no&access_token=no"

    assert hook.stored(request_bytes("POST", target, GOOD, **JSON)) == "x for U1"


def test_a_method_in_a_header_or_a_form_changes_nothing(hook: Hook) -> None:  # A8
    headers = {**JSON, "X_HTTP_Method_Override": "GET"}
    assert hook.stored(request_bytes("POST", hook.path, GOOD, **headers)) == "x for U1"

    form = request_bytes("POST", hook.path, b"_method=DELETE&link=f", **FORM)
    assert hook.stored(form) == "f for "


def test_header_names_that_could_pass_for_others_are_not_read(hook: Hook) -> None:  # A7
    """`Idempotency_Key` would arrive in Django under the name of `Idempotency-Key`."""
    head = hook.request().replace(b"\r\n\r\n", b"\r\nIdempotency_Key: one\r\n\r\n", 1)

    assert "duplicate" not in hook.raw(head).json()
    assert "duplicate" not in hook.raw(head).json()
    assert len(hook.messages()) == 2


@pytest.mark.parametrize("value", ["x" * 254, "\xe9\xff", "a,b", "' OR 1=1 --", "\u0001"])
def test_any_delivery_id_is_told_from_any_other(hook: Hook, value: str) -> None:  # F64
    first = hook.served.raw(hook.request(Idempotency_Key=value))
    if first.status == 400:  # the server itself refuses such a header
        return
    hook.send(Idempotency_Key=value + "2")
    again = hook.send(Idempotency_Key=value)

    assert again.json() == {"ok": True, "run": first.json()["run"], "duplicate": True}
    assert len(hook.messages()) == 2


def test_headers_without_end_are_refused(hook: Hook) -> None:  # A4
    many = "".join(f"X-{number}: y\r\n" for number in range(20_000))
    head = f"POST {hook.path} HTTP/1.1\r\nHost: x\r\n{many}\r\n"

    answer = hook.served.raw(head.encode() + GOOD)

    assert answer.status in {0, 400, 413, 431}
    assert hook.send().status == 200
    assert len(hook.messages()) == 1


def test_what_was_refused_leaves_the_connection_in_step(hook: Hook, subtests) -> None:  # A8, A9
    """The rest of a refused body is not taken for the next request."""

    def kept_open(request: bytes) -> bytes:
        return request.replace(b"Connection: close", b"Connection: keep-alive", 1)

    large = hook.request(b" " * 3_000_000)
    for name, refused, status in (
        ("too large", large, 413),
        ("another method", large.replace(b"POST", b"GET", 1), 405),
        ("encoded", hook.request(Content_Encoding="gzip"), 415),
        ("unknown", request_bytes("POST", "/hooks/workflows/dhk_x", GOOD, **JSON), 404),
        ("a page", request_bytes("POST", "/sign-in", GOOD * 100, **JSON), 403),
    ):
        with subtests.test(name), connect(hook.served.port) as connection:
            before = len(hook.messages())
            let_a_second_pass()
            connection.sendall(kept_open(refused))
            assert read_answer(connection).status == status
            connection.sendall(hook.request())
            assert read_answer(connection).status == 200
            assert len(hook.messages()) == before + 1
