"""Hooks that wait for the write lock together are stored together, each as if it were alone."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction
from django.utils import translation

from messaging.models import Member, Membership
from messaging.services import archive_channel, create_channel
from tests.builders import make_live
from tests.workflows.runs import job_for, texts
from workflows.models import Run
from workflows.runs import accept as accepting
from workflows.runs import group_commit
from workflows.runs.accept import RateLimited, URLGone, accept
from workflows.runs.group_commit import GroupCommit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.embedded]

COUNT = 5


NUMBER = {"key": "number", "kind": "text"}


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support, text="{{ number }}", variables=[NUMBER])


def together(group: GroupCommit, calls: Sequence[Callable[[], Any]]) -> list[Future]:
    """Call each in a thread of its own; all wait until this test lets the write lock go."""

    def work(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        with transaction.atomic():
            futures = []
            for count, call in enumerate(calls, start=1):
                futures.append(threads.submit(work, call))
                while len(group._waiting) < count:
                    time.sleep(0.001)
        return futures


def accept_together(jobs) -> list[Future]:
    return together(accepting._group, [lambda job=job: accept(job) for job in jobs])


@pytest.fixture
def transactions(monkeypatch) -> list[int]:
    """How many jobs each transaction took."""
    sizes: list[int] = []
    dismiss = GroupCommit._dismiss

    def counted(self, group):
        sizes.append(len(group))
        dismiss(self, group)

    monkeypatch.setattr(GroupCommit, "_dismiss", counted)
    return sizes


def test_those_who_wait_are_stored_in_one_transaction_in_their_order(live, support, transactions):
    futures = accept_together(
        [job_for(live, values={"number": str(number)}) for number in range(COUNT)]
    )

    runs = [one.result().run_id for one in futures]
    assert transactions == [COUNT]
    assert list(Run.objects.order_by("pk").values_list("run_id", flat=True)) == runs
    assert texts(support) == [str(number) for number in range(COUNT)]


def test_who_is_early_is_refused_alone(live, support, transactions):
    others = [make_live(live.created_by, channel=support, text=text) for text in ("a", "b")]

    jobs = [job_for(one, is_paced=True) for one in (others[0], live, live, others[1])]
    futures = accept_together(jobs)

    assert transactions == [4]
    assert isinstance(futures[2].exception(), RateLimited)
    assert [futures[place].result().is_duplicate for place in (0, 1, 3)] == [False] * 3
    assert Run.objects.count() == 3


def test_one_delivery_in_one_group_is_one_run(live):
    job = job_for(live, is_paced=True, delivery="d", body_digest="b")

    answers = [one.result() for one in accept_together([job] * COUNT)]

    assert {one.run_id for one in answers} == {Run.objects.get().run_id}
    assert [one.is_duplicate for one in answers] == [False] + [True] * (COUNT - 1)


def test_a_failing_step_fails_its_own_run_alone(alice, live, support, transactions):
    closed = create_channel(name="closed", by=alice)
    broken = make_live(alice, channel=closed, text="never")
    archive_channel(channel=closed, by=alice)
    before = len(texts(support))

    jobs = [job_for(one, values={"number": "1"}) for one in (live, broken, live)]
    futures = accept_together(jobs)

    assert transactions == [3]
    states = {one.result().run_id: "" for one in futures}
    states.update(Run.objects.values_list("run_id", "status"))
    assert list(states.values()) == ["succeeded", "failed", "succeeded"]
    assert texts(support)[before:] == ["1", "1"]
    assert texts(closed) == []


def test_an_url_that_is_gone_keeps_nobody_else_out(live, support):
    url = live.request_urls.get()
    retired = job_for(live, request_url=url.pk + 1000)

    futures = accept_together([job_for(live, values={"number": "1"}), retired])

    assert futures[0].result().run_id == Run.objects.get().run_id
    assert isinstance(futures[1].exception(), URLGone)
    assert texts(support) == ["1"]


def test_one_delivery_in_a_group_that_was_undone_is_one_run_all_the_same(alice, live, transactions):
    closed = create_channel(name="closed", by=alice)
    broken = make_live(alice, channel=closed, text="never")
    archive_channel(channel=closed, by=alice)
    job = job_for(live, is_paced=True, delivery="d", body_digest="b")

    first, second, failed = (one.result() for one in accept_together([job, job, job_for(broken)]))

    assert transactions == [3]
    assert first.run_id == second.run_id
    assert sorted([first.is_duplicate, second.is_duplicate]) == [False, True]
    kept = set(Run.objects.values_list("run_id", flat=True))
    assert kept == {first.run_id, failed.run_id}


def test_a_request_that_fills_the_disk_keeps_out_nobody_else(live, support, transactions, full_at):
    full_at(pages=40)
    small, big = job_for(live, values={"number": "1"}), job_for(live, payload="x" * 1_000_000)

    futures = accept_together([small, big, small])

    assert transactions == [3]
    assert isinstance(futures[1].exception(), OperationalError)
    kept = {futures[place].result().run_id for place in (0, 2)}
    assert set(Run.objects.values_list("run_id", flat=True)) == kept
    assert texts(support) == ["1", "1"]


@pytest.fixture
def full_at(monkeypatch) -> Callable[..., None]:
    """Let new connections find the disk full after so many more pages of the file."""
    wrapper = type(connections["default"])
    connect = wrapper.get_new_connection

    def limit(*, pages: int) -> None:
        def connect_limited(self: Any, params: Any) -> Any:
            connection = connect(self, params)
            connection.execute(f"PRAGMA max_page_count = {most}")
            return connection

        with connections["default"].cursor() as cursor:
            cursor.execute("VACUUM")  # the pages that earlier tests left free would hold it all
            most = cursor.execute("PRAGMA page_count").fetchone()[0] + pages
        monkeypatch.setattr(wrapper, "get_new_connection", connect_limited)

    return limit


def test_messages_are_in_the_language_of_the_workspace_whoever_leads(live, support):
    def lead_in_french() -> Any:
        with translation.override("fr"):
            return accept(job_for(live, values={"number": "1"}))

    long = job_for(live, values={"number": "x" * 12_001})
    futures = together(accepting._group, [lead_in_french, lambda: accept(long)])

    assert all(one.result() for one in futures)
    assert texts(support)[1].endswith("(message cut)")


# --- The queue by itself -------------------------------------------------------------------------


class Odd(Exception):
    """Raised by a job that wants to be refused."""


def member_row(channel: int) -> Membership:
    """Write a row; a channel that is not there fails only at the commit."""
    return Membership.objects.create(member=Member.objects.first(), channel_id=channel)


def test_a_row_that_is_refused_at_the_commit_undoes_all_and_each_is_told_to_go_alone(alice):
    private = create_channel(name="other", by=alice)
    Membership.objects.all().delete()
    group = GroupCommit(member_row)

    futures = together(group, [lambda: group.run(private.pk), lambda: group.run(10**6)])

    assert [one.result() for one in futures] == [None, None]
    assert not Membership.objects.exists()


@pytest.mark.parametrize("error", [Odd, IntegrityError, OperationalError])
def test_what_one_raises_undoes_all_and_each_is_told_to_go_alone(support, error):
    before = Membership.objects.count()

    def store(number: int) -> int:
        Membership.objects.all().delete()
        if number == 1:
            raise error
        return number

    group = GroupCommit(store)
    futures = together(group, [lambda number=number: group.run(number) for number in range(3)])

    assert [one.result() for one in futures] == [None] * 3
    assert Membership.objects.count() == before > 0


def test_a_commit_that_fails_is_an_error_for_all_and_the_next_one_leads(support, monkeypatch):
    group = GroupCommit(lambda number: number)

    def fail(self: Any) -> None:
        raise OperationalError("disk I/O error: secret row")

    calls = [lambda number=number: group.run(number) for number in range(2)]
    with monkeypatch.context() as patched:
        take = GroupCommit._take

        def take_and_break_the_disk(self: Any, group: Any) -> None:
            take(self, group)
            patched.setattr(type(connections["default"]), "_commit", fail)

        patched.setattr(GroupCommit, "_take", take_and_break_the_disk)
        refused = [one.exception() for one in together(group, calls)]

    assert [type(one) for one in refused] == [OperationalError] * 2
    assert refused[0] is not refused[1]  # each thread raises one of its own
    assert not any("secret" in str(one) for one in refused)
    assert group.run(3) == 3


def test_a_leader_who_is_ended_is_an_error_for_all_and_the_next_one_leads(support):
    def store(number: int) -> int:
        if number == 0:
            raise SystemExit
        return number

    group = GroupCommit(store)
    futures = together(group, [lambda number=number: group.run(number) for number in range(3)])

    ended = [type(one.exception()) for one in futures]
    assert ended == [SystemExit, OperationalError, OperationalError]
    assert group.run(3) == 3


def test_more_than_one_transaction_takes_are_led_by_the_first_of_them(
    support, monkeypatch, transactions
):
    monkeypatch.setattr(group_commit, "MOST", 2)
    group = GroupCommit(lambda number: number)

    futures = together(group, [lambda number=number: group.run(number) for number in range(COUNT)])

    assert [one.result() for one in futures] == list(range(COUNT))
    assert transactions == [2, 2, 1]


def test_a_lock_that_is_not_to_be_had_is_an_error_for_all_who_wait(support, monkeypatch):
    monkeypatch.setattr(connections["default"].__class__, "take_turn", _no_turn)
    group = GroupCommit(lambda number: number)

    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(group.run, number) for number in range(2)]

    assert [type(one.exception()) for one in futures] == [OperationalError] * 2
    monkeypatch.undo()
    assert group.run(3) == 3


def _no_turn(self) -> None:
    time.sleep(0.05)
    raise OperationalError("database is locked")
