"""The hook's contract, case by case, and what is left in the store."""

import json

import pytest
from django.db.models import QuerySet
from django.test import Client

from messaging.models import Message
from tests.builders import hook_path, make_live, make_member
from tests.workflows.runs import later
from workflows.models import HookClock, RequestURL, Run, StepRun
from workflows.models.request_url import LONG_AGO
from workflows.services import unpublish_workflow

pytestmark = pytest.mark.django_db

EXAMPLE = {"support_ticket_link": "Exemple de texte", "assigned_support_agent": "U123456789"}


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support)


def post(path, body=EXAMPLE, content_type="application/json", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client().post(path, data, content_type=content_type, headers=headers)


def let_a_second_pass():
    HookClock.objects.update(last_accepted_at=LONG_AGO)


def test_the_example_of_the_help_page_is_posted_as_it_stands(live, support):
    answer = post(hook_path(live))

    run = Run.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "run": run.run_id}
    message = Message.objects.get(channel=support)
    assert message.text == "New ticket Exemple de texte for U123456789"
    assert (message.app, message.member) == (live.app, None)
    assert run.status == Run.Status.SUCCEEDED
    assert run.version == live.published_version
    assert StepRun.objects.get().output == {"message": message.pk}


def test_a_member_is_mentioned(live, support):
    make_member("Camille", member_id="U123456789")

    post(hook_path(live))

    message = Message.objects.get(channel=support)
    assert message.text == "New ticket Exemple de texte for @Camille"
    assert {"t": "user", "id": "U123456789", "as": "mention"} in message.body[0]["c"]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'"x"', 400, "invalid_payload"),
        (b'{"support_ticket_link": {}}', 422, "invalid_variables"),
        (b"[" * 1000, 400, "invalid_json"),
        (b"\xff", 400, "invalid_json"),
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_stored(live, body, status, error):
    answer = post(hook_path(live), body)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert not Run.objects.exists()
    assert not Message.objects.exists()


def test_names_but_never_values_are_in_the_refusal(live):
    answer = post(hook_path(live), {"support_ticket_link": ["hush"]})

    assert answer.json()["details"] == [{"key": "support_ticket_link", "problem": "not_text"}]
    assert b"hush" not in answer.content


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "text/xml", "image/png"]
)
def test_another_type_is_refused(live, content_type):
    assert post(hook_path(live), content_type=content_type).status_code == 415


@pytest.mark.parametrize("encoding", ["gzip", "identity", "utf-8", ""])
def test_an_encoded_body_is_refused(live, encoding):
    assert post(hook_path(live), content_encoding=encoding).status_code == 415


def test_a_body_over_the_bound_is_refused_for_any_token(live, settings):
    settings.DECLIC_MAX_BODY_BYTES = 10

    assert post(hook_path(live)).status_code == 413
    assert post("/hooks/workflows/dhk_unknown").status_code == 413


def test_a_body_of_unknown_length_is_never_taken_as_empty(live):
    form = "application/x-www-form-urlencoded"
    chunked = Client().generic(
        "POST", hook_path(live), b"", form, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )

    assert chunked.status_code == 411
    assert not Run.objects.exists()


def test_form_fields_are_the_keys(live, support):
    answer = post(
        hook_path(live), "support_ticket_link=a+b", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200
    assert Message.objects.get(channel=support).text == "New ticket a b for "


def test_unknown_malformed_retired_and_unpublished_answer_alike(alice, live):
    path = hook_path(live)
    RequestURL.objects.update(retired_at=LONG_AGO)
    retired = post(path)
    RequestURL.objects.update(retired_at=None)
    unpublish_workflow(workflow=live, by=alice)
    answers = [retired, post(path), post("/hooks/workflows/dhk_no"), post("/hooks/workflows/x")]

    assert {one.status_code for one in answers} == {404}
    assert {one.content for one in answers} == {b'{"ok": false, "error": "workflow_not_found"}'}
    assert not Run.objects.exists()


def test_wrong_tokens_of_one_address_are_bounded_and_a_good_one_never_is(live, settings):
    settings.DECLIC_WRONG_TOKENS = (3, 60)

    wrong = [post(f"/hooks/workflows/dhk_wrong{number}").status_code for number in range(5)]

    assert wrong == [404, 404, 404, 429, 429]
    assert post(hook_path(live)).status_code == 200


def test_the_second_request_within_a_second_is_refused(live):
    path = hook_path(live)
    assert post(path).status_code == 200

    answer = post(path)

    assert (answer.status_code, answer.json()["error"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "1"
    assert Run.objects.count() == Message.objects.count() == 1
    let_a_second_pass()
    assert post(path).status_code == 200


def test_refused_requests_do_not_use_the_second(live):
    path = hook_path(live)

    assert post(path, b"{").status_code == 400
    assert post(path, {"support_ticket_link": {}}).status_code == 422
    assert post(path).status_code == 200


def test_a_clock_that_was_set_back_locks_nobody_out(live):
    import datetime

    from django.utils import timezone

    HookClock.objects.update(last_accepted_at=timezone.now() + datetime.timedelta(hours=1))

    assert post(hook_path(live)).status_code == 200


def test_the_flood_gate_answers_before_anything_is_parsed(live, settings):
    settings.DECLIC_FLOOD_RATE = "2/h"
    path = hook_path(live)

    statuses = [post(path, b"{").status_code for _ in range(4)]

    assert statuses == [400, 400, 429, 429]


def test_the_flood_gate_counts_bytes_before_anything_is_parsed(alice, live, settings):
    settings.DECLIC_FLOOD_BYTES = 10_000
    path, other = hook_path(live), hook_path(make_live(alice))

    with later(0):
        answers = [post(path, b"{" + b" " * 4999) for _ in range(3)]
        small = post(path, b"{" + b" " * 150)
        elsewhere = post(other, b"{" + b" " * 4999)

    assert [one.status_code for one in answers] == [400, 400, 429]
    assert answers[2].json() == {"ok": False, "error": "rate_limited"}
    assert answers[2].headers["Retry-After"] == "1"
    assert (small.status_code, elsewhere.status_code) == (400, 400)
    with later(2):
        assert post(path, b"{" + b" " * 4999).status_code == 400


@pytest.mark.parametrize("header", ["Idempotency-Key", "webhook-id", "X-GitHub-Delivery"])
def test_a_delivery_that_is_known_answers_with_the_first_run(live, header):
    path = hook_path(live)
    first = post(path, **{header: "d-1"}).json()

    again = post(path, **{header: "d-1"})

    assert again.status_code == 200
    assert again.json() == {"ok": True, "run": first["run"], "duplicate": True}
    assert Message.objects.count() == 1


@pytest.mark.parametrize(("length", "is_duplicate"), [(254, False), (255, True), (300, True)])
def test_the_first_255_characters_of_an_id_count(live, length, is_duplicate):
    path = hook_path(live)
    post(path, **{"Idempotency-Key": "x" * length + "1"})
    let_a_second_pass()

    answer = post(path, **{"Idempotency-Key": "x" * length + "2"})

    assert answer.status_code == 200
    assert ("duplicate" in answer.json()) is is_duplicate


def test_the_first_header_wins(live):
    path = hook_path(live)
    post(path, **{"Idempotency-Key": "a", "webhook-id": "b"})
    let_a_second_pass()

    assert "duplicate" not in post(path, **{"webhook-id": "b"}).json()


def test_the_same_delivery_with_another_body_keeps_the_first_and_is_noted(live):
    path = hook_path(live)
    post(path, **{"Idempotency-Key": "d"})

    answer = post(path, {"support_ticket_link": "other"}, **{"Idempotency-Key": "d"})

    assert answer.json()["duplicate"] is True
    assert Run.objects.get().differing_duplicates == 1


def test_a_delivery_is_forgotten_after_its_days(live, settings):
    import datetime

    path = hook_path(live)
    post(path, **{"Idempotency-Key": "d"})
    Run.objects.update(accepted_at=LONG_AGO + datetime.timedelta(days=1))
    let_a_second_pass()

    assert "duplicate" not in post(path, **{"Idempotency-Key": "d"}).json()
    assert Run.objects.count() == 2


def test_equal_bodies_without_an_id_are_two_messages(live):
    post(hook_path(live))
    let_a_second_pass()
    post(hook_path(live))

    assert Message.objects.count() == 2


def test_nothing_that_the_payload_says_chooses_channel_or_author(live, support):
    extra = {
        "channel": "C1",
        "username": "root",
        "as_user": True,
        "thread_ts": "1",
        "icon_url": "x",
    }

    post(hook_path(live), {**EXAMPLE, **extra})

    message = Message.objects.get()
    assert (message.channel, message.app) == (support, live.app)


def test_a_failing_step_marks_the_run_and_leaves_nothing_of_itself(alice, support):
    config = {"channel": support.channel_id, "text": "before"}
    live = make_live(
        alice,
        steps=[
            {"kind": "send_message", "config": config},
            {
                "kind": "send_message_to_person",
                "config": {"person": "{{ assigned_support_agent }}", "text": "hello"},
            },
        ],
    )

    answer = post(hook_path(live), {"assigned_support_agent": "nobody@example.org"})

    run = Run.objects.get()
    assert answer.json() == {"ok": True, "run": run.run_id}
    assert run.status == Run.Status.FAILED
    assert "nobody@example.org" in run.error_sentence
    assert [one.status for one in run.step_runs.all()] == ["succeeded", "failed"]
    assert [one.text for one in Message.objects.filter(app=live.app)] == ["before"]


def test_the_hook_costs_a_pinned_number_of_statements(live, django_assert_num_queries):
    path = hook_path(live)
    post(path, {"support_ticket_link": "x"})  # compiles the version
    let_a_second_pass()

    # find the URL; guard; channel; message; change; run; its step; the URL's last use
    # (and the two savepoints that stand for BEGIN and COMMIT in a test's transaction)
    with django_assert_num_queries(10):
        assert post(path, {"support_ticket_link": "x"}).status_code == 200


def test_the_hook_builds_no_queryset(live, monkeypatch):
    """One costs more than the statement that it makes."""
    path = hook_path(live)
    post(path, {"support_ticket_link": "x"})  # compiles the version
    let_a_second_pass()
    built = []
    make = QuerySet.__init__

    def count(self, *args, **kwargs):
        built.append(kwargs.get("model") or args[:1])
        make(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "__init__", count)

    assert post(path, {"support_ticket_link": "x"}).status_code == 200
    assert built == []


def test_a_wrong_token_costs_one_look_up(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        post("/hooks/workflows/dhk_wrong")
