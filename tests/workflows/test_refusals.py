"""Refused requests are counted for the managers, a moment later."""

import json

import pytest
from django.test import Client

from tests.builders import hook_path, make_live
from workflows.hook import refusal_tally
from workflows.hook.refusal_tally import Tally
from workflows.models import RefusalCount, RefusalSample

pytestmark = pytest.mark.django_db


@pytest.fixture
def tally(monkeypatch):
    """A tally that writes when the test says so."""
    found = Tally(wake=lambda: None)
    monkeypatch.setattr(refusal_tally, "tally", found)
    return found


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support)


def post(live, body="{}", **headers):
    path = live if isinstance(live, str) else hook_path(live)
    return Client().post(path, body, content_type="application/json", headers=headers)


def test_refusals_are_counted_by_cause_with_the_answer_and_the_kind_of_client(live, tally):
    for _ in range(2):
        post(live, "{", user_agent="GitHub-Hookshot/a1b2")
    answer = post(live, '{"support_ticket_link": []}')
    tally.write()

    assert {one.error: one.count for one in RefusalCount.objects.all()} == {
        "invalid_json": 2,
        "invalid_variables": 1,
    }
    newest, *older = RefusalSample.objects.all()
    assert (newest.status, newest.answer) == (422, answer.json())
    assert {one.sent_by for one in older} == {"GitHub-Hookshot"}


def test_an_accepted_request_and_a_wrong_token_are_not_counted(live, tally):
    assert post(live).status_code == 200
    assert post("/hooks/workflows/dhk_wrong").status_code == 404
    tally.write()

    assert not RefusalCount.objects.exists()


def test_a_request_over_the_rate_is_counted(live, tally):
    post(live)
    post(live)
    tally.write()

    assert RefusalCount.objects.get().error == "rate_limited"


def test_a_refused_request_writes_nothing_itself(live, tally, django_assert_num_queries):
    path = hook_path(live)

    with django_assert_num_queries(1):  # the look-up of the token
        post(path, "{")


def test_one_write_is_ahead_however_many_are_refused(live):
    asked = []
    tally = Tally(wake=lambda: asked.append(1))

    for _ in range(50):
        tally.note(live.pk, status=400, answer={"error": "invalid_json"}, sent_by="")
    assert len(asked) == 1

    tally.write()
    tally.note(live.pk, status=400, answer={"error": "invalid_json"}, sent_by="")
    assert len(asked) == 2
    assert RefusalCount.objects.get().count == 50


def test_the_last_twenty_samples_are_kept(live, tally):
    for number in range(30):
        tally.note(live.pk, status=400, answer={"error": "e", "detail": str(number)}, sent_by="")
        tally.write()

    kept = [one.answer["detail"] for one in RefusalSample.objects.all()]
    assert kept == [str(number) for number in range(29, 9, -1)]


def test_a_workflow_that_was_deleted_meanwhile_is_let_go(live, tally):
    tally.note(live.pk + 1, status=400, answer={"error": "e"}, sent_by="")
    tally.write()

    assert not RefusalCount.objects.exists()


def test_the_answer_holds_nothing_of_the_body(live, tally):
    post(live, json.dumps({"support_ticket_link": ["hush"]}))
    tally.write()

    assert "hush" not in json.dumps(RefusalSample.objects.get().answer)
