"""What differs between two versions, in a form that people read."""

import re

from workflows.drafts.differences import Kind, Line, differences
from workflows.text.text_difference import PAGE_STEPS, TEXT_STEPS, Budget


def definition(variables=(), steps=(), **fields):
    return {
        "name": "Tickets",
        "description": "",
        "icon": ":ticket:",
        "trigger": {"kind": "webhook"},
        "variables": list(variables),
        "steps": list(steps),
        **fields,
    }


def variable(key, **fields):
    plain = {"key": key, "kind": "text", "example": "", "required": False, "default": ""}
    return {**plain, **fields}


def message(text, channel="#support"):
    return {"kind": "send_message", "config": {"channel": channel, "text": text}}


def wait(seconds):
    return {"kind": "wait", "config": {"seconds": seconds}}


def shown(parts):
    return [(one.kind, one.name) for one in parts]


def test_the_same_definition_differs_in_nothing():
    one = definition([variable("a")], [message("hi")])

    found = differences(one, one)

    assert found.is_empty
    assert not found.warnings


def test_all_is_new_at_the_first_publication_and_nobody_is_warned():
    found = differences(None, definition([variable("a", required=True)], [message("hi")]))

    assert shown(found.variables) == [(Kind.NEW, "a")]
    assert shown(found.steps) == [(Kind.NEW, "Step 1")]
    assert not found.warnings
    assert not found.is_empty


def test_variables_are_matched_by_key():
    found = differences(
        definition([variable("a"), variable("b"), variable("c")]),
        definition([variable("a"), variable("c", kind="number"), variable("d")]),
    )

    assert shown(found.variables) == [
        (Kind.SAME, "a"),
        (Kind.CHANGED, "c"),
        (Kind.NEW, "d"),
        (Kind.REMOVED, "b"),
    ]


def test_senders_may_break_by_a_required_variable_a_removed_key_and_a_narrower_kind():
    found = differences(
        definition([variable("a"), variable("b"), variable("c")]),
        definition([variable("a", required=True), variable("c", kind="number")]),
    )

    assert shown(found.warnings) == [
        (Kind.CHANGED, "a"),
        (Kind.CHANGED, "c"),
        (Kind.REMOVED, "b"),
    ]


def test_a_required_variable_with_a_default_breaks_nobody():
    found = differences(definition(), definition([variable("a", required=True, default="x")]))

    assert not found.warnings


def test_a_changed_text_shows_its_lines():
    found = differences(
        definition(steps=[message("one\ntwo")]), definition(steps=[message("one\nthree")])
    )

    [step] = found.steps
    assert step.kind == Kind.CHANGED
    assert Line(" ", "one") in step.lines
    assert {Line("-", "two"), Line("+", "three")} <= set(step.lines)


def test_another_channel_is_a_change_of_the_step():
    found = differences(
        definition(steps=[message("hi")]), definition(steps=[message("hi", channel="#workshop")])
    )

    assert Line("+", "channel: #workshop") in found.steps[0].lines


def test_steps_put_between_and_taken_away_leave_the_others_as_before():
    found = differences(
        definition(steps=[message("a"), wait(5), message("b")]),
        definition(steps=[wait(9), message("a"), message("b")]),
    )

    assert shown(found.steps) == [
        (Kind.NEW, "Step 1"),
        (Kind.SAME, "Step 2"),
        (Kind.REMOVED, "Step 2"),
        (Kind.SAME, "Step 3"),
    ]


def test_details_are_named():
    found = differences(definition(), definition(name="Support", description="For all"))

    assert shown(found.details) == [(Kind.CHANGED, "Name"), (Kind.NEW, "Description")]


def test_a_review_compares_within_one_budget_and_shows_the_rest_as_replaced():
    older = definition(steps=[message(lines_of(at, 7, 5)) for at in range(50)])
    newer = definition(steps=[message(lines_of(at, 5, 3)) for at in range(50)])
    budget = Budget()

    found = differences(older, newer, budget=budget)

    assert -TEXT_STEPS < budget.left < PAGE_STEPS
    assert {one.kind for one in found.steps} == {Kind.CHANGED}
    signs = "".join(one.sign for one in found.steps[-1].lines).strip()
    assert re.fullmatch("-{490,}[+]{490,}", signs)


def lines_of(at, several, few):
    """Five hundred lines that are often the same, which is what comparing takes longest for."""
    return "\n".join(str(n * at % several + n % few) for n in range(500))
