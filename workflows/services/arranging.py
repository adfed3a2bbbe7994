"""Add, move, copy and remove the parts of a draft, its steps and variables; and take that back."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.drafts.checks import renamed, uses
from workflows.drafts.limits import MAX_STEPS, check_room, too_many_steps
from workflows.models import MAX_VARIABLES, RemovedPart, Step, Variable, Workflow
from workflows.registry import step_kinds
from workflows.services.drafts import (
    lock,
    number_rows,
    too_many_variables,
    touch,
)
from workflows.services.editing import PartRemoved, removed_part
from workflows.services.rights import require_manager

KEPT = 50  # removed parts of each workflow


def add_step(
    *, workflow: Workflow, kind: str, by: Member, config: Any = None, before: int | None = None
) -> Step:
    """Put a step of this kind before the one with that key, or at the end; raise ValidationError.

    Its settings are empty. Where the step that it should stand before is gone, it comes last.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        if step_kinds.find(kind) is None:
            raise ValidationError(_("There is no such kind of step."))
        rows = list(workflow.steps.all())
        step = Step(workflow=workflow, kind=kind, config=config or {})
        at = next((place for place, row in enumerate(rows) if row.pk == before), len(rows))
        return _insert_step(workflow, rows, step, at, by)


def copy_step(*, workflow: Workflow, key: int, by: Member) -> Step:
    """Put a copy of the step behind it; raise PartRemoved or ValidationError."""
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        rows = list(workflow.steps.all())
        at = _place(workflow, rows, RemovedPart.Part.STEP, key)
        copy = Step(workflow=workflow, kind=rows[at].kind, config=rows[at].config)
        return _insert_step(workflow, rows, copy, at + 1, by)


def _insert_step(workflow: Workflow, rows: list[Step], step: Step, at: int, by: Member) -> Step:
    if len(rows) >= MAX_STEPS:
        raise ValidationError(too_many_steps())
    check_room(workflow, step)
    step.position = at
    step.note_saved(by)
    step.save()
    rows.insert(at, step)
    number_rows(rows)
    touch(workflow)
    return step


def add_variable(*, workflow: Workflow, by: Member, key: str = "") -> Variable:
    """Put a variable at the end, under a free key; raise ValidationError for the 21st."""
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        rows = list(workflow.variables.all())
        if len(rows) >= MAX_VARIABLES:
            raise ValidationError(too_many_variables())
        row = Variable(workflow=workflow, key=key or free_key(rows), position=len(rows))
        row.note_saved(by)
        row.save()
        touch(workflow)
        return row


def free_key(rows: list[Variable]) -> str:
    """Return a key that none of the variables has: `variable_3`."""
    taken = {row.key for row in rows}
    number = len(rows) + 1
    while f"variable_{number}" in taken:
        number += 1
    return f"variable_{number}"


def move_part(
    *, workflow: Workflow, part: RemovedPart.Part, key: int, by: Member, to: int
) -> tuple[int, int]:
    """Put a step or variable at this position (from 0); return where it was, and where it is.

    Raise PartRemoved.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        rows = _rows(workflow, part)
        at = _place(workflow, rows, part, key)
        to = max(0, min(to, len(rows) - 1))
        rows.insert(to, rows.pop(at))
        number_rows(rows)
        if at != to:
            touch(workflow)
        return at, to


def remove_part(*, workflow: Workflow, part: RemovedPart.Part, key: int, by: Member) -> RemovedPart:
    """Take a step or variable out of the draft, kept for Undo; raise PartRemoved.

    Steps that use a removed variable stay as they are: what is left to correct names them.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        rows = _rows(workflow, part)
        at = _place(workflow, rows, part, key)
        row = rows.pop(at)
        removed = RemovedPart.objects.create(
            workflow=workflow,
            part=part,
            part_key=key,
            position=at,
            content=row.as_definition(),
            removed_by=by,
        )
        row.delete()
        number_rows(rows)
        _forget_old(workflow)
        touch(workflow)
        return removed


def _forget_old(workflow: Workflow) -> None:
    kept = list(workflow.removed_parts.values_list("pk", flat=True)[:KEPT])
    workflow.removed_parts.exclude(pk__in=kept).delete()


def restore_part(*, workflow: Workflow, removed_key: int, by: Member) -> Step | Variable | None:
    """Put back what was removed, where it was and under its own key; None where nothing waits.

    Raise ValidationError where the draft is full by now.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        removed = workflow.removed_parts.filter(pk=removed_key).first()
        if removed is None:
            return None
        rows = _rows(workflow, removed.part)
        if removed.part == RemovedPart.Part.STEP:
            step = Step(pk=removed.part_key, workflow=workflow, **removed.content)
            row: Step | Variable = step
            if len(rows) >= MAX_STEPS:
                raise ValidationError(too_many_steps())
            check_room(workflow, step)
        else:
            row = Variable(pk=removed.part_key, workflow=workflow, **removed.content)
            if len(rows) >= MAX_VARIABLES:
                raise ValidationError(too_many_variables())
            if row.key in {one.key for one in rows}:
                row.typed_key, row.key = row.key, free_key(rows)
        at = min(removed.position, len(rows))
        row.position = at
        row.note_saved(by)
        row.save(force_insert=True)
        rows.insert(at, row)
        number_rows(rows)
        removed.delete()
        touch(workflow)
        return row


def rename_in_steps(*, workflow: Workflow, old: str, new: str, by: Member) -> list[int]:
    """Write the variable's new key wherever steps use the old one; return their numbers."""
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        steps = list(workflow.steps.all())
        numbers = uses(step.config for step in steps).get(old, [])
        for number in numbers:
            step = steps[number - 1]
            step.config = renamed(step.config, old, new)
            step.save(update_fields=["config", *step.note_saved(by)])
        if numbers:
            touch(workflow)
        return numbers


def _rows(workflow: Workflow, part: str) -> list[Any]:
    rows = workflow.steps if part == RemovedPart.Part.STEP else workflow.variables
    return list(rows.all())


def _place(workflow: Workflow, rows: list[Any], part: RemovedPart.Part, key: int) -> int:
    for at, row in enumerate(rows):
        if row.pk == key:
            return at
    raise PartRemoved(removed_part(workflow, part, key))
