"""What a draft may hold, in which order, and what is left to correct."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from tests.builders import (
    make_channel,
    make_draft,
    make_live,
    make_step,
    make_variable,
    make_workspace,
    message_step,
)
from workflows.models import RemovedPart
from workflows.services import (
    DraftProblems,
    draft_problems,
    set_details,
    set_steps,
    set_trigger,
    set_variables,
)
from workflows.services.arranging import move_part

STEP = RemovedPart.Part.STEP


def places(caught):
    return [one.place for one in caught.value.problems]


def variable(key, **fields):
    return {"key": key, "kind": "text", **fields}


def test_details_are_the_drafts_alone(alice):
    workflow = make_live(alice, name="Old")
    set_details(workflow=workflow, by=alice, name="New", icon=":bell:", description="d")
    workflow.refresh_from_db()
    assert (workflow.name, workflow.icon, workflow.description) == ("New", ":bell:", "d")
    assert workflow.app.name == "Old"
    assert workflow.status == "changed"


def test_strangers_edit_nothing(alice, charlie, dana, gus):
    workflow = make_live(alice)
    step = make_step(workflow)
    for stranger in (charlie, dana, gus):
        for edit in (
            lambda by: set_details(workflow=workflow, by=by, name="Mine"),
            lambda by: set_variables(workflow=workflow, by=by, variables=[]),
            lambda by: set_steps(workflow=workflow, by=by, steps=[]),
            lambda by: set_trigger(workflow=workflow, by=by, kind="webhook"),
            lambda by: move_part(workflow=workflow, part=STEP, by=by, key=step.pk, to=0),
        ):
            with pytest.raises(PermissionDenied):
                edit(stranger)


def test_variables_are_put_in_their_order(alice):
    workflow = make_draft(by=alice)
    make_variable(workflow, "old")
    set_variables(workflow=workflow, by=alice, variables=[variable("b"), variable("a")])
    assert [one.key for one in workflow.variables.all()] == ["b", "a"]


@pytest.mark.parametrize("key", ["", "1a", "a b", "é", "a" * 65, "a.b", "a\n", "{{a}}"])
def test_a_bad_key_is_named_by_its_place(alice, key):
    workflow = make_draft(by=alice)
    with pytest.raises(DraftProblems) as caught:
        set_variables(workflow=workflow, by=alice, variables=[variable("ok"), variable(key)])
    assert set(places(caught)) == {"variables[1].key"}
    assert not workflow.variables.exists()


def test_a_key_is_there_once_but_case_matters(alice):
    workflow = make_draft(by=alice)
    set_variables(workflow=workflow, by=alice, variables=[variable("a"), variable("A")])
    with pytest.raises(DraftProblems) as caught:
        set_variables(workflow=workflow, by=alice, variables=[variable("a"), variable("a")])
    assert places(caught) == ["variables[1].key"]
    assert [one.key for one in workflow.variables.all()] == ["a", "A"]


def test_twenty_variables_are_the_most(alice):
    workflow = make_draft(by=alice)
    many = [variable(f"key_{number}") for number in range(21)]
    set_variables(workflow=workflow, by=alice, variables=many[:20])
    with pytest.raises(DraftProblems) as caught:
        set_variables(workflow=workflow, by=alice, variables=many)
    assert places(caught) == ["variables"]
    assert workflow.variables.count() == 20


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("number", "default", "many"),
        ("boolean", "default", "maybe"),
        ("number", "example", "1e999"),
        ("boolean", "example", "1"),
    ],
)
def test_a_default_or_example_that_the_kind_cannot_hold_is_refused(alice, kind, field, text):
    workflow = make_draft(by=alice)
    bad = {"key": "a", "kind": kind, field: text}
    with pytest.raises(DraftProblems) as caught:
        set_variables(workflow=workflow, by=alice, variables=[bad])
    assert places(caught) == [f"variables[0].{field}"]


def test_steps_are_checked_and_stored_by_id(alice, support):
    workflow = make_draft(by=alice)
    make_variable(workflow, "link")
    set_steps(workflow=workflow, by=alice, steps=[message_step(support, "{{ link }}")])
    assert workflow.steps.get().config == {"channel": support.channel_id, "text": "{{ link }}"}


def test_what_a_database_cannot_store_is_replaced(alice, support):
    workflow = make_draft(by=alice)
    set_steps(workflow=workflow, by=alice, steps=[message_step(support, "a\x00b\ud800c")])
    set_variables(workflow=workflow, by=alice, variables=[variable("a", default="\x00")])
    assert workflow.steps.get().config["text"] == "a\ufffdb\ufffdc"
    assert workflow.variables.get().default == "\ufffd"


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"kind": "teleport", "config": {}}, "steps[0].kind"),
        ({"kind": "wait", "config": {"seconds": 0}}, "steps[0].config.seconds"),
        ({"kind": "wait", "config": {"seconds": True}}, "steps[0].config.seconds"),
        ({"kind": "wait", "config": {}}, "steps[0].config.seconds"),
        ({"kind": "wait", "config": []}, "steps[0].config"),
        ({"kind": "wait", "config": {"seconds": 1, "else": 1}}, "steps[0].config.else"),
        (
            {"kind": "send_message", "config": {"channel": "#nowhere", "text": "x"}},
            "steps[0].config.channel",
        ),
        (
            {"kind": "send_message_to_person", "config": {"person": "{{ x }}", "text": "x"}},
            "steps[0].config.person",
        ),
    ],
)
def test_a_bad_step_is_named_by_its_place_and_nothing_is_saved(alice, step, place):
    workflow = make_draft(by=alice)
    kept = make_step(workflow)
    with pytest.raises(DraftProblems) as caught:
        set_steps(workflow=workflow, by=alice, steps=[step])
    assert places(caught) == [place]
    assert list(workflow.steps.all()) == [kept]


def test_a_private_channel_is_only_for_who_is_in_it(alice, bob, charlie):
    secret = make_channel("secret", by=bob, is_private=True)
    workflow = make_draft(by=alice)
    with pytest.raises(DraftProblems) as caught:
        set_steps(workflow=workflow, by=alice, steps=[message_step(secret)])
    assert places(caught) == ["steps[0].config.channel"]
    assert "unknown channel" in str(caught.value)


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        (0, 2, "bca"),
        (2, 0, "cab"),
        (1, 0, "bac"),
        (1, 99, "acb"),
        (2, -5, "cab"),
        (0, 0, "abc"),
    ],
)
def test_a_step_moves_and_the_others_close_ranks(alice, moved, to, order):
    workflow = make_draft(by=alice)
    steps = {name: make_step(workflow) for name in "abc"}
    names = {step.pk: name for name, step in steps.items()}
    key = list(steps.values())[moved].pk
    move_part(workflow=workflow, part=STEP, by=alice, key=key, to=to)
    found = list(workflow.steps.all())
    assert "".join(names[step.pk] for step in found) == order
    assert [step.position for step in found] == [0, 1, 2]


def test_the_trigger_is_fixed_after_the_first_publication(alice):
    workflow = make_live(alice)
    workflow.trigger_kind = "shortcut"
    workflow.save()
    with pytest.raises(ValidationError, match="fixed"):
        set_trigger(workflow=workflow, by=alice, kind="webhook")


def test_turning_to_a_webhook_asks_for_the_right_to_build_such(alice):
    workflow = make_draft(by=alice)
    workflow.trigger_kind = "shortcut"
    workflow.save()
    make_workspace(who_may_build_webhooks="chosen")
    with pytest.raises(PermissionDenied):
        set_trigger(workflow=workflow, by=alice, kind="webhook")


def test_an_unknown_trigger_is_refused(alice):
    workflow = make_draft(by=alice)
    with pytest.raises(ValidationError, match="telepathy"):
        set_trigger(workflow=workflow, by=alice, kind="telepathy")


def test_a_draft_without_steps_says_so(alice):
    problems = draft_problems(workflow=make_draft(by=alice), by=alice)
    assert [(one.place, one.message) for one in problems] == [("steps", "Add at least one step.")]


def test_a_removed_variable_is_flagged_at_the_step_that_uses_it(alice, support):
    workflow = make_draft(by=alice, variables=[variable("support_ticket_link")])
    steps = [message_step(support), message_step(support, "{{ support_ticket_link }}")]
    set_steps(workflow=workflow, by=alice, steps=steps)
    assert draft_problems(workflow=workflow, by=alice) == []
    set_variables(workflow=workflow, by=alice, variables=[])
    (problem,) = draft_problems(workflow=workflow, by=alice)
    assert (problem.place, problem.step) == ("steps[1].config.text", 1)
    assert "support_ticket_link" in problem.message
