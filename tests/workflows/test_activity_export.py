"""The activity as a CSV file: what the filters show, read in batches, safe to open."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import translation

from tests.builders import make_live, make_refusal, message_step
from tests.workflows.runs import AGENT, start, tell_person
from workflows.activity import export
from workflows.activity.export import csv_lines, safe
from workflows.activity.filters import Filters
from workflows.models import Run
from workflows.services import publish_workflow

LINK = {"key": "link", "kind": "text"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(alice, variables=[LINK, AGENT], steps=[message_step(support, "{{ link }}")])


def rows_of(client, workflow, **asked):
    answer = client.get(reverse("workflows:runs_csv", args=[workflow.pk]), asked)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_tells_of_each_run_with_its_variables(alice, support, her):
    steps = [message_step(support), tell_person("{{ agent }}")]
    workflow = make_live(alice, variables=[LINK, AGENT], steps=steps)
    run = start(workflow, link="a,\nb", agent="Zoe")

    (row,) = rows_of(her, workflow)

    assert row["Run ID"] == run.run_id
    assert (row["Status"], row["Started by"], row["Version"]) == ("Failed", "Webhook", "1")
    assert row["Failed step"] == "2"
    assert "nobody here is “Zoe”" in row["Reason"]
    assert (row["link"], row["agent"], row["Other variables"]) == ("a,\nb", "Zoe", "")


def test_only_what_the_filters_show_is_in_the_file(live, her):
    found = start(live, link="4711")
    start(live, link="other")
    make_refusal(live)

    assert [one["Run ID"] for one in rows_of(her, live, q="4711")] == [found.run_id]
    assert rows_of(her, live, status="failed") == []
    assert len(rows_of(her, live)) == 2
    path = reverse("workflows:runs_csv", args=[live.pk])
    assert her.get(path, {"status": "refused"}).status_code == 404


def test_the_file_is_read_in_batches_without_gap_or_double(
    live, alice, monkeypatch, django_assert_num_queries
):
    runs = [start(live).run_id for _ in range(7)]
    monkeypatch.setattr(export, "BATCH", 3)

    with django_assert_num_queries(6):  # two for the draft, three batches, one that is empty
        text = "".join(csv_lines(live, Filters(), alice))

    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert [row[0] for row in rows] == runs[::-1]


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1+1",
        '=HYPERLINK("x")',
        "\n=1",
    ],
)
def test_no_cell_begins_a_formula(live, her, value):
    start(live, link=value)

    (row,) = rows_of(her, live)

    assert row["link"] == f"'{value}"


@pytest.mark.parametrize("value", ["-5", "-1.50", "1e5", "x=1", "", "https://desk.example/?a=-1"])
def test_what_is_no_formula_stays_as_it_is(value):
    assert safe(value) == value


def test_a_name_that_begins_a_formula_is_safe_too(live, her, alice):
    alice.display_name = "=cmd()"
    alice.save()
    Run.objects.filter(pk=start(live).pk).update(start_kind="test", started_by=alice)

    assert not any(cell.startswith("=") for cell in rows_of(her, live)[0].values())


def test_secrets_are_hidden(alice, support, her):
    variables = [{"key": "api_key", "kind": "text"}, LINK]
    workflow = make_live(alice, variables=variables, steps=[message_step(support)])
    start(workflow, api_key="very-secret", link="https://x.example/?token=abcdef")

    (row,) = rows_of(her, workflow)

    assert row["api_key"] == "[hidden]"
    assert "abcdef" not in row["link"]


def test_a_variable_that_is_gone_is_kept_beside_the_others(live, alice, her):
    start(live, link="kept")
    live.variables.get(key="link").delete()
    step = live.steps.get()
    step.config["text"] = "Hello"
    step.save()
    publish_workflow(workflow=live, by=alice)

    (row,) = rows_of(her, live)

    assert row["Other variables"] == '{"link":"kept"}'


def test_the_file_is_written_in_the_readers_language_whenever_it_is_taken(live, alice):
    start(live)
    with translation.override("fr"):
        pieces = csv_lines(live, Filters(), alice)
        heading = next(pieces)
    with translation.override("en"):
        (row,) = csv.reader(io.StringIO(next(pieces)))

    with translation.override("fr"):
        assert row[1] == Run.Status.SUCCEEDED.label
    assert heading.startswith("\ufeff")


def test_the_file_is_for_its_managers(bob, live, signed_in):
    start(live)
    path = reverse("workflows:runs_csv", args=[live.pk])
    assert signed_in(bob).get(path).status_code == 404
