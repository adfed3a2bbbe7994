"""“Your workflows”: found, counted, with failures not seen; and all published ones for admins."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.services import archive_channel
from tests.builders import (
    make_channel,
    make_draft,
    make_live,
    make_variable,
    make_workspace,
    told,
)
from tests.pages import page
from tests.workflows.runs import start
from workflows.models import Run, Workflow, WorkflowManager
from workflows.runs.failures import MOST, new_failures
from workflows.services import (
    add_manager,
    publish_workflow,
    set_details,
    unpublish_workflow,
)


def names(client: Client, **query) -> list[str]:
    found = client.get(reverse("workflows:list"), query).context["found"]
    return [line.workflow.name for line in found.lines]


def make_shortcut(by, channel, **fields):
    trigger = {"trigger_kind": "shortcut", "trigger_config": {"channel": channel.channel_id}}
    return make_live(by, variables=[], text="hi", channel=channel, **trigger, **fields)


def fail(workflow, minutes_ago=0):
    """A run of the workflow that failed."""
    run = start(workflow)
    moment = timezone.now() - datetime.timedelta(minutes=minutes_ago)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.FAILED, finished_at=moment)
    return run


# --- What is listed -------------------------------------------------------------------------------


def test_the_list_shows_what_one_manages_and_nothing_else(her, alice, bob):
    make_live(alice, name="Tickets", description="Each one")
    make_draft("Of Bob", by=bob)
    shown = page(her, "workflows:list")
    assert "Tickets" in shown
    assert "Each one" in shown
    assert "Of Bob" not in shown
    assert "dhk_" not in shown


def test_the_empty_list_starts_one(her):
    shown = page(her, "workflows:list")
    assert "Let another service speak in your channel" in shown
    assert "See all 6 ready workflows" in shown
    assert 'value="support_ticket"' in shown
    her.post(reverse("workflows:new"), {"trigger": "webhook"})
    assert Workflow.objects.get().trigger_kind == "webhook"


def test_who_may_not_build_is_offered_nothing_to_build(her):
    make_workspace(who_may_build="chosen")
    shown = page(her, "workflows:list")
    assert reverse("workflows:new") not in shown
    assert "Ask a team admin." in shown


def test_triggers_are_told_with_their_channel(her, alice, support):
    make_shortcut(alice, support, name="Report")
    make_live(alice, name="Tickets", channel=support)
    shown = page(her, "workflows:list")
    assert "Shortcut in #support" in shown
    assert ">Webhook<" in shown


def test_a_channel_that_one_is_no_longer_in_keeps_its_name(her, alice, bob, secret):
    workflow = make_shortcut(alice, secret, name="Report")
    add_manager(workflow=workflow, member=bob, by=alice)
    secret.memberships.filter(member=alice).delete()
    shown = page(her, "workflows:list")
    assert "Shortcut in a channel that you are not in" in shown
    assert "secret" not in shown
    assert names(her, q="secret") == []


# --- Search and filters ---------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["deplo", "DEPLOYS", "bob", "workshop", "#workshop"])
def test_searching_finds_by_name_manager_and_channel(her, alice, bob, query):
    workshop = make_channel("workshop", by=alice)
    shared = make_live(alice, name="Deploys", channel=workshop)
    add_manager(workflow=shared, member=bob, by=alice)
    make_draft("Tickets", by=alice)
    assert names(her, q=query) == ["Deploys"]


def test_nothing_found_is_one_line_with_a_way_back(her, alice):
    make_draft(by=alice)
    shown = page(her, "workflows:list", q="<b>invoice")
    assert "No workflow matches “<b>invoice”." in shown
    assert "Clear the filters" in shown
    assert page(her, "workflows:list", q="\0")


def test_filters_keep_and_count(her, alice, support):
    make_draft("Draft", by=alice)
    make_live(alice, name="Live")
    changed = make_live(alice, name="Changed")
    set_details(workflow=changed, by=alice, name="Changed", description="new")
    unpublish_workflow(workflow=make_live(alice, name="Off"), by=alice)
    make_shortcut(alice, support, name="Shortcut")
    shown = page(her, "workflows:list")
    for word in ("All 5", "Live 3", "Draft 1", "Unpublished 1", "Live, unpublished changes"):
        assert word in shown
    assert names(her, status="live") == ["Changed", "Live", "Shortcut"]
    assert names(her, status="draft") == ["Draft"]
    assert names(her, status="unpublished") == ["Off"]
    assert names(her, trigger="shortcut") == ["Shortcut"]
    assert names(her, status="live", trigger="webhook", q="chang") == ["Changed"]
    assert len(names(her, status="gone", trigger="nope")) == 5
    assert "Live 1" in page(her, "workflows:list", trigger="shortcut", status="draft")


def test_many_come_page_by_page(her, alice):
    for number in range(51):
        make_draft(f"W{number:02}", by=alice)
    assert len(names(her)) == 50
    assert names(her, page="2") == ["W50"]
    assert "q=w" in page(her, "workflows:list", q="w").partition("Next")[0].rpartition("href=")[2]


def test_the_list_takes_the_same_queries_for_one_and_for_many(
    her, alice, bob, support, django_assert_max_num_queries
):
    def count(**query):
        with django_assert_max_num_queries(100) as queries:
            page(her, "workflows:list", **query)
        return len(queries)

    make_shortcut(alice, support)
    make_live(alice)
    make_draft(by=alice)
    page(her, "workflows:list")
    few = count(), count(q="support", status="live")
    for number in range(6):
        workflow = make_live(alice) if number % 2 else make_draft(by=alice)
        add_manager(workflow=workflow, member=bob, by=alice)
        make_variable(workflow)
        make_shortcut(alice, make_channel(f"support-{number}", by=alice))
        if number == 1:
            unpublish_workflow(workflow=workflow, by=alice)
    assert (count(), count(q="support", status="live")) == few


# --- Failures -------------------------------------------------------------------------------------


def test_failures_since_one_looked_are_counted_here_and_in_the_sidebar(her, alice, support):
    live = make_live(alice, channel=support)
    fail(live)
    fail(live)
    start(live)
    shown = page(her, "workflows:list")
    assert "2 failed" in shown
    assert 'count-bad">2<span class="visually-hidden"> new failures' in shown
    assert 'count-bad">2<' in page(her, "workflows:detail", live.pk)


def test_who_opens_the_activity_has_seen_them_and_nobody_else(her, alice, bob, signed_in, support):
    live = make_live(alice, channel=support)
    add_manager(workflow=live, member=bob, by=alice)
    fail(live)
    assert "new failure" not in page(her, "workflows:runs", live.pk)
    assert "1 failed" not in page(her, "workflows:list")
    assert new_failures(bob) == 1
    fail(live)
    assert new_failures(alice) == 1


def test_what_failed_before_one_managed_it_is_not_new(alice, bob, support):
    live = make_live(alice, channel=support)
    fail(live, minutes_ago=5)
    add_manager(workflow=live, member=bob, by=alice)
    assert new_failures(bob) == 0


def test_looking_again_writes_nothing(her, alice, support):
    live = make_live(alice, channel=support)
    before = WorkflowManager.objects.get().failures_seen_at
    page(her, "workflows:runs", live.pk)
    assert WorkflowManager.objects.get().failures_seen_at == before


def test_very_many_failures_are_not_counted_out(her, alice, support):
    live = make_live(alice, channel=support)
    run = fail(live)
    copy = Run.objects.filter(pk=run.pk).values().get()
    copies = [{**copy, "id": None, "run_id": f"R{number}"} for number in range(MOST + 5)]
    Run.objects.bulk_create(Run(**one) for one in copies)
    assert "99+ failed" in page(her, "workflows:list")


def test_guests_have_no_failures(gus, alice, signed_in):
    assert "count-bad" not in signed_in(gus).get("/settings").content.decode()


# --- The menu of a line ---------------------------------------------------------------------------


def test_unpublishing_from_the_list_asks_first(her, alice):
    live = make_live(alice)
    shown = page(her, "workflows:unpublish", live.pk)
    assert "Connected services get 404 from then on." in shown
    live.refresh_from_db()
    assert live.is_published
    her.post(reverse("workflows:unpublish", args=[live.pk]))
    live.refresh_from_db()
    assert not live.is_published


def test_an_admin_is_asked_on_the_page_about_it(alice, dana, signed_in):
    live = make_live(alice)
    answer = signed_in(dana).get(reverse("workflows:unpublish", args=[live.pk]))
    assert answer.headers["Location"] == reverse("workflows:about", args=[live.app_id])


# --- All published --------------------------------------------------------------------------------


def test_admins_see_every_published_one_by_its_live_name(alice, bob, dana, signed_in, support):
    live = make_live(alice, name="Live name", channel=support)
    set_details(workflow=live, by=alice, name="Draft name", description="secret draft")
    make_draft("A draft", by=bob)
    unpublish_workflow(workflow=make_live(bob, name="Off"), by=bob)
    shown = page(signed_in(dana), "workflows:published")
    assert "Live name" in shown
    assert "Webhook · Alice" in shown
    for hidden in ("Draft name", "secret draft", "A draft", "Off", "hooks/workflows"):
        assert hidden not in shown
    assert page(signed_in(dana), "workflows:published", q="alice").count("Live name")
    assert "No workflow matches" in page(signed_in(dana), "workflows:published", q="nobody")


def test_an_admin_comes_in_from_there_and_the_managers_are_told(alice, dana, signed_in):
    live = make_live(alice, name="Tickets")
    his = signed_in(dana)
    assert "Add me as a manager of Tickets" in page(his, "workflows:published")
    his.post(reverse("workflows:join", args=[live.pk]))
    assert "Open Tickets" in page(his, "workflows:published")
    assert "made themselves a manager" in told(alice)[-1].text


def test_a_private_channel_is_not_named_to_admins(alice, dana, secret, signed_in):
    make_shortcut(alice, secret, name="Report")
    shown = page(signed_in(dana), "workflows:published")
    assert "Shortcut in a channel that you are not in" in shown
    assert "secret" not in shown


def test_all_published_takes_the_same_queries_for_one_and_for_many(
    alice, bob, dana, signed_in, support, django_assert_max_num_queries
):
    his = signed_in(dana)

    def count():
        with django_assert_max_num_queries(100) as queries:
            page(his, "workflows:published")
        return len(queries)

    make_shortcut(alice, support)
    page(his, "workflows:published")
    few = count()
    for number in range(5):
        live = make_shortcut(alice, make_channel(f"c{number}", by=alice))
        add_manager(workflow=live, member=bob, by=alice)
        publish_workflow(workflow=live, by=bob)
    assert count() == few
    archive_channel(channel=support, by=alice)
    assert "#support" in page(his, "workflows:published")


def test_only_admins_see_all_published(her, alice):
    assert "All published" not in page(her, "workflows:list")
    page(her, "workflows:published", code=404)
