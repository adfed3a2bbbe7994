"""The activity: what happened to a workflow, newest first, filtered, page by page."""

import datetime
import html
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.builders import make_live, make_refusal, message_step
from tests.workflows.runs import AGENT, WAIT, carry_on, job_for, later, start, tell_person
from workflows.activity import filters
from workflows.activity.export import csv_lines
from workflows.activity.filters import ALL, TODAY, Filters, activity_page
from workflows.models import RefusalCount, Run, WorkflowManager
from workflows.runs.accept import accept
from workflows.services import add_manager, publish_workflow

LINK = {"key": "link", "kind": "text"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(alice, variables=[LINK, AGENT], steps=[message_step(support, "{{ link }}")])


def days_ago(days):
    return timezone.now() - datetime.timedelta(days=days)


def path_of(workflow):
    return reverse("workflows:runs", args=[workflow.pk])


def shown(client, workflow, **asked):
    response = client.get(path_of(workflow), asked)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def keys(workflow, **filters):
    return [line.key for line in activity_page(workflow, Filters(**filters)).lines]


def test_pages_follow_each_other_by_key_without_gap_or_double(live, her):
    runs = [start(live, link="x").run_id for _ in range(5)]
    runs.reverse()
    first = activity_page(live, Filters(), size=2)
    second = activity_page(live, Filters(before=first.older), size=2)
    start(live, link="meanwhile")
    last = activity_page(live, Filters(before=second.older), size=2)

    found = [[line.key for line in page.lines] for page in (first, second, last)]
    assert found == [runs[:2], runs[2:4], runs[4:]]
    assert last.older is None


def test_a_refused_request_stands_once_between_the_runs_by_its_time(live):
    began = timezone.now()
    order = []
    for second in range(6):
        with time_machine.travel(began + datetime.timedelta(seconds=second), tick=False):
            is_refused = second in {1, 4}
            made = make_refusal(live) if is_refused else start(live)
            order.append(f"refused-{made.pk}" if is_refused else made.run_id)
    pages, before = [], None
    with later(60):
        while True:
            page = activity_page(live, Filters(before=before), size=2)
            pages += [line.key for line in page.lines]
            before = page.older
            if before is None:
                break

    assert pages == order[::-1]


@pytest.mark.parametrize("status", [*Run.Status.values, "refused"])
def test_a_status_shows_its_own_only(alice, support, her, status):
    workflow = make_live(alice, variables=[AGENT], steps=[message_step(support), WAIT])
    waiting = start(workflow)
    succeeded = start(workflow)
    Run.objects.filter(pk=succeeded.pk).update(status=Run.Status.SUCCEEDED)
    failed = start(workflow)
    Run.objects.filter(pk=failed.pk).update(status=Run.Status.FAILED)
    cancelled = start(workflow)
    Run.objects.filter(pk=cancelled.pk).update(status=Run.Status.CANCELLED)
    refused = make_refusal(workflow)
    all_keys = {
        "cancelled": cancelled.run_id,
        "waiting": waiting.run_id,
        "succeeded": succeeded.run_id,
        "failed": failed.run_id,
        "refused": f"refused-{refused.pk}",
    }

    page = shown(her, workflow, status=status)

    assert [name for name, key in all_keys.items() if f'data-key="{key}"' in page] == [status]
    assert f'value="{status}" id="s-{status}" checked' in page
    assert set(keys(workflow)) == set(all_keys.values())


def test_the_filters_count_failures_and_rejections_of_the_time(live, her):
    for days, error in ((0, "invalid_json"), (0, "rate_limited"), (8, "rate_limited")):
        RefusalCount.objects.create(workflow=live, minute=days_ago(days), error=error, count=40)
    for days in (0, 8):
        Run.objects.filter(pk=start(live).pk).update(
            status=Run.Status.FAILED, accepted_at=days_ago(days)
        )

    page = shown(her, live)
    assert '<span data-count="failed">\xa01</span>' in page
    assert '<span data-count="refused">\xa080</span>' in page
    assert '<span data-count="refused">\xa099+</span>' in shown(her, live, when="all")


def test_the_time_is_a_week_unless_another_is_chosen(live):
    old, older = start(live), start(live)
    Run.objects.filter(pk=old.pk).update(accepted_at=days_ago(3))
    Run.objects.filter(pk=older.pk).update(accepted_at=days_ago(30))
    new = start(live)

    assert keys(live) == [new.run_id, old.run_id]
    assert keys(live, period=TODAY) == [new.run_id]
    assert keys(live, period=ALL) == [new.run_id, older.run_id, old.run_id]


def test_today_begins_in_the_readers_time_zone(live):
    with time_machine.travel(datetime.datetime(2026, 3, 1, 22, 30, tzinfo=datetime.UTC)):
        late = start(live)
    with time_machine.travel(datetime.datetime(2026, 3, 2, 8, 0, tzinfo=datetime.UTC)):
        with timezone.override("UTC"):
            assert keys(live, period=TODAY) == []
        with timezone.override("Europe/Paris"):
            assert keys(live, period=TODAY) == []
        with timezone.override("Europe/Moscow"):
            assert keys(live, period=TODAY) == [late.run_id]


@pytest.mark.parametrize("query", ["4711", "desk.EXAMPLE", "Žluťoučký", 'say "hi"', "100%"])
def test_search_finds_text_in_the_values(live, query):
    text = 'https://desk.example/4711 Žluťoučký say "hi" 100%'
    found = start(live, link=text)
    start(live, link="another")

    assert keys(live, query=query) == [found.run_id]


@pytest.mark.parametrize("query", ["link", "_", "desk%4711", "{"])
def test_search_looks_into_values_only_and_takes_no_wildcards(live, query):
    start(live, link="https://desk.example/4711")

    assert keys(live, query=query) == []


def test_search_finds_a_run_by_its_id_and_leaves_refused_requests_out(live):
    run = start(live, link="x")
    make_refusal(live)

    assert keys(live, query=run.run_id.lower()) == [run.run_id]


def test_an_address_that_asks_for_nonsense_shows_everything(live, her):
    run = start(live)

    assert run.run_id in shown(her, live, status="nope", when="never", q="")


def test_links_keep_the_filters(live, her):
    run = start(live, link="a&b")

    page = her.get(path_of(live), {"q": "a&b", "when": "all"}).content.decode()

    link = html.unescape(page.split(f'href="{run.get_absolute_url()}')[1].split('"')[0])
    assert parse_qs(urlsplit(link).query) == {"q": ["a&b"], "when": ["all"]}


def test_a_line_says_how_it_was_started_and_which_step_failed_and_why(alice, support, her):
    steps = [message_step(support), tell_person("{{ agent }}")]
    workflow = make_live(alice, variables=[AGENT], steps=steps)
    start(workflow, agent="Zoe")

    page = shown(her, workflow)
    assert "Step 2: The person could not be reached: nobody here is “Zoe”." in page
    assert "Webhook" in page


def test_a_line_says_which_version_ran(alice, live, her):
    start(live)
    publish_workflow(workflow=live, by=alice)
    start(live)

    lines = shown(her, live).split("<tbody")[1].split('role="row"')[1:]
    assert ["Version 2" in lines[0], "Version 1" in lines[1]] == [True, True]


def test_a_waiting_line_says_until_when(waiting, her):
    start(waiting)

    assert "Goes on: " in shown(her, waiting)


def test_nothing_found_says_how_to_find_more(live, her):
    assert "Look further back" in shown(her, live)
    assert "Clear the filters" in shown(her, live, q="nothing like it")
    assert "Send a test request" in shown(her, live, when="all")
    assert "No delivery was rejected in this time." in shown(her, live, status="refused")


def test_the_page_takes_as_many_queries_for_many_lines_as_for_few(alice, support, her):
    steps = [message_step(support), tell_person("{{ agent }}")]
    workflow = make_live(alice, variables=[AGENT], steps=steps)

    def happen():
        start(workflow, agent="Zoe")
        accept(job_for(workflow, values={"agent": ""}, start_kind="test", started_by=alice.pk))
        make_refusal(workflow)
        make_refusal(workflow, "rate_limited")

    def count(path, **asked):
        with CaptureQueriesContext(connection) as queries:
            assert her.get(path, asked).status_code == 200
        return len(queries)

    happen()
    WorkflowManager.objects.update(failures_seen_at=timezone.now() + datetime.timedelta(days=1))
    run = Run.objects.first()
    asked = [{}, {"status": "refused"}, {"q": "Zoe"}, {"when": "all"}]
    paths = [path_of(workflow), run.get_absolute_url()]
    for path in paths:
        count(path)
    few = [count(path, **one) for path in paths for one in asked]
    for _ in range(5):
        happen()

    assert [count(path, **one) for path in paths for one in asked] == few
    assert max(few) < 40


def test_looking_at_the_activity_makes_its_failures_seen_for_the_reader_alone(
    alice, bob, live, her, signed_in
):
    add_manager(workflow=live, member=bob, by=alice)
    start(live)
    Run.objects.update(status=Run.Status.FAILED, finished_at=timezone.now())

    her.get(path_of(live))

    tab = '<span class="count count-bad">'
    assert tab not in her.get(reverse("workflows:managers", args=[live.pk])).content.decode()
    bobs = signed_in(bob).get(reverse("workflows:managers", args=[live.pk]))
    assert tab in bobs.content.decode()


# --- Live ----------------------------------------------------------------------------------------


def fresh(client, path, seen=""):
    return client.get(path, headers={"X-Declic-Script": "1", "X-Declic-Seen": seen})


def seen_in(response):
    return response.content.decode().split('data-seen="')[1].split('"')[0]


def test_the_script_gets_the_changing_parts_alone(live, her):
    run = start(live)
    for path in (path_of(live), run.get_absolute_url()):
        page = fresh(her, path).content.decode()
        assert run.run_id in page
        assert "<html" not in page


def test_the_script_hears_nothing_until_something_happens(live, her):
    seen = seen_in(fresh(her, path_of(live)))
    assert fresh(her, path_of(live), seen).status_code == 204

    run = start(live)
    answer = fresh(her, path_of(live), seen)
    assert run.run_id in answer.content.decode()
    make_refusal(live)
    assert fresh(her, path_of(live), seen_in(answer)).status_code == 200


@pytest.mark.parametrize("is_opened", [True, False])
def test_the_script_hears_that_a_waiting_run_goes_on(waiting, her, is_opened):
    run = start(waiting)
    path = run.get_absolute_url() if is_opened else path_of(waiting)
    seen = seen_in(fresh(her, path))
    assert fresh(her, path, seen).status_code == 204

    with later(120):
        carry_on()
        assert "Succeeded" in fresh(her, path, seen).content.decode()


def test_a_manager_of_another_workflow_finds_nothing_here(alice, bob, live, signed_in):
    make_live(bob)
    run, sample = start(live), make_refusal(live)
    client = signed_in(bob)
    for path in (
        path_of(live),
        run.get_absolute_url(),
        reverse("workflows:refusal", args=[live.pk, sample.pk]),
        reverse("workflows:runs_csv", args=[live.pk]),
    ):
        assert client.get(path).status_code == 404
        assert fresh(client, path).status_code == 404


def test_a_search_reads_so_many_runs_says_so_and_goes_on(live, her, monkeypatch):
    monkeypatch.setattr(filters, "MOST_SEARCHED", 3)
    found = start(live, link="needle")
    for _time in range(4):
        start(live, link="hay")

    first = activity_page(live, Filters(query="needle"))
    page = shown(her, live, q="needle")
    second = activity_page(live, Filters(query="needle", before=first.older))

    assert (first.lines, first.searched) == ([], 3)
    assert "3 runs were searched; there are older ones." in page
    assert f"before={first.older}" in page
    assert [line.run for line in second.lines] == [found]
    assert (second.searched, second.older) == (0, None)


def test_an_export_searches_all_in_pieces(live, monkeypatch):
    monkeypatch.setattr(filters, "MOST_SEARCHED", 3)
    found = start(live, link="needle")
    for _time in range(7):
        start(live, link="hay")

    rows = "".join(csv_lines(live, Filters(query="needle"), live.managers.get())).splitlines()

    assert [row.partition(",")[0] for row in rows[1:]] == [found.run_id]
