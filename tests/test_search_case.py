"""Search ignores case in every language, on both databases alike."""

import pytest
from django.db.models import F

from messaging.models import Channel, Member
from messaging.services import set_topic
from tests.builders import make_channel, make_draft, make_live, make_member, message_step
from tests.workflows.runs import start
from workflows.activity.filters import Filters, matching_runs

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["élodie", "ÉLODIE", "Élodie", "lODie ÇE"])
def test_people_are_found_whatever_the_case(signed_in, alice, typed):
    make_member("Élodie Çetin", email="elodie@example.org")
    make_member("Elodie Other", email="other@example.org")

    found = signed_in(alice).get("/direct", {"q": typed}).context["people"]

    assert [one.display_name for one in found] == ["Élodie Çetin"]


@pytest.mark.parametrize("typed", ["ÉQUIPE", "équipe", "ЗАДАЧИ", "задачи"])
def test_channels_are_found_by_name_and_topic(signed_in, alice, typed):
    channel = make_channel("équipe", by=alice)
    set_topic(channel=channel, topic="Наши Задачи", by=alice)
    make_channel("other", by=alice)

    page = signed_in(alice).get("/channels", {"q": typed}).context["page"]

    assert [one.name for one in page] == ["équipe"]


def test_workflows_are_found_by_name_and_manager(signed_in, alice):
    ödland = make_member("Östen", email="osten@example.org")
    make_draft("Événements", by=ödland)
    make_draft("Plain", by=ödland)
    client = signed_in(ödland)

    def found(typed):
        page = client.get("/workflows/", {"q": typed}).context["found"]
        return sorted(one.workflow.name for one in page.lines)

    assert found("ÉVÉN") == ["Événements"]
    assert found("öSTEN") == ["Plain", "Événements"]


def test_runs_are_found_by_their_values(waiting_run):
    assert list(matching_runs(waiting_run.workflow, Filters(query="PAYÉ"))) == [waiting_run]
    assert not matching_runs(waiting_run.workflow, Filters(query="impayé")).exists()


@pytest.fixture
def waiting_run(alice, support):
    variables = [{"key": "link", "kind": "text"}]
    live = make_live(alice, variables=variables, steps=[message_step(support, "{{ link }}")])
    return start(live, link="Déjà payé")


@pytest.mark.parametrize("typed", ["%", "_", "\\", "É%e"])
def test_what_is_typed_is_no_pattern(alice, typed):
    make_member("Élise", email="elise@example.org")

    assert not Member.objects.filter(display_name__icontains=typed).exists()


def test_every_way_to_ignore_case_agrees(alice):
    person = make_member("Élise Straße", email="elise@example.org")
    mine = Member.objects.filter(pk=person.pk)

    for lookup, typed in (
        ("icontains", "ISE STRAß"),
        ("istartswith", "éLISE"),
        ("iendswith", "straßE"),
    ):
        assert mine.filter(**{f"display_name__{lookup}": typed}).exists(), lookup
        assert mine.filter(**{f"display_name__{lookup}": F("display_name")}).exists(), lookup
    assert not mine.filter(display_name__contains="éLISE").exists()


def test_nothing_is_found_in_nothing(alice):
    channel = make_channel("plain", by=alice)

    assert not Channel.objects.filter(pk=channel.pk, direct_key__icontains="m").exists()
