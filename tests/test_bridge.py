"""The way from the socket to Django, tried over the socket."""

import json
import threading

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config import bridge, request_body
from config.hook_handler import is_hook_path
from tests.serving import RawAnswer, ServedApp, connect, read_answer, request_bytes
from workflows.server import serving

pytestmark = pytest.mark.served

CONTRACT_HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
HOOK = "/hooks/workflows/dhk_nobody-has-this"

gate = threading.Event()
closed: list[str] = []


@csrf_exempt
@login_not_required
def echo(request: HttpRequest) -> HttpResponse:
    meta = {key: value for key, value in request.META.items() if isinstance(value, str)}
    return JsonResponse(
        {
            "path": request.path_info,
            "length": len(request.body),
            "method": request.META["declic.method"],
            "meta": meta,
            "query": request.GET.dict(),
            "cookies": request.COOKIES,
        }
    )


@login_not_required
def wait(request: HttpRequest) -> HttpResponse:
    gate.wait(30)
    return HttpResponse("waited")


@login_not_required
def stream(request: HttpRequest) -> StreamingHttpResponse:
    response = StreamingHttpResponse(b"x" * 1000 for _ in range(1000))
    response._resource_closers.append(lambda: closed.append("stream"))
    return response


@login_not_required
def broken_stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks():
        yield b"x" * bridge.CHUNK_BYTES
        gate.wait(30)  # until the first part was read
        raise RuntimeError("a secret of the server")

    response = StreamingHttpResponse(chunks())
    response._resource_closers.append(lambda: closed.append("broken"))
    return response


urlpatterns = [
    path("echo", echo),
    path("broken-stream", broken_stream),
    path("wait", wait),
    path("stream", stream),
    path("échö", echo),
]


@pytest.fixture
def pages(settings, served_app: ServedApp) -> ServedApp:
    """The served application with the pages above instead of the real ones."""
    settings.ROOT_URLCONF = __name__
    settings.HOOK_URLCONF = "config.hook_urls"
    gate.clear()
    closed.clear()
    yield served_app
    gate.set()


def assert_refused(answer: RawAnswer, status: int, error: str) -> None:
    assert (answer.status, answer.json()["error"]) == (status, error)
    assert answer.json()["ok"] is False
    assert {name: answer.headers.get(name) for name in CONTRACT_HEADERS} == CONTRACT_HEADERS


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/hooks/", True),
        ("/hooks/workflows/x", True),
        ("//hooks//workflows/x", True),
        ("///hooks/", True),
        ("/hooks", False),
        ("/hooksx/", False),
        ("/a/hooks/", False),
        ("/HOOKS/", False),
        ("", False),
    ],
)
def test_paths_under_hooks_are_told_from_others(path: str, expected: bool) -> None:
    assert is_hook_path(path) is expected


@pytest.mark.parametrize(
    "method",
    ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "post", "Post", "FOO"],
)
def test_any_method_but_post_is_refused_alike(served_app: ServedApp, method: str) -> None:
    answer = served_app.raw(request_bytes(method, HOOK, b'{"a": 1}'))

    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    if method != "HEAD":
        assert_refused(answer, 405, "method_not_allowed")


@pytest.mark.parametrize(
    "target",
    [
        HOOK,
        HOOK + "/",
        "//hooks/workflows/x",
        "/hooks//workflows/x",
        "/hooks/",
        "/hooks/other",
        "/%68ooks/workflows/x",
        "/hooks/workflows/%2e%2e",
        "/hooks/workflows/%00",
        "/hooks/workflows/%ff",
        "/hooks/workflows/x%20",
        "/hooks/workflows/../../echo",
    ],
)
def test_what_no_route_matches_is_unknown_and_never_a_redirect(
    served_app: ServedApp, target: str
) -> None:
    assert_refused(served_app.raw(request_bytes("POST", target, b"{}")), 404, "workflow_not_found")


def test_a_body_over_the_limit_is_refused_for_any_token(served_app: ServedApp, settings) -> None:
    body = b" " * (settings.DECLIC_MAX_BODY_BYTES + 1)

    assert_refused(served_app.raw(request_bytes("POST", HOOK, body)), 413, "payload_too_large")


def test_a_chunked_body_over_the_limit_is_refused(served_app: ServedApp, settings) -> None:
    size = settings.DECLIC_MAX_BODY_BYTES + 1
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b" " * size)
    request = request_bytes(
        "POST", HOOK, Transfer_Encoding="chunked", Content_Type="application/json"
    )

    assert_refused(served_app.raw(request + body), 413, "payload_too_large")


def test_a_sender_who_asks_first_is_refused_before_it_sends(
    served_app: ServedApp, settings
) -> None:
    length = str(settings.DECLIC_MAX_BODY_BYTES + 1)
    request = request_bytes("POST", HOOK, Content_Length=length, Expect="100-continue")

    assert_refused(served_app.raw(request), 413, "payload_too_large")


def test_a_stalled_sender_is_let_go_of_and_holds_no_thread(
    pages: ServedApp, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "SECONDS", 3.0)
    request = request_bytes("POST", HOOK, Content_Length="100")
    stalled = [connect(pages.port) for _ in range(settings.DECLIC_THREADS * 2)]
    for connection in stalled:
        connection.sendall(request + b"{")

    assert pages.raw(request_bytes("GET", "/echo")).status == 200
    for connection in stalled:
        assert_refused(read_answer(connection), 408, "request_timeout")
        connection.close()


def test_a_body_that_ends_early_reaches_no_handler(pages: ServedApp) -> None:
    request = request_bytes("POST", HOOK, Transfer_Encoding="chunked")

    assert_refused(pages.raw(request + b"zz\r\n"), 400, "invalid_json")


def test_a_sender_who_goes_away_leaves_the_server_well(pages: ServedApp) -> None:
    with connect(pages.port) as connection:
        connection.sendall(request_bytes("POST", "/echo", Content_Length="100") + b"abc")

    assert pages.raw(request_bytes("GET", "/echo")).status == 200


def test_a_chunked_body_arrives_whole_with_its_length(pages: ServedApp) -> None:
    request = request_bytes("POST", "/echo", Transfer_Encoding="chunked")

    answer = pages.raw(request + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n").json()

    assert answer["length"] == 11
    assert answer["meta"]["CONTENT_LENGTH"] == "11"
    assert "HTTP_TRANSFER_ENCODING" not in answer["meta"]


def test_the_request_reaches_django_as_wsgi_wants_it(pages: ServedApp) -> None:
    request = (
        b"GET /%C3%A9ch%c3%b6?a=%20b&c=d HTTP/1.1\r\nHost: 127.0.0.1\r\nX_Real_Ip: forged\r\n"
        b"X-Twice: 1\r\nX-Twice: 2\r\nCookie: a=1\r\nCookie: b=2\r\n"
        b"Content-Type: text/x\r\nConnection: close\r\n\r\n"
    )

    answer = pages.raw(request).json()

    assert answer["path"] == "/échö"
    assert answer["query"] == {"a": " b", "c": "d"}
    assert answer["cookies"] == {"a": "1", "b": "2"}
    assert answer["meta"]["HTTP_X_TWICE"] == "1,2"
    assert answer["meta"]["CONTENT_TYPE"] == "text/x"
    assert answer["meta"]["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_X_REAL_IP" not in answer["meta"]


def test_the_method_is_seen_as_it_was_sent(pages: ServedApp) -> None:
    assert pages.raw(request_bytes("get", "/echo")).json()["method"] == "get"


def test_a_streamed_answer_arrives_whole_and_is_closed(pages: ServedApp) -> None:
    with pages.client() as client:
        answer = client.get("/stream")

    assert len(answer.content) == 1_000_000
    assert closed == ["stream"]


def test_a_stream_that_breaks_off_is_cut_short_and_answered_once(
    pages: ServedApp, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(pages.port) as connection:
        connection.sendall(request_bytes("GET", "/broken-stream"))
        received = connection.recv(1000)
        gate.set()
        while more := connection.recv(65536):
            received += more

    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.count(b"HTTP/1.1 ") == 1
    assert not received.endswith(b"\r\n0\r\n\r\n"), "what is cut short looks whole"
    assert b"secret" not in received
    assert closed == ["broken"]
    assert "An answer broke off: RuntimeError" in caplog.text
    assert pages.raw(request_bytes("GET", "/echo")).status == 200


def test_the_head_of_a_streamed_answer_has_no_body_and_is_closed(pages: ServedApp) -> None:
    with pages.client() as client:
        answer = client.head("/stream")

    assert (answer.status_code, answer.content, closed) == (200, b"", ["stream"])


def test_pages_that_take_long_leave_threads_to_hooks(
    pages: ServedApp, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes = pages.server.application.lanes
    monkeypatch.setattr(lanes.pages, "backlog", settings.DECLIC_THREADS)
    waiting = [connect(pages.port) for _ in range(lanes.pages.most + settings.DECLIC_THREADS)]
    for connection in waiting:
        connection.sendall(request_bytes("GET", "/wait"))
    while len(lanes.pages._waiting) < settings.DECLIC_THREADS:
        pass

    hooks = [pages.raw(request_bytes("POST", HOOK, b"{}")) for _ in range(3)]
    page = pages.raw(request_bytes("GET", "/echo"))
    gate.set()

    assert [hook.status for hook in hooks] == [404, 404, 404]
    assert (page.status, page.headers["retry-after"]) == (503, "5")
    assert [read_answer(connection).body for connection in waiting] == [b"waited"] * len(waiting)
    for connection in waiting:
        connection.close()


def test_a_server_that_is_told_to_end_does_whatever_hangs(
    pages: ServedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "FINISH_SECONDS", 0.1)
    monkeypatch.setattr(serving, "THREADS_SECONDS", 0.1)
    with connect(pages.port) as connection:
        connection.sendall(request_bytes("GET", "/wait"))
        while not pages.server.application.lanes.hooks._pending:
            pass

        pages.server.stop()
        pages._thread.join(8)

        assert not pages._thread.is_alive()
        assert not gate.is_set()


def test_more_hooks_than_can_wait_are_sent_away_to_come_again(
    pages: ServedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pages.server.application.lanes.hooks
    monkeypatch.setattr(pool, "backlog", -pool.size)

    hook = pages.raw(request_bytes("POST", HOOK, b"{}"))

    assert_refused(hook, 503, "unavailable")
    assert hook.headers["retry-after"] == "5"


def test_a_handler_that_raises_shows_nothing(
    pages: ServedApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr(pages.server.application.bridge, "pages", fail)
    monkeypatch.setattr(pages.server.application.bridge, "hooks", fail)

    page = pages.raw(request_bytes("GET", "/echo"))
    hook = pages.raw(request_bytes("POST", HOOK, b"{}"))

    assert page.status == 503
    assert b"secret" not in page.body + hook.body
    assert_refused(hook, 503, "unavailable")


def test_nothing_that_is_sent_comes_back_in_a_refusal(served_app: ServedApp) -> None:
    mark = "<script>mark</script>"
    target = f"{HOOK}%3Cscript%3Emark?{'%3Cscript%3Emark'}"
    request = request_bytes("POST", target, json.dumps({"challenge": mark}).encode(), X_Mark=mark)

    answer = served_app.raw(request)

    assert_refused(answer, 404, "workflow_not_found")
    assert b"mark" not in answer.body
    assert "mark" not in str(answer.headers)


def test_streams_are_taken_in_chunks() -> None:
    chunks = iter([b"x" * bridge.CHUNK_BYTES, b"y", b"z"])

    assert bridge.take_chunk(chunks) == b"x" * bridge.CHUNK_BYTES
    assert bridge.take_chunk(chunks) == b"yz"
    assert bridge.take_chunk(chunks) == b""


def test_a_hook_sends_no_signals_of_its_start_and_end(served_app: ServedApp) -> None:
    """They cost more than the token's look-up; connections are looked after all the same."""
    heard: list[str] = []

    def hear(signal: object, environ: object = None, **_: object) -> None:
        heard.append("started" if signal is request_started else "finished")

    for signal in (request_started, request_finished):
        signal.connect(hear)
    try:
        assert_refused(
            served_app.raw(request_bytes("POST", HOOK, b"{}")), 404, "workflow_not_found"
        )
        assert heard == []
        served_app.raw(request_bytes("GET", "/sign-in"))
        assert heard == ["started", "finished"]
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(hear)
