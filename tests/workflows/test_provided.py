"""The variables that a trigger provides: usable, previewed, and named in the activity."""

import pytest

from messaging.models import Message
from tests.builders import TICKET_VARIABLES, make_live, make_workflow
from tests.workflows.runs import say
from workflows.models import Run
from workflows.runs.provided import usable_variables, variable_specs
from workflows.runs.run_lines import run_lines
from workflows.runs.starting import Shortcut, start_shortcut
from workflows.services import set_trigger
from workflows.services.drafts import edit_scope
from workflows.services.live_test import send_test_request

pytestmark = pytest.mark.django_db


def make_shortcut(by, channel, *, make=make_live):
    return make(
        by,
        trigger_kind="shortcut",
        trigger_config={"channel": channel.channel_id},
        variables=[],
        steps=[say(channel, "{{ who|name }} in {{ channel }}")],
    )


def test_a_webhook_s_variables_are_the_declared_ones(alice):
    definition = make_workflow(alice, variables=TICKET_VARIABLES).definition()

    assert usable_variables(definition) == definition["variables"]
    assert [one.key for one in variable_specs(definition)] == [
        one["key"] for one in TICKET_VARIABLES
    ]


def test_a_shortcut_provides_who_and_the_channel_with_an_example(alice, support):
    definition = make_shortcut(alice, support, make=make_workflow).definition()

    found = usable_variables(definition)

    assert [(one["key"], one["kind"], one["example"]) for one in found] == [
        ("who", "member", ""),
        ("channel", "text", support.channel_id),
    ]
    assert {one.key: one.kind for one in variable_specs(definition)} == {
        "who": "member",
        "channel": "text",
    }


def test_steps_are_checked_against_what_the_trigger_provides(alice, support):
    workflow = make_shortcut(alice, support, make=make_workflow)

    assert edit_scope(workflow=workflow, member=alice).variables == {
        "who": "member",
        "channel": "text",
    }


def test_declared_variables_wait_for_a_trigger_that_takes_them(alice, support):
    workflow = make_workflow(alice, channel=support)
    declared = workflow.definition()["variables"]

    set_trigger(workflow=workflow, by=alice, kind="shortcut", config={"channel": "#support"})
    assert workflow.definition()["variables"] == []

    set_trigger(workflow=workflow, by=alice, kind="webhook")
    assert workflow.definition()["variables"] == declared
    assert workflow.trigger_config == {}


def test_a_test_run_is_by_whoever_sends_it(alice, support):
    send_test_request(workflow=make_shortcut(alice, support), by=alice)

    assert Message.objects.filter(channel=support).last().text == "Alice in #support"


def test_the_activity_says_who_started_a_run(alice, bob, support, django_assert_num_queries):
    workflow = make_shortcut(alice, support)
    for member in (alice, bob):
        start_shortcut(shortcut=Shortcut(workflow, support), member=member)
    runs = list(Run.objects.select_related("version"))

    with django_assert_num_queries(1):
        lines = run_lines(runs)

    assert [one.started_by for one in lines] == ["Shortcut by Bob", "Shortcut by Alice"]
