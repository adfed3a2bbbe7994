"""The request URL: kept only as digest and encrypted, regenerated at once, told to managers."""

import json
import re

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import override_settings

from messaging.models import Message
from tests.builders import hook_path, make_draft, make_live, told
from workflows import url_tokens
from workflows.models import RequestURL, Run
from workflows.services import NoRequestURL, add_manager, regenerate_url, request_url


def post(client, path):
    return client.post(path, "{}", content_type="application/json")


def token_of(workflow):
    return request_url(workflow=workflow).rpartition("/")[2]


def test_a_draft_has_no_request_url(alice):
    assert request_url(workflow=make_draft(by=alice)) == ""


def test_the_url_is_the_base_url_and_the_token(alice):
    with override_settings(DECLIC_BASE_URL="https://declic.example"):
        url = request_url(workflow=make_live(alice))
    assert re.fullmatch(r"https://declic\.example/hooks/workflows/dhk_[\w-]{43}", url)


def test_the_plain_token_is_in_no_table_and_no_dump(alice, client):
    workflow = make_live(alice)
    token = token_of(workflow)
    post(client, f"/hooks/workflows/{token}")
    rows = [*RequestURL.objects.all(), *Run.objects.all(), *Message.objects.all()]
    assert token not in serializers.serialize("json", rows)
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            assert token not in repr(cursor.fetchall()), table


def test_a_regenerated_url_works_at_once_and_the_old_one_as_if_it_never_was(alice, client):
    workflow = make_live(alice)
    old = hook_path(workflow)
    regenerate_url(workflow=workflow, by=alice)
    new = hook_path(workflow)
    assert new != old
    unknown = post(client, "/hooks/workflows/dhk_" + "x" * 43)
    assert (post(client, old).status_code, post(client, old).content) == (404, unknown.content)
    assert post(client, new).status_code == 200


def test_who_retired_a_url_and_when_is_kept(alice):
    workflow = make_live(alice)
    regenerate_url(workflow=workflow, by=alice)
    old, new = workflow.request_urls.order_by("pk")
    assert (old.made_by, old.retired_by) == (alice, alice)
    assert old.retired_at is not None
    assert new.retired_at is None


def test_the_other_managers_are_told_and_no_notice_holds_the_url(alice, bob):
    workflow = make_live(alice, name="Tickets")
    add_manager(workflow=workflow, member=bob, by=alice)
    regenerate_url(workflow=workflow, by=alice)
    assert "Alice regenerated the request URL of “Tickets”." in told(bob)[-1].text
    assert "dhk_" not in json.dumps([(one.text, one.body) for one in told(bob)])
    assert told(alice) == []


def test_only_managers_regenerate(alice, charlie, dana):
    workflow = make_live(alice)
    url = request_url(workflow=workflow)
    for stranger in (charlie, dana):
        with pytest.raises(PermissionDenied):
            regenerate_url(workflow=workflow, by=stranger)
    assert request_url(workflow=workflow) == url


def test_there_is_nothing_to_regenerate_on_a_draft(alice):
    with pytest.raises(NoRequestURL):
        regenerate_url(workflow=make_draft(by=alice), by=alice)


def test_a_lost_key_hides_the_url_but_the_hook_still_works(alice, client):
    workflow = make_live(alice)
    path = hook_path(workflow)
    with override_settings(DECLIC_TOKEN_KEYS=[Fernet.generate_key().decode()]):
        with pytest.raises(url_tokens.TokenUnreadable):
            request_url(workflow=workflow)
        assert post(client, path).status_code == 200
        regenerate_url(workflow=workflow, by=alice)
        assert hook_path(workflow) != path


def test_no_word_for_a_request_url_holds_its_token(alice, caplog):
    with caplog.at_level("DEBUG"):
        workflow = make_live(alice)
        row = regenerate_url(workflow=workflow, by=alice)
    token = token_of(workflow)
    assert token not in f"{row!s}{row!r}{workflow!r}"
    assert token not in caplog.text
