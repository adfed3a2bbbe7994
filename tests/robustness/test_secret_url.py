"""Bad input, family D and G81: the secret URL stays secret, the guessing of it is bounded."""

import contextlib
import http.client
import io
import itertools
import logging
import math
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.views.debug import get_exception_reporter_class

from tests.builders import hook_path, make_live
from tests.faults.stage import Stage
from tests.robustness.answers import hold_to_contract
from tests.robustness.conftest import GOOD, JSON, Hook
from tests.serving import HOST, RawAnswer, ServedApp, read_answer, request_bytes
from tests.workflows.runs import let_a_second_pass
from workflows import url_tokens
from workflows.services import request_url

SECRET_HEADER = "Bearer the-senders-own-secret"


# --- D46, G81: nowhere is the token written ------------------------------------------------------


@pytest.mark.served
@pytest.mark.embedded
def test_no_log_and_no_file_holds_the_token_whatever_happens(stage: Stage) -> None:  # D46, G81
    (path,) = stage.seed(1, ("say", "{{ number }}"))
    token = path.rpartition("/")[2]
    stage.server.start()

    statuses = [stage.server.raw(request).status for request in _requests(path, token)]
    _break(stage, "UPDATE workflows_workflowversion SET definition = '[]'")  # a bug in the view
    stage.server.terminate()
    stage.server.start()  # It forgets the definition that it has read.
    statuses += [stage.server.raw(request).status for request in _requests(path, token)]
    for table in ("workflows_workflowversion", "messaging_member"):  # errors of the database
        _break(stage, f"ALTER TABLE {table} RENAME TO {table}_gone")
        statuses += [stage.server.raw(request).status for request in _requests(path, token)]
    stage.server.terminate()

    assert {200, 302, 400, 404, 503} <= set(statuses)
    log = stage.server.log.read_text()
    assert "Traceback" in log, "nothing was forced"
    for secret in (token, token[4:], SECRET_HEADER):
        assert secret not in log
    for file in stage.folder.rglob("*"):
        assert not file.is_file() or token[4:].encode() not in file.read_bytes(), file


@pytest.mark.served
@pytest.mark.embedded
def test_the_backup_of_the_documentation_holds_no_token_and_can_be_started(
    stage: Stage, tmp_path: Path
) -> None:  # D46
    path, another = stage.seed(2, ("say", "{{ number }}"))
    stage.server.start()
    assert stage.server.raw(request_bytes("POST", path, b'{"number": "1"}')).status == 200
    operate = (Path(settings.BASE_DIR) / "docs" / "operate.md").read_text()
    (line,) = [one.strip() for one in operate.splitlines() if ".backup(" in one]
    subprocess.run(line.replace("python3", sys.executable, 1), shell=True, cwd=tmp_path, check=True)

    backup = tmp_path / "declic-backup.sqlite3"

    for one in (path, another):
        assert one[-20:].encode() not in backup.read_bytes()
    stage.server.kill()
    for name in ("declic.sqlite3-wal", "declic.sqlite3-shm"):
        (stage.folder / name).unlink(missing_ok=True)
    backup.replace(stage.folder / "declic.sqlite3")
    stage.server.start()
    assert stage.server.raw(request_bytes("POST", another, b'{"number": "2"}')).status == 200
    assert stage.texts() == {"1": 1, "2": 1}


def _requests(path: str, token: str) -> list[bytes]:
    secrets = {"Referer": f"http://x/{token}", "Authorization": SECRET_HEADER}
    good = b'{"number": "1"}'
    return [
        request_bytes("POST", path, good, **JSON, **secrets),
        request_bytes("POST", path, b"{", **JSON, **secrets),
        request_bytes("POST", path, b"{}", **JSON),
        request_bytes("POST", path + "/", good, **JSON),
        request_bytes("GET", path),
        request_bytes("GET", path.replace("/hooks/", "/Hooks/"), **secrets),
        request_bytes("GET", f"/workflows/{token}"),
        request_bytes("GET", f"/channels?q={token}"),
        request_bytes("GET", f"/sign-in?next={path}"),
        request_bytes("POST", f"/sign-in?next={path}", f"email={token}".encode()),
        request_bytes("GET", "/", Host=token),
        request_bytes("GET", f"/static/{token}"),
        request_bytes("GET", "/live", Cookie=f"sessionid={token}", Last_Event_ID=token),
    ]


def _break(stage: Stage, statement: str) -> None:
    database = sqlite3.connect(stage.folder / "declic.sqlite3", timeout=60)
    with contextlib.closing(database), database:
        database.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("underscore", ["_", "%5F", "%255f", "%25255F"])
def test_a_page_that_is_not_there_is_logged_without_the_token(
    alice, signed_in, underscore: str
) -> None:  # G81
    token = url_tokens.new_token()
    log = logging.getLogger("django.request")
    (handler,) = [one for one in logging.root.handlers if one.get_name() == "stderr"]
    stream = io.StringIO()
    copy = logging.StreamHandler(stream)
    copy.addFilter(handler.filters[0])
    copy.setFormatter(handler.formatter)
    log.addHandler(copy)
    try:
        path = f"/Hooks/workflows/{token.replace('_', underscore, 1)}"
        assert signed_in(alice).get(path).status_code == 404
    finally:
        log.removeHandler(copy)

    assert "Not Found: /Hooks/workflows/dhk_[hidden]" in stream.getvalue()
    assert token[4:] not in stream.getvalue()


@pytest.mark.django_db
def test_no_report_of_an_exception_holds_the_token(alice, settings) -> None:  # G81
    path = hook_path(make_live(alice))
    token = path.rpartition("/")[2]
    request = RequestFactory().post(
        path,
        {"token": token, "password": "hush-hush"},
        query_params={"next": path},
        headers={"cookie": "sessionid=hush-hush", "referer": path, "authorization": "hush-hush"},
    )
    settings.DEBUG = False
    try:
        raise ValueError(f"no such token: {token}")
    except ValueError:
        reporter = get_exception_reporter_class(request)(request, *sys.exc_info(), is_email=True)

    for report in (reporter.get_traceback_text(), reporter.get_traceback_html()):
        assert "ValueError" in report
        assert token not in report
        assert "hush-hush" not in report


@pytest.mark.django_db
def test_no_page_no_dump_and_no_name_of_a_thing_holds_the_token(
    alice, dana, support, signed_in, capsys
) -> None:  # D46
    workflow = make_live(alice, channel=support)
    token = hook_path(workflow).rpartition("/")[2]
    client = signed_in(alice)
    managed = ["detail", "edit", "publish", "regenerate", "runs", "managers", "export", "preview"]
    pages = [reverse(f"workflows:{name}", args=[workflow.pk]) for name in managed]
    pages += [
        reverse("workflows:list"),
        reverse("workflows:about", args=[workflow.app_id]),
        support.get_absolute_url(),
    ]
    seen = [client.get(page) for page in pages]
    assert [one.status_code for one in seen] == [200] * len(seen)
    client = signed_in(dana)
    client.post(reverse("workflows:join", args=[workflow.pk]))
    seen += [client.get(page) for page in _admin_pages(workflow.pk)]

    call_command("dumpdata")

    everything = "".join(one.content.decode() for one in seen) + capsys.readouterr().out
    assert "workflows.requesturl" in everything
    for secret in (token, token[4:]):
        assert secret not in everything
    for thing in (workflow.request_urls.get(), workflow):
        assert token not in str(thing) + repr(thing) + repr(vars(thing))


def _admin_pages(pk: int) -> list[str]:
    from django.contrib import admin

    listed = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    one = reverse("admin:workflows_workflow_change", args=[pk])
    return [reverse("admin:index"), *listed, one, one.replace("change", "history")]


# --- D47, D48: guessing --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_token_is_looked_up_by_its_digest_and_compared_nowhere(alice) -> None:  # D47
    """Whatever is wrong with it, the same one statement asks for a digest of it."""
    path = hook_path(make_live(alice))
    token = path.rpartition("/")[2]
    other = {"A": "B"}
    last = token[:-1] + other.get(token[-1], "A")
    first = f"{token[:4]}{other.get(token[4], 'A')}{token[5:]}"
    asked = []
    for wrong in (url_tokens.new_token(), last, first):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = Client().post(f"/hooks/workflows/{wrong}", b"{}", "application/json")
        assert answer.status_code == 404
        (query,) = [one["sql"] for one in queries]
        assert url_tokens.digest(wrong) in query
        assert wrong not in query
        asked.append(query.replace(url_tokens.digest(wrong), "").partition("retires_at")[0])

    assert len(set(asked)) == 1


ROUNDS = 400
LIMIT = 5.5  # standard deviations: one run in ten million finds such a difference by chance


def deviations(faster: int, rounds: int) -> float:
    """Return how far from half of the rounds one kind was faster, in standard deviations."""
    return abs(faster - rounds / 2) / (math.sqrt(rounds) / 2)


def largest_deviation(times: dict[str, list[int]]) -> float:
    """Return by how much the most different two kinds differ: who was faster in how many rounds.

    Only what was measured in the same round is compared, so a busy machine makes both slow.
    """
    return max(
        deviations(sum(a < b for a, b in zip(times[one], times[other], strict=True)), ROUNDS)
        for one, other in itertools.combinations(times, 2)
    )


@pytest.mark.parametrize(("slower_by", "is_found"), [(0, False), (400, True)])
def test_a_difference_of_time_would_be_found(slower_by: int, is_found: bool) -> None:
    chance = random.Random(47)
    times = {
        kind: [chance.randrange(1_000, 3_000) + extra for _ in range(ROUNDS)]
        for kind, extra in {"unknown": 0, "last": 0, "first": slower_by}.items()
    }

    assert (largest_deviation(times) > LIMIT) is is_found


@pytest.mark.served
def test_how_near_a_guess_is_shows_in_no_time(hook: Hook, settings) -> None:  # D47
    settings.DECLIC_WRONG_TOKENS = (1_000_000, 60)  # each is looked up
    other = {"A": "B"}
    good = hook.token
    kinds = {
        "unknown": lambda: url_tokens.new_token(),
        "last": lambda: good[:-1] + other.get(good[-1], "A"),
        "first": lambda: f"{good[:4]}{other.get(good[4], 'A')}{good[5:]}",
    }
    sender = http.client.HTTPConnection(HOST, hook.served.port)
    times: dict[str, list[int]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in random.sample(list(kinds), len(kinds)):
            path = f"/hooks/workflows/{kinds[kind]()}"
            begun = time.perf_counter_ns()
            sender.request("POST", path, GOOD)
            answer = sender.getresponse()
            answer.read()
            times[kind].append(time.perf_counter_ns() - begun)
            assert answer.status == 404
    sender.close()

    assert largest_deviation(times) < LIMIT


@pytest.mark.served
def test_guesses_are_put_off_and_a_good_token_is_never(hook: Hook) -> None:  # D48
    before = _rows()
    sender = http.client.HTTPConnection(HOST, hook.served.port)
    statuses = []
    for _ in range(10_000):
        sender.request("POST", f"/hooks/workflows/{url_tokens.new_token()}", GOOD)
        answer = sender.getresponse()
        answer.read()
        statuses.append(answer.status)
    sender.close()

    assert set(statuses) == {404, 429}
    minutes, rest = divmod(statuses.count(404), 60)
    assert (minutes > 0, rest) == (True, 0)  # as many again where a minute ended meanwhile
    assert statuses.count(429) > 9_000
    assert _rows() == before
    assert hook.send().status == 200
    let_a_second_pass()
    assert send_from("127.0.0.2", hook.served, hook.request()).status == 200
    unknown = request_bytes("POST", "/hooks/workflows/dhk_x", GOOD)
    assert send_from("127.0.0.3", hook.served, unknown).status == 404


@pytest.mark.served
def test_no_header_makes_a_guesser_somebody_else(hook: Hook) -> None:  # D48
    """`X-Forwarded-For` counts only from proxies that the settings name."""
    statuses = [
        hook.raw(
            request_bytes(
                "POST", "/hooks/workflows/dhk_x", GOOD, X_Forwarded_For=f"10.0.0.{number}"
            )
        ).status
        for number in range(70)
    ]

    assert 429 in statuses


def send_from(address: str, served: ServedApp, request: bytes) -> RawAnswer:
    import socket

    with socket.create_connection((HOST, served.port), 60, source_address=(address, 0)) as sender:
        sender.sendall(request)
        answer = read_answer(sender)
    hold_to_contract(answer)
    return answer


def _rows() -> int:
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        return sum(
            cursor.execute(f'SELECT count(*) FROM "{table}"') and cursor.fetchone()[0]
            for table in tables
        )


# --- D49: the pages that show it -----------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_that_shows_the_url_tells_no_other_and_is_kept_nowhere(alice, signed_in) -> None:
    """D49; the page shows it after a POST only: no address in the browser's history leads to it."""
    workflow = make_live(alice)
    client = signed_in(alice)
    for path in (f"/workflows/{workflow.pk}/url", f"/workflows/{workflow.pk}/"):
        assert request_url(workflow=workflow) not in client.get(path, follow=True).content.decode()

    shown = client.post(f"/workflows/{workflow.pk}/url")

    assert request_url(workflow=workflow) in shown.content.decode()
    assert shown["Referrer-Policy"] == "no-referrer"
    assert {"private", "no-store"} <= set(shown["Cache-Control"].split(", "))
