"""Save a draft as it is typed: what is not right yet is kept, and nobody's work is undone unseen.

Each field comes with what it held when its page was loaded (its base). Where the draft holds
something else by now, and not the same as what was typed, that field is a conflict: it stays as it
is until somebody chooses. The other fields are saved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from messaging.models import Member
from workflows.drafts.checks import key_problem
from workflows.drafts.limits import check_room, check_settings
from workflows.fields.base import Configured, as_text
from workflows.fields.known import Known
from workflows.fields.scope import EditScope
from workflows.models import RemovedPart, Step, Variable, Workflow
from workflows.models.edited import Edited
from workflows.registry import step_kinds, trigger_kinds
from workflows.services.drafts import (
    clean_details,
    edit_scope,
    lock,
    storable,
    touch,
)
from workflows.services.rights import require_manager

LONGEST_KEY = 200  # of a key as typed


@dataclass(frozen=True)
class Typed:
    """One field as it was typed, and what it held when its page was loaded."""

    value: Any
    base: str


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else saved in between; `theirs` is what the draft holds."""

    name: str
    mine: Any
    theirs: Any


@dataclass(frozen=True)
class Saved:
    """What became of the fields: the conflicts, who saved before, and a key that was renamed."""

    conflicts: list[Conflict] = field(default_factory=list)
    others: Member | None = None
    others_at: Any = None
    renamed_from: str = ""


class PartRemoved(Exception):
    """Raised for a step or variable that is not in the draft any more."""

    def __init__(self, removed: RemovedPart | None) -> None:
        super().__init__()
        self.removed = removed


Fields = Mapping[str, Typed]


def save_step(*, workflow: Workflow, key: int, by: Member, fields: Fields) -> Saved:
    """Save some settings of the step with this key; raise PartRemoved where it is gone.

    Raise ValidationError by field for what is too long to be kept.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        step = workflow.steps.select_related("saved_by").filter(pk=key).first()
        if step is None:
            raise PartRemoved(removed_part(workflow, RemovedPart.Part.STEP, key))
        scope = edit_scope(workflow=workflow, member=by)
        settle = settler(step_kinds.find(step.kind), scope)
        config, conflicts = _merge(step.config, fields, settle)
        saved = _saved(step, conflicts)
        if config != step.config:
            check_settings(config)
            step.config = config
            check_room(workflow, step)
            step.save(update_fields=["config", *step.note_saved(by)])
            touch(workflow)
        return saved


def save_trigger(*, workflow: Workflow, by: Member, fields: Fields) -> Saved:
    """Save some settings of what starts the workflow."""
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        settle = settler(trigger_kinds.find(workflow.trigger_kind), EditScope(by, {}))
        config, conflicts = _merge(workflow.trigger_config, fields, settle)
        saved = _saved(workflow, conflicts)
        if config != workflow.trigger_config:
            workflow.trigger_config = config
            noted = workflow.note_saved(by)
            workflow.save(update_fields=["trigger_config", "updated_at", *noted])
        return saved


def save_details(*, workflow: Workflow, by: Member, fields: Fields) -> Saved:
    """Save name, description or icon; raise ValidationError by field for what can't be."""
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        stored = {name: getattr(workflow, name) for name in ("name", "description", "icon")}
        changed, conflicts = _merge(stored, fields, lambda _name, value: value)
        saved = _saved(workflow, conflicts)
        if changed != stored:
            for name in stored:
                setattr(workflow, name, changed.get(name, ""))
            clean_details(workflow)
            workflow.save(update_fields=[*stored, "updated_at", *workflow.note_saved(by)])
        return saved


def save_variable(*, workflow: Workflow, key: int, by: Member, fields: Fields) -> Saved:
    """Save some fields of the variable with this (primary) key.

    What can't be a key is kept as typed beside the last good one. Raise PartRemoved.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        row = workflow.variables.select_related("saved_by").filter(pk=key).first()
        if row is None:
            raise PartRemoved(removed_part(workflow, RemovedPart.Part.VARIABLE, key))
        stored = variable_fields(row)
        changed, conflicts = _merge(stored, fields, _variable_value)
        saved = _saved(row, conflicts)
        if changed == stored:
            return saved
        was = row.key
        _set_variable(row, changed, others=set(_other_keys(workflow, row)))
        row.note_saved(by)
        row.save()
        touch(workflow)
        return Saved(conflicts, saved.others, saved.others_at, was if row.key != was else "")


def variable_fields(row: Variable) -> dict[str, Any]:
    """Return the variable's fields as they are compared."""
    return {
        "key": row.shown_key,
        "kind": row.kind,
        "example": row.example,
        "default": row.default,
        "required": row.required,
    }


def _variable_value(name: str, value: Any) -> Any:
    if name == "required":
        return bool(value)
    if name == "kind":
        return value if value in Variable.Kind.values else Variable.Kind.TEXT.value
    longest = LONGEST_KEY if name == "key" else 1000
    return str(value or "").strip()[:longest]


def _set_variable(row: Variable, fields: Mapping[str, Any], *, others: set[str]) -> None:
    typed = fields.get("key", "")
    if key_problem(typed, others):
        row.typed_key = typed
    else:
        row.key, row.typed_key = typed, None
    for name in ("kind", "example", "default"):
        setattr(row, name, fields.get(name, ""))
    row.required = bool(fields.get("required"))


def _other_keys(workflow: Workflow, row: Variable) -> list[str]:
    return list(workflow.variables.exclude(pk=row.pk).values_list("key", flat=True))


def removed_part(workflow: Workflow, part: RemovedPart.Part, key: int) -> RemovedPart | None:
    """Return what was removed under this key, and by whom."""
    rows = workflow.removed_parts.select_related("removed_by")
    return rows.filter(part=part, part_key=key).first()


Settle = Callable[[str, Any], Any]


def settler(kind: Configured | None, scope: EditScope) -> Settle:
    """Return what turns a typed setting into the stored one: checked, or as it was typed."""
    fields = kind.fields() if kind else {}

    def settle(name: str, value: Any) -> Any:
        field = fields.get(name)
        if value in ("", None) or field is None:
            return value
        try:
            return field.clean(value, scope)
        except ValidationError:
            return value

    return settle


def settled(kind: Configured | None, config: Mapping[str, Any], scope: EditScope) -> dict[str, Any]:
    """Return settings as they are stored: each checked, or as it is; nothing for an empty one."""
    settle = settler(kind, scope)
    values = {name: settle(name, storable(value)) for name, value in config.items()}
    return {name: value for name, value in values.items() if value not in ("", None)}


def _merge(
    stored: Mapping[str, Any], fields: Fields, settle: Settle
) -> tuple[dict[str, Any], list[Conflict]]:
    """Return what to store, and which fields somebody else saved in between."""
    result, conflicts = dict(stored), []
    for name, typed in fields.items():
        mine = settle(name, storable(typed.value))
        theirs = stored.get(name)
        if as_text(mine) == as_text(theirs):
            continue
        if as_text(theirs) != typed.base:
            conflicts.append(Conflict(name, mine, theirs))
        elif mine in ("", None):
            result.pop(name, None)
        else:
            result[name] = mine
    return result, conflicts


def _saved(row: Edited, conflicts: list[Conflict]) -> Saved:
    """Remember who saved before, ahead of noting who saves now."""
    return Saved(conflicts, row.saved_by, row.saved_at) if conflicts else Saved()


def settle_draft(*, workflow: Workflow, by: Member) -> None:
    """Store every setting as its form cleans it: what was wrong when typed may be right by now.

    For publishing, under the workflow's lock: a version holds IDs, not what people type.
    """
    steps = list(workflow.steps.all())
    known = Known.of([step.config for step in steps], member=by)
    scope = edit_scope(workflow=workflow, member=by, known=known)
    for step in steps:
        config = settled(step_kinds.find(step.kind), step.config, scope)
        if config != step.config:
            Step.objects.filter(pk=step.pk).update(config=config)
    trigger = trigger_kinds.find(workflow.trigger_kind)
    config = settled(trigger, workflow.trigger_config, EditScope(by, {}))
    if config != workflow.trigger_config:
        workflow.trigger_config = config
        workflow.save(update_fields=["trigger_config"])
