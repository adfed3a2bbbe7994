"""The demo's workspace: kept alive by these tests."""

import json

import pytest
from django.test import Client

from messaging.models import Channel, Member, Message
from tests.builders import make_member
from workflows.demo import RealWorkspace, ensure_demo
from workflows.models import RequestURL, Workflow
from workflows.runs.starting import shortcuts_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DECLIC_DATA_DIR = tmp_path


def test_the_demo_is_a_small_workspace_with_a_past():
    demo = ensure_demo()

    assert Member.objects.get_queryset().count() == 8
    assert {one.name for one in Channel.objects.named()} >= {
        "general",
        "support",
        "deploys",
        "incidents",
    }
    assert Channel.objects.filter(kind="private").exists()
    assert Message.objects.filter(channel__name="general").count() > 3
    assert {one.status for one in Workflow.objects.all()} == {"live", "draft"}
    assert Client().login(email=demo.email, password=demo.password)


def test_the_help_page_s_body_mentions_a_member_of_the_demo():
    demo = ensure_demo()
    body = {"support_ticket_link": "Exemple de texte", "assigned_support_agent": "U123456789"}

    answer = Client().post(
        "/hooks/" + demo.request_url.partition("/hooks/")[2],
        json.dumps(body),
        content_type="application/json",
    )

    assert answer.json()["ok"] is True
    newest = Message.objects.filter(channel__name="support").last()
    assert newest.text == "New ticket Exemple de texte for @Camille Laurent"


def test_support_has_a_shortcut_and_only_the_ticket_workflow_a_request_url():
    demo = ensure_demo()
    support = Channel.objects.get(name="support")

    assert [one.name for one in shortcuts_in(support)] == ["Report a late parcel"]
    assert [one.workflow for one in RequestURL.objects.all()] == [demo.workflow]


def test_it_is_safe_to_run_twice():
    first = ensure_demo()
    count = Message.objects.count()

    second = ensure_demo()

    assert (second.password, second.request_url) == (first.password, first.request_url)
    assert Message.objects.count() == count


def test_messages_are_ordered_by_time_and_by_key_alike():
    ensure_demo()

    for channel in Channel.objects.all():
        times = list(channel.messages.order_by("pk").values_list("created_at", flat=True))
        assert times == sorted(times)


def test_a_real_workspace_is_never_seeded():
    make_member()

    with pytest.raises(RealWorkspace):
        ensure_demo()
    assert Member.objects.get_queryset().count() == 1
