"""What is old is pruned, a little at a time; what is promised longer stays."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import Change, Message
from tests.builders import make_live
from tests.workflows.runs import WAIT, job_for, say, start
from workflows.models import RefusalCount, Run, StepRun
from workflows.runs import retention
from workflows.runs.accept import accept
from workflows.services import make_pending_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support)


def days_ago(days):
    return timezone.now() - datetime.timedelta(days=days)


def test_old_runs_go_with_their_steps_and_newer_ones_stay(live, support):
    old, newer = start(live), start(live)
    Run.objects.filter(pk=old.pk).update(accepted_at=days_ago(91))
    Run.objects.filter(pk=newer.pk).update(accepted_at=days_ago(89))

    assert retention.prune() is True

    assert list(Run.objects.all()) == [newer]
    assert list(StepRun.objects.values_list("run", flat=True)) == [newer.pk]
    assert Message.objects.filter(channel=support).count() == 2


def test_a_run_that_waits_is_kept_however_old(alice, support):
    run = start(make_live(alice, steps=[WAIT, say(support, "in a year")]))
    Run.objects.update(accepted_at=days_ago(400))

    retention.prune()

    assert list(Run.objects.all()) == [run]


def test_expired_sessions_go_in_batches_and_others_stay(alice, client, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    client.force_login(alice)
    for number in range(5):
        Session.objects.create(session_key=f"old{number}", expire_date=days_ago(0))

    with CaptureQueriesContext(connection) as asked:
        assert retention.prune() is True

    deletions = [one["sql"] for one in asked if one["sql"].startswith("DELETE")]
    assert len([sql for sql in deletions if "django_session" in sql]) == 3
    assert Session.objects.count() == 1
    assert client.get("/settings").status_code == 200


def test_how_long_runs_are_kept_can_be_set(live, settings):
    settings.DECLIC_RUN_DAYS = 2
    start(live)
    Run.objects.update(accepted_at=days_ago(3))

    retention.prune()

    assert not Run.objects.exists()


def test_deliveries_are_forgotten_after_their_days_and_known_till_then(live):
    for delivery in ("old", "known"):
        accept(job_for(live, delivery=delivery))
    Run.objects.filter(delivery="old").update(accepted_at=days_ago(7.1))
    Run.objects.filter(delivery="known").update(accepted_at=days_ago(6.9))

    retention.prune()

    assert list(Run.objects.order_by("pk").values_list("delivery", flat=True)) == [None, "known"]
    assert accept(job_for(live, delivery="known")).is_duplicate
    assert not accept(job_for(live, delivery="old")).is_duplicate


def test_changes_are_kept_a_day(live):
    start(live)
    change = Change.objects.latest("pk")
    Change.objects.exclude(pk=change.pk).update(created_at=days_ago(1.1))

    retention.prune()

    assert list(Change.objects.all()) == [change]
    assert Message.objects.exists()


def test_counts_of_refusals_are_kept_as_long_as_runs(live):
    for days in (91, 89):
        RefusalCount.objects.create(workflow=live, minute=days_ago(days), error="invalid_json")

    retention.prune()

    assert RefusalCount.objects.get().minute > days_ago(90)


def test_it_works_in_batches_and_stops_between_two(live, monkeypatch):
    monkeypatch.setattr(retention, "RUN_BATCH", 2)
    for _ in range(5):
        start(live)
    Run.objects.update(accepted_at=days_ago(100))
    asked = []

    def stop_after_two():
        asked.append(Run.objects.count())
        return len(asked) > 3  # the first question is about deliveries

    assert retention.prune(should_stop=stop_after_two) is False
    assert Run.objects.count() == 1
    assert asked == [5, 5, 3, 1]
    assert retention.prune() is True
    assert not Run.objects.exists()


def test_payloads_are_not_read_to_be_deleted(live):
    start(live)
    Run.objects.update(accepted_at=days_ago(100), payload="x" * 1000)

    with CaptureQueriesContext(connection) as queries:
        retention.prune()

    assert not Run.objects.exists()
    assert not any("payload" in query["sql"] for query in queries)


def test_where_nothing_is_old_nothing_is_written(live, django_assert_num_queries):
    start(live)

    with django_assert_num_queries(8):
        retention.prune()


def test_a_url_that_nobody_saved_is_deleted_and_no_other(live, alice):
    make_pending_url(workflow=live, by=alice)

    retention.prune()
    assert live.request_urls.count() == 2
    live.request_urls.pending().update(pending_until=days_ago(1))
    retention.prune()

    assert list(live.request_urls.all()) == list(live.request_urls.live())
