"""Pages as tests ask for them and read them."""

import html
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


def page(client: Client, route: str, *args: Any, code: int = 200, **query: Any) -> str:
    """Return the page of this route as one line of text; it answers with this code."""
    response = client.get(reverse(route, args=args), query)
    assert response.status_code == code
    return text_of(response)


def text_of(response: HttpResponse) -> str:
    """Return the answer's HTML as people write it: entities as characters, one space at a time."""
    return " ".join(html.unescape(response.content.decode()).split())


def post(client: Client, route: str, *args: Any, **data: Any) -> Any:
    """Post the form to this route."""
    return client.post(reverse(route, args=args), data)
