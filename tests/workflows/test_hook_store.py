"""Each short statement of the hook's path does what its ORM equivalent does, on both databases."""

import datetime
import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from tests.builders import make_live, make_workflow
from tests.raw_rows import raw_row
from tests.workflows.runs import start
from workflows.models import HookClock, RequestURL, Run, StepRun
from workflows.models.request_url import LONG_AGO
from workflows.runs import store
from workflows.services import unpublish_workflow

pytestmark = pytest.mark.django_db

TEXT = 'é “quoted” \\ \x01 \u2028 \U0001f3ab {"a": [1]}'  # what an encoder could do differently
FAR = datetime.datetime(2222, 1, 1, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=datetime.UTC)


STATES = [  # of a request URL, and whether it leads anywhere
    ({}, True),
    ({"retired_at": LONG_AGO}, False),
    ({"retires_at": FAR}, True),
    ({"retires_at": LONG_AGO}, False),
    ({"retires_at": FAR, "retired_at": LONG_AGO}, False),
    ({"pending_until": FAR}, False),
    ({"pending_until": LONG_AGO}, False),
]


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support)


# --- find_url -------------------------------------------------------------------------------------


def found_by_orm(digest):
    return (
        (RequestURL.objects.live() | RequestURL.objects.retiring())
        .filter(digest=digest, workflow__published_version__isnull=False)
        .values_list("pk", "workflow", "workflow__published_version")
        .first()
    )


def test_find_url(alice, live):
    url = live.request_urls.get()
    make_live(alice)

    found = store.find_url(url.digest)

    assert found == found_by_orm(url.digest) == (url.pk, live.pk, live.published_version_id)


@pytest.mark.parametrize(("state", "is_found"), STATES, ids=str)
def test_find_url_by_its_state(live, state, is_found):
    digest = live.request_urls.get().digest
    RequestURL.objects.update(**state)

    assert (store.find_url(digest) is not None) is is_found
    assert store.find_url(digest) == found_by_orm(digest)


def test_find_url_knows_neither_unknown_nor_unpublished_ones(alice, live):
    unpublished = live.request_urls.get().digest
    unpublish_workflow(workflow=live, by=alice)

    for digest in (unpublished, "0" * 64, ""):
        assert store.find_url(digest) is None
        assert found_by_orm(digest) is None


# --- find_delivery --------------------------------------------------------------------------------


def test_find_delivery(alice, live):
    run, other = start(live), start(make_live(alice))
    Run.objects.update(delivery="d" * 64, body_digest="b" * 64)

    found = store.find_delivery(live.pk, "d" * 64, LONG_AGO)

    by_orm = Run.objects.filter(workflow=live, delivery="d" * 64, accepted_at__gt=LONG_AGO)
    assert found == by_orm.values_list("pk", "run_id", "body_digest").first()
    assert found == (run.pk, run.run_id, "b" * 64)
    assert store.find_delivery(other.workflow_id, "d" * 64, LONG_AGO).key == other.pk


@pytest.mark.parametrize("delta", [-1, 0, 1])
def test_find_delivery_knows_only_what_is_newer(live, delta):
    run = start(live)
    Run.objects.update(delivery="d", accepted_at=NOW)
    since = NOW + datetime.timedelta(microseconds=delta)

    found = store.find_delivery(live.pk, "d", since)

    by_orm = Run.objects.filter(workflow=live, delivery="d", accepted_at__gt=since)
    assert (found is not None) == by_orm.exists() == (delta < 0)
    assert store.find_delivery(live.pk, "e", LONG_AGO) is None
    assert store.find_delivery(run.workflow_id + 1, "d", LONG_AGO) is None


# --- take_second ----------------------------------------------------------------------------------


def taken_by_orm(workflow):
    now = timezone.now()
    second = store.SECOND
    return (
        HookClock.objects.filter(
            Q(last_accepted_at__lte=now - second) | Q(last_accepted_at__gt=now + second),
            workflow=workflow,
        ).update(last_accepted_at=now)
        == 1
    )


@pytest.mark.parametrize(
    ("seconds_ago", "may"),
    [
        (3600, True),
        (1, True),  # a second and the time that it takes to ask
        (0.01, False),
        (0, False),
        (-0.5, False),  # a clock that was set back a little
        (-3600, True),  # … and a lot: it locks nobody out
    ],
)
def test_take_second(alice, live, seconds_ago, may):
    other = make_live(alice)
    HookClock.objects.filter(workflow=other).update(last_accepted_at=LONG_AGO)
    for take in (taken_by_orm, lambda workflow: store.take_second(workflow.pk)):
        before = timezone.now()
        last = before - datetime.timedelta(seconds=seconds_ago)
        HookClock.objects.filter(workflow=live).update(last_accepted_at=last)

        assert take(live) is may

        kept = HookClock.objects.get(workflow=live).last_accepted_at
        assert before <= kept <= timezone.now() if may else kept == last
    assert HookClock.objects.get(workflow=other).last_accepted_at == LONG_AGO


def taken_bytes_by_orm(workflow, size):
    now, today = timezone.now(), store.day_of(timezone.now())
    clock = HookClock.objects.get(workflow=workflow)
    before = clock.day_bytes if clock.day == today else 0
    if before + size > 1000:
        return False
    clock.last_accepted_at, clock.day, clock.day_bytes = now, today, before + size
    clock.save()
    return True


@pytest.mark.parametrize(
    ("days_ago", "before", "size", "may"),
    [(0, 900, 100, True), (0, 900, 101, False), (1, 900, 1000, True), (1, 0, 1001, False)],
)
def test_take_second_counts_the_days_bytes(live, settings, days_ago, before, size, may):
    settings.DECLIC_DAILY_BYTES = 1000
    today = store.day_of(timezone.now())
    kept = []
    for take in (taken_bytes_by_orm, lambda one, size: store.take_second(one.pk, size)):
        HookClock.objects.update(last_accepted_at=LONG_AGO, day=today - days_ago, day_bytes=before)
        spent = store.is_quota_spent(live.pk, size)
        assert (take(live, size), spent) == (may, not may)
        kept.append(HookClock.objects.values("day", "day_bytes").get(workflow=live))

    assert kept[0] == kept[1]


def test_take_second_of_a_workflow_that_is_gone(db):
    assert store.take_second(4711) is False


# --- insert_run and insert_step_runs --------------------------------------------------------------


def run_columns(workflow, **changed):
    return {
        "run_id": "R1",
        "workflow_id": workflow.pk,
        "version_id": workflow.published_version_id,
        "status": "failed",
        "start_kind": "replay",
        "started_by_id": workflow.created_by_id,
        "replay_of": "R0",
        "values": {"text": TEXT, "empty": ""},
        "payload": json.dumps({"text": TEXT}),
        "delivery": "d" * 64,
        "body_digest": "b" * 64,
        "differing_duplicates": 3,
        "error": {"text": TEXT, "values": {"n": 1}},
        "accepted_at": NOW,
        "finished_at": NOW + datetime.timedelta(microseconds=1),
        "next_step": 2,
        "due_at": NOW + datetime.timedelta(days=1),
        "attempt": 4,
        "lease_owner": "me",
        "lease_until": LONG_AGO,
        **changed,
    }


@pytest.mark.parametrize("changed", [{}, {"delivery": None, "finished_at": None}])
def test_insert_run(live, changed):
    columns = run_columns(live, **changed)
    by_orm = Run.objects.create(**columns).pk
    other = {} if columns["delivery"] is None else {"delivery": "e" * 64}

    key = store.insert_run(**{**columns, "run_id": "R2", **other})

    own = ("run_id", *other)
    assert raw_row(Run, key, without=own) == raw_row(Run, by_orm, without=own)
    assert Run.objects.get(pk=key).values == columns["values"]


def test_insert_run_names_every_column(live):
    columns = {field.column for field in Run._meta.concrete_fields} - {"id"}

    assert set(run_columns(live)) == columns


def test_a_delivery_is_refused_a_second_time_by_djangos_own_error(live):
    store.insert_run(**run_columns(live))

    with pytest.raises(IntegrityError), transaction.atomic():
        store.insert_run(**run_columns(live, run_id="R2"))


def test_insert_step_runs(live):
    by_store, by_orm = start(live), start(live)
    StepRun.objects.all().delete()
    rows = [
        {
            "position": position,
            "kind": "send_message",
            "status": "succeeded",
            "input": {"text": TEXT},
            "output": {"message": position},
            "error": {},
            "started_at": NOW,
            "finished_at": NOW + datetime.timedelta(microseconds=position),
        }
        for position in range(3)
    ]
    kept = []
    for row in rows:
        columns = {name: value for name, value in row.items() if not isinstance(value, dict)}
        kept.append(store.StepRow(**columns))
        kept[-1].took(row["input"])
        kept[-1].gave(row["output"])

    store.insert_step_runs(by_store.pk, kept)
    StepRun.objects.bulk_create(StepRun(run=by_orm, **row) for row in rows)

    stored, made = (
        [raw_row(StepRun, one.pk, without=("run_id",)) for one in run.step_runs.all()]
        for run in (by_store, by_orm)
    )
    assert len(stored) == 3
    assert stored == made


def test_insert_step_runs_of_no_step_asks_nothing(live, django_assert_num_queries):
    with django_assert_num_queries(0):
        store.insert_step_runs(1, [])


# --- touch_url ------------------------------------------------------------------------------------


def touched_by_orm(request_url, now, by):
    found = RequestURL.objects.live() | RequestURL.objects.retiring()
    found = found.filter(pk=request_url, workflow__published_version__isnull=False)
    return found.update(last_used_at=now, last_used_by=by) == 1


@pytest.mark.parametrize(("state", "is_found"), STATES, ids=str)
def test_touch_url(alice, live, state, is_found):
    url, other = live.request_urls.get(), make_live(alice).request_urls.get()
    now = timezone.now()
    stored = []
    for touch in (store.touch_url, touched_by_orm):
        RequestURL.objects.filter(pk=url.pk).update(last_used_at=None, last_used_by="", **state)
        assert touch(url.pk, now, "GitHub-Hookshot") is is_found
        stored.append(raw_row(RequestURL, url.pk))

    assert stored[0] == stored[1]
    assert (stored[0]["last_used_at"] is not None) is is_found
    assert stored[0]["last_used_by"] == ("GitHub-Hookshot" if is_found else "")
    other.refresh_from_db()
    assert other.last_used_at is None


def test_touch_url_of_a_workflow_that_is_not_live(alice, live):
    url = live.request_urls.get()
    unpublish_workflow(workflow=live, by=alice)

    assert store.touch_url(url.pk, NOW, "curl") is False
    assert touched_by_orm(url.pk, NOW, "curl") is False
    assert store.touch_url(url.pk + 1, NOW, "curl") is False


# --- The index that each look-up needs ------------------------------------------------------------


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (store.FIND_URL, ["x", "2026"], "digest=?"),
        (store.FIND_DELIVERY, [1, "x", "2026"], "run_delivery_once_per_workflow"),
    ],
)
def test_a_look_up_goes_by_an_index(db, statement, values, index):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [row[3] for row in cursor.fetchall()]

    assert any(index in line for line in plan)
    assert not any(line.startswith("SCAN") for line in plan)


def test_a_draft_has_no_url_yet_but_a_clock(alice):
    draft = make_workflow(alice)

    assert store.take_second(draft.pk) is True
    assert not draft.request_urls.exists()
