"""Kinds of steps and triggers: a file in the folder is the registration."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from workflows.fields.plain import PlainField
from workflows.models import Step, Workflow
from workflows.registry import Registry, step_kinds, trigger_kinds
from workflows.steps.base import StepKind


def kind_class(kind, name="Some"):
    return type(name, (), {"kind": kind, "label": kind.title(), "__module__": "somewhere"})


def test_what_is_registered_is_found_by_its_kind():
    registry = Registry("nowhere")

    cls = registry.register(kind_class("wave"))

    assert isinstance(registry.find("wave"), cls)
    assert registry.find("gone") is None


def test_kinds_come_in_the_order_of_their_names():
    registry = Registry("nowhere")
    for kind in ("wave", "ask", "say"):
        registry.register(kind_class(kind, name=kind))

    assert registry.choices() == [("ask", "Ask"), ("say", "Say"), ("wave", "Wave")]
    assert [one.kind for one in registry.all()] == ["ask", "say", "wave"]


def test_two_classes_of_one_kind_stop_the_start_and_both_are_named():
    registry = Registry("nowhere")
    registry.register(kind_class("wave", name="First"))

    with pytest.raises(ImproperlyConfigured, match=r"somewhere\.Second and somewhere\.First"):
        registry.register(kind_class("wave", name="Second"))


def test_a_class_without_a_kind_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="has no kind"):
        Registry("nowhere").register(kind_class(""))


def test_a_step_that_does_not_say_what_it_does_stops_the_start():
    class Idle(StepKind):
        kind = "idle"

    with pytest.raises(ImproperlyConfigured, match=r"Idle does not say: run\."):
        Registry("nowhere").register(Idle)


def test_a_setting_may_not_hide_what_a_kind_says_of_itself():
    with pytest.raises(ImproperlyConfigured, match="may not call a setting label"):

        class Mute(StepKind):
            label = PlainField()


def test_the_picker_offers_kinds_in_the_order_that_they_say():
    kinds = sorted(step_kinds.all(), key=lambda kind: kind.order)
    first = [kind.kind for kind in kinds][:4]
    assert first == ["send_message", "send_message_to_person", "add_person_to_channel", "wait"]


def test_a_module_that_is_read_again_is_no_second_class():
    registry = Registry("nowhere")

    registry.register(kind_class("wave"))
    registry.register(kind_class("wave"))

    assert len(registry.all()) == 1


def test_discovery_reads_every_file_of_the_folder(tmp_path, monkeypatch):
    package = tmp_path / "kinds_for_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("found = []\n")
    for name in ("one", "two"):
        (package / f"{name}.py").write_text(
            f"import kinds_for_a_test\nkinds_for_a_test.found.append('{name}')\n"
        )
    monkeypatch.syspath_prepend(tmp_path)

    Registry("kinds_for_a_test").discover()

    import kinds_for_a_test

    assert sorted(kinds_for_a_test.found) == ["one", "two"]


@pytest.mark.parametrize(
    ("registry", "kinds"),
    [
        (step_kinds, {"send_message", "send_message_to_person", "wait"}),
        (trigger_kinds, {"webhook"}),
    ],
)
def test_the_kinds_of_the_product_are_there_and_have_a_name(registry, kinds):
    assert kinds <= {one.kind for one in registry.all()}
    assert all(str(one.label) for one in registry.all())


def test_the_choices_of_the_models_follow_the_folder():
    steps = dict(Step._meta.get_field("kind").flatchoices)
    triggers = dict(Workflow._meta.get_field("trigger_kind").flatchoices)

    assert set(steps) == {one.kind for one in step_kinds.all()}
    assert set(triggers) == {one.kind for one in trigger_kinds.all()}
