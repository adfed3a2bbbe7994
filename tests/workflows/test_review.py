"""The review before something is published or restored: what changes, for whom, who may break."""

import datetime

import pytest
from django.utils import timezone

from messaging.services import archive_channel
from tests.builders import make_channel, make_live, make_workflow, message_step
from tests.workflows.runs import job_for, tell_person
from workflows.drafts.differences import Kind
from workflows.models import Run
from workflows.payload.body import dump
from workflows.runs import traffic
from workflows.runs.accept import accept
from workflows.services import set_steps, set_variables
from workflows.versions.review import review, warnings

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support)


def reviewed(workflow, reader):
    return review(workflow.published_version.definition, workflow.definition(), reader=reader)


def warned(workflow):
    older = workflow.published_version.definition
    return {one.key: one.says for one in warnings(older, workflow.definition(), workflow=workflow)}


def receive(workflow, document, **fields):
    return accept(job_for(workflow, payload=dump(document), **fields))


def variable(key, **fields):
    return {"key": key, "kind": "text", **fields}


# --- Who will see it ------------------------------------------------------------------------------


def told(found):
    return [(one.kind, one.name or one.variable, one.size) for one in found.audiences]


def test_channels_are_new_as_before_or_left_with_their_active_members(live, alice, bob, charlie):
    workshop = make_channel("workshop", by=alice, members=(bob, charlie))
    charlie.is_active = False
    charlie.save()
    set_steps(workflow=live, by=alice, steps=[message_step(workshop)])

    assert told(reviewed(live, alice)) == [
        (Kind.NEW, "#workshop", 2),
        (Kind.REMOVED, "#support", 2),
    ]


def test_a_channel_that_is_posted_to_twice_is_told_once(live, alice, support):
    set_steps(workflow=live, by=alice, steps=[message_step(support), message_step(support, "b")])

    assert told(reviewed(live, alice)) == [(Kind.SAME, "#support", 2)]


def test_people_are_named_or_the_variable_that_names_them(live, alice, bob):
    steps = [tell_person(bob.email), tell_person("{{ assigned_support_agent }}")]
    set_steps(workflow=live, by=alice, steps=steps)

    people = [one for one in reviewed(live, alice).audiences if one.is_person]
    assert [(one.name, one.variable) for one in people] == [
        ("Bob", ""),
        ("{{ assigned_support_agent }}", "assigned_support_agent"),
    ]


def test_where_people_are_only_added_nobody_is_written_to(live, alice, support):
    config = {"person": alice.member_id, "channel": "#support"}
    set_steps(workflow=live, by=alice, steps=[{"kind": "add_person_to_channel", "config": config}])

    kinds = {one.kind: one.is_written_to for one in reviewed(live, alice).audiences}
    assert kinds == {Kind.NEW: False, Kind.REMOVED: True}


def test_a_private_channel_keeps_its_name_from_who_is_not_in_it(alice, bob, secret, charlie):
    live = make_live(alice, channel=secret)

    found = review(None, live.definition(), reader=charlie)

    assert "secret" not in repr(found)
    assert found.audiences[0].name == "a channel that you are not in"


def test_two_channels_that_the_reader_may_not_see_are_still_two(alice, charlie, secret):
    hidden = make_channel("hidden", by=alice, is_private=True)
    live = make_live(alice, channel=secret)
    set_steps(workflow=live, by=alice, steps=[message_step(hidden, "other")])

    assert [one.kind for one in reviewed(live, charlie).audiences] == [Kind.NEW, Kind.REMOVED]


# --- Texts ----------------------------------------------------------------------------------------


def test_settings_are_read_by_their_labels_and_names(live, alice, support):
    workshop = make_channel("workshop", by=alice)
    steps = [message_step(workshop, "New text"), {"kind": "wait", "config": {"seconds": 7200}}]
    set_steps(workflow=live, by=alice, steps=steps)

    changed, new = reviewed(live, alice).steps
    assert changed.label == "Send a message to a channel"
    texts = [(line.sign, line.text) for line in changed.lines]
    assert ("-", "Channel: #support") in texts
    assert ("+", "Channel: #workshop") in texts
    assert [line.text for line in new.lines] == ["2 hours"]


def test_the_words_that_differ_are_marked(live, alice, support):
    old, new = "New ticket {{ a }}, {{ b }}", "New ticket {{ a }}"
    one = make_live(alice, text=old, channel=support, variables=[variable("a"), variable("b")])
    set_steps(workflow=one, by=alice, steps=[message_step(support, new)])

    [step] = reviewed(one, alice).steps
    removed, added = (line for line in step.lines if line.sign != " ")
    assert [piece.text for piece in removed.pieces if piece.differs] == [", {{ b }}"]
    assert [piece for piece in added.pieces if piece.differs] == []
    assert (removed.text, added.text) == (old, new)


def test_variables_in_another_order_are_a_change(live, alice):
    set_variables(
        workflow=live,
        by=alice,
        variables=list(reversed([one.as_definition() for one in live.variables.all()])),
    )

    found = reviewed(live, alice)
    assert not found.is_empty
    assert [one.says for one in found.details] == ["They are in another order."]


def test_a_review_takes_the_same_queries_whatever_the_number_of_steps(
    live, alice, bob, support, django_assert_num_queries
):
    channels = [make_channel(f"c{number}", by=alice) for number in range(10)]
    steps = [message_step(one) for one in channels] + [tell_person(bob.email)] * 10
    set_steps(workflow=live, by=alice, steps=steps)
    older, newer = live.published_version.definition, live.definition()

    with django_assert_num_queries(3):
        review(older, newer, reader=alice)


# --- Who may break --------------------------------------------------------------------------------


def test_what_came_in_lately_is_counted(live, alice):
    set_variables(
        workflow=live,
        by=alice,
        variables=[
            variable("support_ticket_link"),
            variable("order_number", required=True),
        ],
    )
    for number in range(3):
        receive(live, {"assigned_support_agent": "U1", **({"order_number": "7"} if number else {})})

    says = warned(live)
    assert "1 of 3 requests of the last 7 days came without it" in says["order_number"]
    assert "3 of 3 requests of the last 7 days had it." in says["assigned_support_agent"]


def test_only_requests_of_the_last_days_count_and_no_tests(live, alice):
    set_variables(workflow=live, by=alice, variables=[variable("new", required=True)])
    receive(live, {})
    Run.objects.update(accepted_at=timezone.now() - datetime.timedelta(days=8))
    receive(live, {}, start_kind="test", started_by=alice.pk)

    assert "No request came in the last 7 days." in warned(live)["new"]


def test_a_kind_that_takes_less_is_tried_on_what_came(live, alice):
    receive(live, {"support_ticket_link": "https://desk.example/1"})
    receive(live, {"support_ticket_link": "12"})
    set_variables(
        workflow=live,
        by=alice,
        variables=[variable("support_ticket_link", kind="number"), variable("b")],
    )

    says = warned(live)["support_ticket_link"]
    assert "1 of 2 requests of the last 7 days had another value" in says


def test_a_default_that_goes_from_a_required_variable_is_warned_of(alice, support):
    given = variable("a", required=True, default="x")
    live = make_live(alice, channel=support, text="{{ a }}", variables=[given])
    set_variables(workflow=live, by=alice, variables=[variable("a", required=True)])

    assert "a" in warned(live)


def test_large_payloads_are_read_only_as_far_as_is_cheap(live, alice, monkeypatch):
    monkeypatch.setattr(traffic, "MOST_CHARACTERS", 100)
    set_variables(workflow=live, by=alice, variables=[variable("new", required=True)])
    for _number in range(3):
        receive(live, {"text": "x" * 60})

    assert "1 of the last request came without it" in warned(live)["new"]


def test_nothing_is_asked_where_nobody_may_break(live, alice, support, django_assert_num_queries):
    set_steps(workflow=live, by=alice, steps=[message_step(support, "other")])
    older, newer = live.published_version.definition, live.definition()

    with django_assert_num_queries(0):
        assert warnings(older, newer, workflow=live) == []


def test_numbers_cost_two_queries(live, alice, django_assert_num_queries):
    set_variables(workflow=live, by=alice, variables=[variable("new", required=True)])
    for _number in range(4):
        receive(live, {})
    older, newer = live.published_version.definition, live.definition()
    list(live.variables.all())

    with django_assert_num_queries(3):  # the draft's variables, too
        warnings(older, newer, workflow=live)


def test_an_archived_channel_is_still_named(alice, support):
    draft = make_workflow(alice, channel=support)
    archive_channel(channel=support, by=alice)

    assert told(review(None, draft.definition(), reader=alice)) == [(Kind.NEW, "#support", 2)]
