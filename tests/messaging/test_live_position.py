"""How far somebody has heard, where transactions may commit out of their IDs' order."""

import datetime
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from messaging.live import position as live_position
from messaging.live.hub import Hub
from messaging.live.position import Position, current_position
from messaging.models import Change, Channel, Member
from tests.builders import make_channel
from tests.serving import ServedApp


@pytest.fixture
def on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_position, "are_ids_in_order", lambda: False)


@pytest.mark.parametrize("text", ["0", "120", "120-117", "120-117.118"])
def test_a_position_is_read_as_it_is_written(text: str) -> None:
    assert str(Position.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1-", "1-2.", "1.2", "1-x", "١", "1" * 19, "1 ", "1-" + "2." * 300]
)
def test_anything_else_is_no_position(text: str) -> None:
    assert Position.parse(text) is None


@pytest.mark.embedded
def test_where_ids_are_committed_in_order_nothing_is_awaited() -> None:
    assert str(Position(5).after_all([6, 9])) == "9"


def test_skipped_ids_are_awaited_until_they_come(on_postgresql: None) -> None:
    position = Position(5).after_all([6, 9])
    assert str(position) == "9-7.8"

    assert str(position.after(8)) == "9-7"
    assert str(position.after(8).after(7)) == "9"


def test_the_first_change_of_all_awaits_a_few(on_postgresql: None) -> None:
    assert str(Position(0).after(3)) == "3-1.2"
    assert len(Position(0).after(10_000).awaited) == live_position.FIRST_GAPS


def test_only_so_many_are_awaited(on_postgresql: None) -> None:
    position = Position(1).after(10_000)

    assert len(position.awaited) == live_position.GAPS
    assert Position.parse(str(position)) == position


def test_ids_that_never_come_are_forgotten(
    on_postgresql: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = Position(5).after(9)
    assert position.without_old_gaps().awaited

    monkeypatch.setattr(live_position, "LATE_SECONDS", -1.0)

    assert str(position.without_old_gaps()) == "9"


@pytest.mark.django_db
def test_a_page_knows_what_may_still_come(on_postgresql: None) -> None:
    channel = make_channel("lobby")
    Change.objects.all().delete()
    keys = [
        Change.objects.create(kind=Change.Kind.CHANNEL_CHANGED, channel=channel).pk
        for _ in range(4)
    ]
    Change.objects.filter(pk=keys[1]).delete()
    long_ago = timezone.now() - datetime.timedelta(minutes=1)
    Change.objects.filter(pk=keys[0]).update(created_at=long_ago)

    assert str(current_position()) == f"{keys[3]}-{keys[1]}"


@pytest.mark.django_db
def test_without_changes_it_begins_at_nothing() -> None:
    assert str(current_position()) == "0"


@pytest.mark.scaled_out
@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_heard_live_and_after_a_lost_connection(
    served_app: ServedApp, support: Channel, bob: Member
) -> None:
    change(support)
    may_commit, has_id = threading.Event(), threading.Event()
    late: list[int] = []

    def commit_late() -> None:
        with transaction.atomic():
            late.append(change(support))
            has_id.set()
            may_commit.wait(20)
        connection.close()

    with served_app.live(bob) as reader:
        thread = threading.Thread(target=commit_late)
        thread.start()
        has_id.wait(60)
        early = change(support)
        seen = reader.next()["id"]
    assert seen.startswith(f"{early}-")
    awaited = seen.partition("-")[2]
    assert str(late[0]) in awaited.split(".")

    with served_app.live(bob, Last_Event_ID=seen) as live:
        may_commit.set()
        thread.join()
        assert live.next()["id"] == without(seen, late[0])
    with served_app.live(bob, Last_Event_ID=seen) as again:
        assert again.next()["id"] == without(seen, late[0])
        newest = change(support)
        assert again.next()["id"].startswith(str(newest))


def without(seen: str, awaited: int) -> str:
    position = Position.parse(seen)
    assert position is not None
    return str(position.after(awaited))


def change(channel: Channel) -> int:
    return Change.objects.create(kind=Change.Kind.CHANNEL_CHANGED, channel=channel).pk


@pytest.mark.django_db
def test_the_hub_rests_while_nobody_listens(django_assert_num_queries) -> None:
    hub = Hub(lambda _: None)

    with django_assert_num_queries(0):
        hub._read()
