"""Refused requests in the activity: how many, why, what to do, what the sender got."""

import datetime
import html

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import make_live, make_refusal, message_step
from workflows.activity.filters import REFUSED, Filters, refusals
from workflows.models import RefusalCount

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    variables = [{"key": "link", "kind": "text"}]
    return make_live(alice, variables=variables, steps=[message_step(support, "{{ link }}")])


def counts_page(client, workflow):
    response = client.get(reverse("workflows:runs", args=[workflow.pk]), {"status": "refused"})
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_refusals_are_counted_by_cause_and_minute(live, her):
    minute = timezone.now().replace(second=0, microsecond=0)
    for minutes, error, count in (
        (0, "rate_limited", 7),
        (1, "rate_limited", 5),
        (0, "invalid_json", 2),
    ):
        RefusalCount.objects.create(
            workflow=live,
            minute=minute - datetime.timedelta(minutes=minutes),
            error=error,
            count=count,
        )

    found = refusals(live, Filters(status=REFUSED))
    assert found.causes == [("rate_limited", 12), ("invalid_json", 2)]
    assert [(one.error, one.count) for one in found.minutes] == [
        ("invalid_json", 2),
        ("rate_limited", 7),
        ("rate_limited", 5),
    ]
    page = counts_page(her, live)
    assert "More than one request in a second" in page
    assert "Not JSON" in page


def test_only_so_many_minutes_are_listed_and_the_page_says_so(live, her):
    for minutes in range(70):
        RefusalCount.objects.create(
            workflow=live,
            minute=timezone.now() - datetime.timedelta(minutes=minutes),
            error="rate_limited",
            count=1,
        )

    assert "Only the newest minutes are listed" in counts_page(her, live)


def refused_page(client, sample):
    response = client.get(reverse("workflows:refusal", args=[sample.workflow_id, sample.pk]))
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.parametrize(
    ("error", "answer", "says"),
    [
        ("invalid_json", {"detail": "Expecting value: line 1 column 7"}, "line 1 column 7"),
        ("invalid_payload", {}, "neither an object nor a list"),
        ("unsupported_media_type", {}, "application/json"),
        (
            "invalid_variables",
            {"details": [{"key": "link", "problem": "missing"}]},
            'The required variable <span class="chip">link</span> was missing.',
        ),
        (
            "invalid_variables",
            {"details": [{"key": "age", "problem": "not_a_number"}]},
            'The variable <span class="chip">age</span> was not a number.',
        ),
        ("invalid_variables", {"details": "odd"}, "A variable was missing"),
        ("invalid_variables", {"details": ["odd", {"key": "x", "problem": "odd"}]}, "A variable"),
        ("rate_limited", {}, "within a second"),
    ],
)
def test_a_rejected_delivery_says_what_was_wrong_what_to_do_and_the_answer(
    live, her, error, answer, says
):
    sample = make_refusal(live, error, **answer)
    page = refused_page(her, sample)
    assert says in page
    assert "No run was made and nothing was posted." in page
    assert f'"error": "{error}"' in page
    assert "curl" in page


def test_a_rejected_delivery_of_another_workflow_is_not_found_here(alice, live, her):
    sample = make_refusal(live)
    other = make_live(alice)
    path = reverse("workflows:refusal", args=[other.pk, sample.pk])
    assert her.get(path).status_code == 404


def test_a_huge_key_of_a_sample_is_no_page(live, her):
    path = reverse("workflows:runs", args=[live.pk])
    assert her.get(f"{path}/rejected/{'9' * 30}").status_code == 404
