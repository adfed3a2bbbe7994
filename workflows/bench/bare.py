"""The bare limit: a plain view that does one raw INSERT; a URLconf of its own."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

TABLE = "bench_bare"


def make_table() -> None:
    """Make the table that the view writes to."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (body text NOT NULL)")


@login_not_required
def insert(request: HttpRequest, token: str) -> HttpResponse:
    """Store the body as it is, committed before the answer."""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (body) VALUES (%s)", [request.body.decode()])  # noqa: S608
    return HttpResponse(b'{"ok": true}', content_type="application/json")


urlpatterns = [path("hooks/workflows/<str:token>", insert)]
