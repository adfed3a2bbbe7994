"""The builder's buttons: add, move, copy and remove parts of a draft, and take that back."""

import html

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from tests.builders import make_draft, make_step, make_variable, make_workflow
from tests.workflows.draft_edits import message, of, save
from workflows.drafts.limits import MAX_STEPS
from workflows.models import MAX_VARIABLES, RemovedPart
from workflows.services import arranging
from workflows.services.editing import PartRemoved, Typed, save_step

STEP, VARIABLE = RemovedPart.Part.STEP, RemovedPart.Part.VARIABLE


@pytest.fixture
def workflow(alice, support):
    """A draft with three steps and two variables."""
    made = make_draft("Tickets", by=alice)
    for key in ("link", "agent"):
        make_variable(made, key, required=key == "link", default="d")
    make_step(made, "send_message", channel=support.channel_id, text="{{ link }} {{ agent }}")
    make_step(made, seconds=60)
    make_step(made, seconds=120)
    return made


def press(client, workflow, action, **data):
    """Press a button without a script; return where the page goes on."""
    answer = client.post(f"/workflows/{workflow.pk}/edit/{action}", data)
    assert answer.status_code == 302
    path, _hash, anchor = answer.headers["Location"].partition("#")
    assert path == f"/workflows/{workflow.pk}/edit"
    return anchor


def kinds(workflow):
    return [(one.kind, one.config.get("seconds")) for one in workflow.steps.all()]


def keys(workflow):
    return [one.key for one in workflow.variables.all()]


def positions(workflow):
    return [one.position for one in workflow.steps.all()]


def said(client, workflow) -> str:
    return html.unescape(client.get(f"/workflows/{workflow.pk}/edit").content.decode())


def test_a_step_is_added_at_the_end_empty_and_the_page_goes_on_in_it(her, workflow):
    anchor = press(her, workflow, "steps", kind="send_message")
    step = workflow.steps.last()
    assert anchor == f"s{step.pk}"
    assert (step.kind, step.config) == ("send_message", {})


def test_an_unknown_kind_adds_nothing(her, workflow):
    press(her, workflow, "steps", kind="moon")
    assert workflow.steps.count() == 3
    assert "There is no such kind of step." in said(her, workflow)


def test_steps_move_up_down_and_to_a_place_and_say_where_they_are(her, workflow):
    first, second, third = workflow.steps.all()
    press(her, workflow, f"steps/{second.pk}/move", to="up")
    assert list(workflow.steps.all()) == [second, first, third]
    assert "Step 2 is now step 1" in said(her, workflow)
    press(her, workflow, f"steps/{second.pk}/move", to="down")
    press(her, workflow, f"steps/{third.pk}/move", to="0")
    assert list(workflow.steps.all()) == [third, first, second]
    assert "Step 3 is now step 1" in said(her, workflow)
    assert positions(workflow) == [0, 1, 2]


@pytest.mark.parametrize("to", ["up", "", "x", "-1", "９", "1" * 50])
def test_a_step_that_is_first_stays_first(her, workflow, to):
    steps = list(workflow.steps.all())
    press(her, workflow, f"steps/{steps[0].pk}/move", to=to)
    assert list(workflow.steps.all()) == steps


def test_a_copy_stands_behind_its_original(her, workflow):
    first = workflow.steps.all()[1]
    anchor = press(her, workflow, f"steps/{first.pk}/copy")
    assert kinds(workflow) == [("send_message", None), ("wait", 60), ("wait", 60), ("wait", 120)]
    assert anchor == f"s{workflow.steps.all()[2].pk}"
    assert positions(workflow) == [0, 1, 2, 3]


def test_a_removed_step_comes_back_where_it_was_under_its_own_key(her, workflow, alice):
    steps = list(workflow.steps.all())
    press(her, workflow, f"steps/{steps[1].pk}/remove")
    assert list(workflow.steps.all()) == [steps[0], steps[2]]
    shown = said(her, workflow)
    assert "Step 2 removed" in shown
    removed = workflow.removed_parts.get()
    assert f'action="/workflows/{workflow.pk}/edit/restore/{removed.pk}"' in shown
    anchor = press(her, workflow, f"restore/{removed.pk}")
    assert list(workflow.steps.all()) == steps
    assert anchor == f"s{steps[1].pk}"
    assert positions(workflow) == [0, 1, 2]
    assert press(her, workflow, f"restore/{removed.pk}") == ""
    assert workflow.steps.count() == 3


def test_what_is_written_meanwhile_is_saved_after_it_came_back(workflow, alice):
    step = workflow.steps.all()[0]
    removed = arranging.remove_part(workflow=workflow, part=STEP, key=step.pk, by=alice)
    fields = {"text": Typed("Late words", step.config["text"])}
    with pytest.raises(PartRemoved):
        save_step(workflow=workflow, key=step.pk, by=alice, fields=fields)
    arranging.restore_part(workflow=workflow, removed_key=removed.pk, by=alice)
    save_step(workflow=workflow, key=step.pk, by=alice, fields=fields)
    step.refresh_from_db()
    assert step.config["text"] == "Late words"


def test_pressing_on_what_is_gone_says_so(her, workflow):
    step = workflow.steps.all()[0]
    press(her, workflow, f"steps/{step.pk}/remove")
    for action in ("remove", "move", "copy"):
        press(her, workflow, f"steps/{step.pk}/{action}", to="down")
        assert "You removed this step in another window." in said(her, workflow)


def test_a_conflict_with_oneself_speaks_of_nobody_else(her, workflow):
    part, was = of(message(workflow)), message(workflow).config["text"]
    save(her, workflow, part, text=(was, "In one window"))
    said = save(her, workflow, part, 409, text=(was, "In the other"))["conflict"]
    assert "You saved step 1 in another window" in said
    assert "Take what is saved" in said


# --- Variables ------------------------------------------------------------------------------------


def test_a_variable_is_added_under_a_free_key(her, workflow):
    make_variable(workflow, "variable_4")
    anchor = press(her, workflow, "variables")
    assert keys(workflow) == ["link", "agent", "variable_4", "variable_5"]
    assert anchor == f"v{workflow.variables.last().pk}"


def test_there_are_at_most_twenty_variables(her, workflow):
    for _number in range(MAX_VARIABLES - 2):
        press(her, workflow, "variables")
    assert "Add a variable" not in said(her, workflow)
    press(her, workflow, "variables")
    assert workflow.variables.count() == MAX_VARIABLES
    assert "A workflow has at most 20 variables." in said(her, workflow)


def test_there_are_at_most_so_many_steps(workflow, alice):
    while workflow.steps.count() < MAX_STEPS:
        make_step(workflow)
    with pytest.raises(ValidationError):
        arranging.add_step(workflow=workflow, kind="wait", by=alice)


def test_variables_move(her, workflow):
    link = workflow.variables.get(key="link")
    press(her, workflow, f"variables/{link.pk}/move", to="down")
    assert keys(workflow) == ["agent", "link"]
    assert "link is now variable 2" in said(her, workflow)


def test_steps_that_use_a_removed_variable_are_named_and_flagged_until_undo(her, workflow):
    link = workflow.variables.get(key="link")
    assert "Step 1 uses it." in said(her, workflow)
    press(her, workflow, f"variables/{link.pk}/remove")
    shown = said(her, workflow)
    assert "link removed" in shown
    assert "There is no variable “link”." in shown
    press(her, workflow, f"restore/{workflow.removed_parts.get().pk}")
    assert "There is no variable “link”." not in said(her, workflow)
    back = workflow.variables.get(key="link")
    assert (back.pk, back.position, back.required, back.default) == (link.pk, 0, True, "d")


def test_a_variable_whose_key_was_taken_meanwhile_comes_back_to_be_corrected(workflow, alice):
    link = workflow.variables.get(key="link")
    removed = arranging.remove_part(workflow=workflow, part=VARIABLE, key=link.pk, by=alice)
    arranging.add_variable(workflow=workflow, by=alice, key="link")
    back = arranging.restore_part(workflow=workflow, removed_key=removed.pk, by=alice)
    assert back.typed_key == "link"
    assert back.key != "link"


def test_a_variable_does_not_come_back_into_a_full_draft(workflow, alice):
    link = workflow.variables.get(key="link")
    removed = arranging.remove_part(workflow=workflow, part=VARIABLE, key=link.pk, by=alice)
    while workflow.variables.count() < MAX_VARIABLES:
        arranging.add_variable(workflow=workflow, by=alice)
    with pytest.raises(ValidationError):
        arranging.restore_part(workflow=workflow, removed_key=removed.pk, by=alice)
    assert workflow.removed_parts.exists()


def test_old_removals_are_forgotten(workflow, alice, monkeypatch):
    monkeypatch.setattr(arranging, "KEPT", 2)
    for step in workflow.steps.all():
        arranging.remove_part(workflow=workflow, part=STEP, key=step.pk, by=alice)
    assert workflow.removed_parts.count() == 2


# --- Rights ---------------------------------------------------------------------------------------


def test_only_managers_arrange_and_only_their_own_parts(alice, bob, workflow, signed_in):
    step = workflow.steps.all()[0]
    with pytest.raises(PermissionDenied):
        arranging.remove_part(workflow=workflow, part=STEP, key=step.pk, by=bob)
    his = make_workflow(bob)
    client = signed_in(bob)
    for action in ("", "/remove", "/move", "/copy"):
        path = f"/workflows/{his.pk}/edit/steps/{step.pk}{action}"
        client.post(path, {"base-text": "", "f-text": "Mine now", "to": "up"})
    removed = arranging.remove_part(workflow=workflow, part=STEP, key=step.pk, by=alice)
    client.post(f"/workflows/{his.pk}/edit/restore/{removed.pk}")
    assert his.steps.count() == 1
    assert workflow.steps.count() == 2
    assert workflow.removed_parts.count() == 1
