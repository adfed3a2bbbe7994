"""A disk that is full, a database that another holds: 503 and when to come back, never 500."""

import http.client
import json
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory

from config.hook_handler import HookHandler
from messaging.models import Message
from tests.builders import hook_path, make_live
from tests.faults.load import post
from tests.faults.small_disk import NoWrites, SmallDisk, small_disk
from tests.faults.stage import Stage, expected
from tests.serving import HOST, PATIENCE
from tests.workflows.runs import let_a_second_pass
from workflows.models import Run

pytestmark = [pytest.mark.served, pytest.mark.embedded]

TEXT = {"key": "text", "kind": "text"}
STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))


def post_for_all(port: int, path: str, number: str) -> "tuple[int, str, dict]":
    """Post; return status, Retry-After and body."""
    sending = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    sending.request(
        "POST", path, json.dumps({"number": number}), {"Content-Type": "application/json"}
    )
    answer = sending.getresponse()
    try:
        return answer.status, answer.headers.get("Retry-After", ""), json.loads(answer.read())
    finally:
        sending.close()


def refused(answer: "tuple[int, str, dict]") -> bool:
    """Tell whether it is the contract's refusal, or else that it was accepted."""
    status, retry_after, body = answer
    if status == 200:
        return False
    assert (status, body) == (503, {"ok": False, "error": "unavailable"})
    assert int(retry_after) >= 1
    return True


def fill_and_post(disk: SmallDisk, stage: Stage, paths: list[str]) -> list[str]:
    """Fill the disk and post until it is refused; return what was accepted meanwhile."""
    accepted = []
    pid = stage.server.process.pid
    disk.fill(pid)
    for count in range(100):
        number = f"full-{count}"
        time.sleep(1 / len(paths))
        if refused(post_for_all(stage.server.port, paths[count % len(paths)], number)):
            break
        accepted.append(number)
    else:
        pytest.fail("The disk was never full.")
    assert refused(post_for_all(stage.server.port, paths[-1], "refused"))
    return accepted


@pytest.mark.parametrize("is_real", [True, False], ids=["tmpfs", "no writes"])
def test_a_full_disk_is_503_and_all_goes_on_once_there_is_space(
    tmp_path: Path, is_real: bool
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        disk = disk if is_real else NoWrites(disk.folder)
        stage = Stage(disk.folder / "data")
        paths = stage.seed(12, *STEPS)
        stage.server.start()
        try:
            assert post(stage.server.port, paths[0], "first")[0] == 200
            accepted = fill_and_post(disk, stage, paths[1:])
            assert stage.ask("PRAGMA integrity_check") == [("ok",)]
            disk.free(stage.server.process.pid)

            assert post(stage.server.port, paths[-1], "last")[0] == 200
            stage.wait_until_nothing_waits()
        finally:
            stage.end()
        numbers = ["first", *accepted, "last"]
        assert stage.texts() == expected(numbers, "before {}", "after {}")


def test_a_database_held_by_another_is_waited_for_and_then_503(stage: Stage) -> None:
    paths = stage.seed(2, ("say", "{{ number }}"))
    stage.server.start()
    other = sqlite3.connect(stage.folder / "declic.sqlite3", isolation_level=None)
    answers = []

    def send(path: str, number: str) -> threading.Thread:
        def work() -> None:
            answers.append(post_for_all(stage.server.port, path, number))

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    other.execute("BEGIN IMMEDIATE")
    sending = send(paths[0], "waits")
    sending.join(0.5)
    assert sending.is_alive()
    other.execute("ROLLBACK")
    sending.join()
    assert [refused(one) for one in answers] == [False]

    other.execute("BEGIN IMMEDIATE")
    for thread in [send(path, "refused") for path in paths]:
        thread.join()
    other.execute("ROLLBACK")
    other.close()

    assert [refused(one) for one in answers] == [False, True, True]
    assert post(stage.server.port, paths[1], "next")[0] == 200
    assert stage.texts() == expected(["waits", "next"], "{}")


@pytest.mark.django_db(transaction=True)
def test_a_full_database_undoes_the_whole_request(alice, support) -> None:
    """Without a disk to fill: SQLite itself is told to take no page more."""
    live = make_live(alice, channel=support, text="{{ text }}", variables=[TEXT])
    path = hook_path(live)

    def send() -> int:
        let_a_second_pass()
        body = json.dumps({"text": "x" * 11_000})
        request = RequestFactory().post(path, body, content_type="application/json")
        return HookHandler().get_response(request).status_code

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # the pages that earlier tests left free would hold it all
    pragma(f"max_page_count = {pragma('page_count') + 60}")
    try:
        statuses = [send() for _ in range(12)]
    finally:
        pragma(f"max_page_count = {2**30}")

    assert set(statuses) == {200, 503}
    stored = Message.objects.filter(channel=support).count()
    assert stored == Run.objects.count() == statuses.count(200)
    assert send() == 200
    assert pragma("integrity_check") == "ok"


def pragma(what: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {what}")
        return cursor.fetchone()[0]
