"""A workflow takes so many bytes in a day; then its senders and its managers are told."""

import datetime

import pytest
import time_machine

from messaging.models import Message
from tests.builders import hook_path, make_live, told
from tests.workflows.runs import let_a_second_pass
from tests.workflows.test_hook import post
from workflows.hook import refusal_tally
from workflows.models import RefusalCount, Run

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)
MORE_THAN_HALF = {"support_ticket_link": "x" * 600}


@pytest.fixture
def live(alice, support, settings):
    settings.DECLIC_DAILY_BYTES = 1000
    return make_live(alice, channel=support)


def post_later(live, **headers):
    let_a_second_pass()
    return post(hook_path(live), MORE_THAN_HALF, **headers)


def test_what_is_over_the_days_bytes_is_refused_until_midnight(live):
    with time_machine.travel(NOON, tick=False):
        assert post_later(live).status_code == 200
        answer = post_later(live)

    assert (answer.status_code, answer.json()) == (429, {"ok": False, "error": "quota_exceeded"})
    assert answer.headers["Retry-After"] == str(12 * 3600)
    assert Run.objects.count() == Message.objects.filter(app=live.app).count() == 1
    with time_machine.travel(NOON + datetime.timedelta(hours=12), tick=False):
        assert post_later(live).status_code == 200


def test_within_the_second_it_is_the_rate_and_a_known_delivery_is_known(live):
    with time_machine.travel(NOON, tick=False):
        first = post_later(live, idempotency_key="d")
        small = post(hook_path(live), {})
        assert small.json()["error"] == "rate_limited"
        again = post_later(live, idempotency_key="d")

    assert again.json() == {"ok": True, "run": first.json()["run"], "duplicate": True}


def test_another_workflow_has_bytes_of_its_own(alice, live):
    with time_machine.travel(NOON, tick=False):
        post_later(live)

        assert post_later(make_live(alice)).status_code == 200


def test_managers_are_told_once_a_day(alice, bob, live):
    for hours in (0, 1, 2, 24, 25):
        with time_machine.travel(NOON + datetime.timedelta(hours=hours), tick=False):
            post_later(live)
            post_later(live)
            refusal_tally.tally.write()

    assert len(told(alice)) == 2
    assert "New support ticket" in told(alice)[0].text
    assert told(bob) == []
    assert {one.error for one in RefusalCount.objects.all()} == {"quota_exceeded"}


def test_a_refusal_costs_one_look_more_and_stores_nothing(live, django_assert_num_queries):
    with time_machine.travel(NOON, tick=False):
        post_later(live)
        let_a_second_pass()
        path = hook_path(live)
        with django_assert_num_queries(6):  # URL; clock, quota, and the savepoint's three
            assert post(path, MORE_THAN_HALF).status_code == 429
