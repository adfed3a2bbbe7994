"""A page has so much time of the database, then it says so; hooks have nothing of that."""

import time

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from messaging.models import Member
from messaging.requests import page_time

LONG = {  # without a limit they take a minute and more
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
        "SELECT count(*) FROM n"
    ),
    "postgresql": "SELECT count(*) FROM generate_series(1, 1000000000)",
}
asked: list[int] = []


def ask_long() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LONG[connection.vendor])


@login_not_required
def one_long(request: HttpRequest) -> HttpResponse:
    Member.objects.update(display_name="Changed")
    ask_long()
    return HttpResponse("never")


@login_not_required
def many_short(request: HttpRequest) -> HttpResponse:
    while True:
        Member.objects.count()
        asked.append(1)
        time.sleep(0.01)


@login_not_required
def quick(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Member.objects.count()))


handler500 = "messaging.views.errors.server_error"
urlpatterns = [
    path("one", transaction.atomic(one_long)),
    path("many", many_short),
    path("quick", quick),
]


@pytest.fixture
def client(transactional_db, settings) -> Client:
    settings.ROOT_URLCONF = __name__
    settings.DECLIC_PAGE_SECONDS = 0.3
    page_time._page.limited = None
    asked.clear()
    yield Client()
    connection.close()  # the limit is the connection's


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("page", ["one", "many"])
def test_a_page_that_takes_too_long_is_stopped_and_says_so(client, page, language) -> None:
    answer = client.get(f"/{page}", headers={"accept-language": language})

    said = {"en": "That took too long", "fr": "C’était trop long"}[language]
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert said in answer.content.decode()


def test_nothing_of_it_is_left(client, alice) -> None:
    client.get("/one")

    alice.refresh_from_db()
    assert alice.display_name == "Alice"


def test_the_connection_goes_on_for_the_next_page(client, alice) -> None:
    client.get("/one")

    assert client.get("/quick").content == b"1"


def test_a_connection_that_a_page_opens_is_limited_too(client) -> None:
    connection.close()

    assert client.get("/one").status_code == 503


@pytest.mark.embedded
def test_what_is_no_page_is_not_stopped(client) -> None:
    client.get("/one")
    time.sleep(0.4)

    with connection.cursor() as cursor:  # some hundred thousand steps: the handler is asked
        cursor.execute(LONG["sqlite"].replace("1000000000", "300000"))
        assert cursor.fetchone() == (300000,)
    assert not page_time.is_over()


def test_other_errors_of_the_database_are_what_they_were(client, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(Member.objects.all().__class__, "count", fail)

    assert "Back in a moment" in client.get("/quick").content.decode()
