"""What is not for somebody: no link leads a guest there, and a refusal is no fault in the log."""

import io
import logging
import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from messaging.models import Channel, Member
from messaging.services import post_message
from tests.route_table import GUEST, World
from workflows.models import Workflow

LINK = re.compile(r'<(?:a|link)\b[^>]*\bhref="([^"#]+)|data-fresh="([^"]+)"')
MOST = 300  # pages; the world of the tests has fewer


def links_on(page: str) -> set[str]:
    found = {unescape(one or other) for one, other in LINK.findall(page)}
    return {one for one in found if one.startswith("/") and not one.startswith("/static/")}


def crawl(client: Client, starts: list[str]) -> dict[str, tuple[int, str]]:
    """Follow every link; return each address with its answer and the page that led there."""
    waiting, seen = [(start, "") for start in starts], {}
    while waiting and len(seen) < MOST:
        address, came_from = waiting.pop()
        if address in seen:
            continue
        answer = client.get(address, follow=True)
        seen[address] = (answer.status_code, came_from)
        if answer["Content-Type"].startswith("text/html"):
            waiting += [(link, address) for link in links_on(answer.content.decode())]
    return seen


@pytest.mark.django_db
def test_no_page_leads_a_guest_to_what_is_not_for_guests() -> None:
    world = World()
    gus: Member = world.people[GUEST]
    lobby = Channel.objects.get(name="lobby")
    workflow = Workflow.objects.get(pk=world.keys("shortcut in lobby")["pk"])
    post_message(channel=lobby, sender=workflow.app, text="From a workflow")
    for person in world.people.values():
        post_message(channel=lobby, sender=gus, text=f"<@{person.member_id}>")
    client = Client()
    client.force_login(gus)

    seen = crawl(client, ["/", "/channels", "/direct", "/settings", lobby.get_absolute_url()])

    assert len(seen) > 8
    assert {address: said for address, said in seen.items() if said[0] >= 400} == {}


@pytest.mark.django_db
def test_a_refused_permission_is_a_line_in_the_log_without_a_traceback(
    charlie: Member, support: Channel
) -> None:
    handler = logging.StreamHandler(stream := io.StringIO())
    for name in settings.LOGGING["handlers"]["stderr"]["filters"]:
        handler.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    client = Client()
    client.force_login(charlie)
    logging.getLogger("django.request").addHandler(handler)
    try:
        answer = client.post(f"{support.get_absolute_url()}/topic", {"topic": "Mine"})
    finally:
        logging.getLogger("django.request").removeHandler(handler)

    assert answer.status_code == 404
    assert "Forbidden (Permission denied): /channels/" in stream.getvalue()
    assert "Traceback" not in stream.getvalue()
