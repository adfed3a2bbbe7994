"""Bad input, B32: every real body, posted to the served application; no run is lost."""

import csv
import http.client
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.models import Message
from tests.builders import hook_path, make_live
from tests.serving import HOST, PATIENCE
from tests.workflows.runs import let_a_second_pass
from workflows.models import Run

pytestmark = [pytest.mark.served, pytest.mark.payloads]

WORKFLOWS = 20
VARIABLES = [  # keys that many services send, of whatever kind
    {"key": key, "kind": kind}
    for key, kind in {"action": "text", "id": "text", "user": "text", "sender": "member"}.items()
]
TEXT = "{{ action }} {{ id }} {{ user }} {{ sender }}"
TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", "text/json", None]


@pytest.fixture(scope="module")
def bodies(payload_folder: Path) -> list[tuple[str, bytes]]:
    with (payload_folder / "index.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["file"], (payload_folder / row["file"]).read_bytes()) for row in rows]


def test_no_real_body_is_lost_or_breaks_anything(
    served_app, settings, alice, support, bodies: list[tuple[str, bytes]]
) -> None:
    settings.DECLIC_FLOOD_RATE = "100000/s"
    paths = [
        hook_path(make_live(alice, channel=support, variables=VARIABLES, text=TEXT))
        for _ in range(WORKFLOWS)
    ]

    answers = dict(post_all(served_app.port, paths, bodies))

    counts = Counter(status for status, _ in answers.values())
    assert set(counts) <= {200, 422}, [
        name for name, (status, _) in answers.items() if status > 422
    ]
    assert counts[200] > len(bodies) * 0.5
    runs = set(Run.objects.values_list("run_id", flat=True))
    assert runs == {body["run"] for status, body in answers.values() if status == 200}
    assert Run.objects.filter(status=Run.Status.SUCCEEDED).count() == counts[200]
    assert Message.objects.filter(channel=support).count() == counts[200]
    for status, body in answers.values():
        if status == 422:
            assert {one["problem"] for one in body["details"]} <= {"not_text", "not_a_member"}


def test_no_real_body_is_refused_where_nothing_is_asked_of_it(
    served_app, settings, alice, support, bodies: list[tuple[str, bytes]]
) -> None:
    settings.DECLIC_FLOOD_RATE = "100000/s"
    paths = [
        hook_path(make_live(alice, channel=support, variables=[], text="Something happened"))
        for _ in range(WORKFLOWS)
    ]

    answers = dict(post_all(served_app.port, paths, bodies))

    refused = {name: status for name, (status, _) in answers.items() if status != 200}
    assert refused == {}
    assert Run.objects.count() == Message.objects.filter(channel=support).count() == len(bodies)


def post_all(
    port: int, paths: list[str], bodies: list[tuple[str, bytes]]
) -> Iterator[tuple[str, tuple[int, dict]]]:
    """Post each body once, to the workflows in turn, under the types that services use in turn."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    for number, (name, body) in enumerate(bodies):
        if number % len(paths) == 0:
            let_a_second_pass()
        content_type = TYPES[number % len(TYPES)]
        headers = {"Content-Type": content_type} if content_type else {}
        connection.request("POST", paths[number % len(paths)], body, headers)
        answer = connection.getresponse()
        yield name, (answer.status, json.loads(answer.read()))
    connection.close()
