"""A kind of step that the builder has never seen: its form is drawn and saved all the same."""

import html
from collections.abc import Iterator

import pytest
from django import forms

from tests.builders import make_draft, make_step
from workflows.fields.plain import PlainField
from workflows.fields.yes_no import YesNoField
from workflows.registry import step_kinds
from workflows.steps.base import StepKind

SCRIPT = {"X-Declic-Script": "1"}


class Ring(StepKind):
    """Ring a bell."""

    kind = "ring"
    label = "Ring a bell"

    tune = PlainField(label="Tune", help_text="What is played.")
    loud = YesNoField(label="Loud")
    bell = PlainField(
        forms.ChoiceField(label="Bell", choices=[("big", "Big bell"), ("small", "Small bell")])
    )

    def run(self, config, context):
        return {}


@pytest.fixture
def bell() -> Iterator[None]:
    step_kinds.register(Ring)
    yield
    step_kinds._kinds.pop("ring")


@pytest.fixture
def page(bell, signed_in, alice):
    """A browser of Alice, a step that rings, and the path of its builder."""
    workflow = make_draft(by=alice)
    step = make_step(workflow, "ring", bell="huge")
    return signed_in(alice), step, f"/workflows/{workflow.pk}/edit"


def test_it_is_in_the_picker_and_its_form_is_drawn(page):
    client, step, path = page
    shown = html.unescape(client.get(path).content.decode())
    assert 'name="kind" value="ring"' in shown
    assert f'for="s{step.pk}-tune">Tune' in shown
    assert 'name="f-loud"' in shown
    assert "Small bell" in shown
    assert "What is played." in shown
    assert "Fill this in." in shown
    assert "Select a valid choice. huge is not one of the available choices." in shown


def test_its_fields_are_saved_each_in_its_own_way(page):
    client, step, path = page

    def save(**data):
        return client.post(f"{path}/steps/{step.pk}", data, headers=SCRIPT).json()

    save(**{"base-tune": "", "f-tune": " Für Elise "})
    save(**{"base-loud": "", "f-loud": "on"})
    answer = save(**{"base-bell": "huge", "f-bell": "small"})
    step.refresh_from_db()
    assert step.config == {"tune": "Für Elise", "loud": True, "bell": "small"}
    assert answer["flags"] == {}
    save(**{"base-loud": "true"})
    step.refresh_from_db()
    assert step.config["loud"] is False


def test_a_step_whose_kind_was_removed_is_named_and_can_go(signed_in, alice):
    workflow = make_draft(by=alice)
    step = make_step(workflow, "ring", tune="x")
    client, path = signed_in(alice), f"/workflows/{workflow.pk}/edit"
    assert "There is no such kind of step any more." in client.get(path).content.decode()
    client.post(f"{path}/steps/{step.pk}", {"base-tune": "x", "f-tune": "y"})
    client.post(f"{path}/steps/{step.pk}/remove")
    assert not workflow.steps.exists()
