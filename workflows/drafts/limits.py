"""How large a draft may get: in number, in each text and in all; with the sentences that say so."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from workflows.fields.known import texts_in
from workflows.models import Step, Workflow

MAX_STEPS = 100
MAX_SETTING = 20_000  # characters of one setting as typed: a text may be too long to be published
MAX_IN_ALL = 400_000  # characters of all settings of all steps
ALWAYS_ROOM_FOR = 1_000  # characters: as many in each step stay far below that


def too_many_steps() -> str:
    """Return the sentence for one step too many."""
    return _("A workflow has at most %(max)s steps.") % {"max": MAX_STEPS}


def too_much_text(count: int) -> str:
    """Return the sentence for texts that are too long together."""
    values = {"max": MAX_IN_ALL, "count": count}
    return (
        _("All texts of a workflow together may have %(max)s characters, not %(count)s.") % values
    )


def too_long(text_length: int) -> str:
    """Return the sentence for one text that is not even kept to be shortened."""
    values = {"max": MAX_SETTING, "count": text_length}
    return _("Not saved: this has %(count)s characters; %(max)s at most are kept.") % values


def size_of(config: Any) -> int:
    """Return how many characters all texts in the settings have."""
    return sum(map(len, texts_in(config)))


def check_settings(config: Mapping[str, Any]) -> None:
    """Raise ValidationError by field for settings that are too long to be kept."""
    lengths = {name: size_of([value]) for name, value in config.items()}
    errors = {name: too_long(size) for name, size in lengths.items() if size > MAX_SETTING}
    if errors:
        raise ValidationError(errors)


def check_room(workflow: Workflow, step: Step) -> None:
    """Raise ValidationError where the draft has no room for the step as it is now.

    One query, for a step with long texts only.
    """
    own = size_of(step.config)
    if own <= ALWAYS_ROOM_FOR:
        return
    others = Step.objects.filter(workflow=workflow).exclude(pk=step.pk)
    count = own + sum(map(size_of, others.values_list("config", flat=True)))
    if count > MAX_IN_ALL:
        raise ValidationError({_longest(step.config): too_much_text(count)})


def _longest(config: Mapping[str, Any]) -> str:
    return max(config, key=lambda name: size_of([config[name]]))


def steps_problem(configs: Iterable[Any], count: int) -> str:
    """Return why so many steps with these settings are too much; empty where they are not."""
    if count > MAX_STEPS:
        return too_many_steps()
    size = sum(map(size_of, configs))
    return too_much_text(size) if size > MAX_IN_ALL else ""
