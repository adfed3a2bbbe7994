"""The draft that people edit: what it may hold, and what is left to correct before publishing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Member
from messaging.mrkdwn.emoji import is_emoji
from messaging.names import clean_name
from workflows.drafts.checks import variable_problems
from workflows.drafts.limits import steps_problem
from workflows.fields.base import clean_config
from workflows.fields.known import Known
from workflows.fields.scope import EditScope
from workflows.models import MAX_VARIABLES, Step, Variable, Workflow
from workflows.registry import step_kinds, trigger_kinds
from workflows.services.rights import require_builder, require_manager
from workflows.text.problems import Problem

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class DraftProblems(Exception):
    """Raised where a draft can't be saved or published as it is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(one) for one in problems))
        self.problems = list(problems)


def lock(workflow: Workflow, *, is_for_deletion: bool = False) -> None:
    """Let one change at a time into the workflow, and read it anew; inside a transaction.

    Requests go on meanwhile (their runs point at the row), unless it is to be deleted.
    """
    rows = Workflow.objects.select_for_update(no_key=not is_for_deletion)
    workflow.refresh_from_db(from_queryset=rows)


def set_details(
    *,
    workflow: Workflow,
    by: Member,
    name: str,
    description: str = "",
    icon: str = "",
) -> None:
    """Set the draft's name, description and icon; raise ValidationError for bad ones."""
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        workflow.name = name
        workflow.description = description
        workflow.icon = icon or workflow.icon
        clean_details(workflow)
        workflow.save(update_fields=["name", "description", "icon", "updated_at"])


def clean_details(workflow: Workflow) -> None:
    """Keep name and description on one line, all to be seen; raise ValidationError for bad ones."""
    workflow.name = clean_name(storable(workflow.name))
    workflow.description = clean_name(storable(workflow.description))
    if not is_emoji(workflow.icon):
        raise ValidationError(
            {"icon": _("There is no emoji “%(icon)s”.") % {"icon": workflow.icon}}
        )
    workflow.full_clean(exclude=["app", "created_by"], validate_constraints=False)


def set_trigger(
    *, workflow: Workflow, by: Member, kind: str, config: Mapping[str, Any] | None = None
) -> None:
    """Choose what starts the workflow, and its settings; the kind is fixed once published.

    Without settings, those of another kind are forgotten and those of the same kind stay. Variables
    stay for a kind that takes them. Raise DraftProblems (`trigger.channel`) for bad settings.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        if kind != workflow.trigger_kind:
            check_trigger_change(workflow=workflow, by=by, kind=kind)
            workflow.trigger_kind, workflow.trigger_config = kind, {}
        if config is not None:
            workflow.trigger_config = clean_trigger(kind=kind, config=config, by=by)
        workflow.save(update_fields=["trigger_kind", "trigger_config", "updated_at"])


def clean_trigger(*, kind: str, config: Mapping[str, Any], by: Member) -> dict[str, Any]:
    """Return the trigger's checked settings, as they are stored; raise DraftProblems."""
    found = trigger_kinds.find(kind)
    if found is None:
        raise DraftProblems(
            [Problem("trigger.kind", _('unknown kind "%(kind)s"') % {"kind": kind})]
        )
    try:
        return clean_config(found, storable(config), EditScope(member=by, variables={}))
    except ValidationError as error:
        raise DraftProblems(_problems(error, "trigger")) from error


def check_trigger_change(*, workflow: Workflow, by: Member, kind: str) -> None:
    """Raise ValidationError or PermissionDenied where the trigger can't become this kind."""
    if trigger_kinds.find(kind) is None:
        raise ValidationError(_("There is no trigger “%(kind)s”.") % {"kind": kind})
    if workflow.was_published:
        raise ValidationError(
            _("The trigger is fixed since the workflow was published. Copy it to change that.")
        )
    require_builder(by=by, trigger_kind=kind)


def set_variables(
    *, workflow: Workflow, by: Member, variables: Sequence[Mapping[str, Any]]
) -> None:
    """Put these variables (as in a workflow file) in place of the draft's.

    Raise DraftProblems naming every place.
    """
    require_manager(workflow=workflow, by=by)
    with transaction.atomic():
        lock(workflow)
        rows = clean_variables(workflow, variables)
        workflow.variables.all().delete()
        put_variables(workflow, rows)
        touch(workflow)


def clean_variables(workflow: Workflow, variables: Sequence[Mapping[str, Any]]) -> list[Variable]:
    """Return the checked variables, not saved; raise DraftProblems naming every place."""
    if len(variables) > MAX_VARIABLES:
        raise DraftProblems([Problem("variables", too_many_variables())])
    problems: list[Problem] = []
    if variables and not workflow.takes_variables:
        problems.append(
            Problem(
                "variables", _("Only a workflow that a webhook starts has variables of its own.")
            )
        )
    rows = [
        Variable(workflow=workflow, position=position, **storable(dict(given)))
        for position, given in enumerate(variables)
    ]
    keys: set[str] = set()
    for position, row in enumerate(rows):
        place = f"variables[{position}]"
        try:
            row.full_clean(exclude=["workflow"], validate_constraints=False)
        except ValidationError as error:
            problems += _problems(error, place)
        if row.key in keys:
            twice = _('the key "%(key)s" is there twice') % {"key": row.key}
            problems.append(Problem(f"{place}.key", twice))
        keys.add(row.key)
    if problems:
        raise DraftProblems(problems)
    return rows


def too_many_variables() -> str:
    """Return the sentence for the twenty-first variable."""
    return _("A workflow has at most %(max)s variables.") % {"max": MAX_VARIABLES}


def set_steps(*, workflow: Workflow, by: Member, steps: Sequence[Mapping[str, Any]]) -> None:
    """Put these steps (kind and config) in place of the draft's.

    Raise DraftProblems naming every place.
    """
    require_manager(workflow=workflow, by=by)
    rows = clean_steps(steps, edit_scope(workflow=workflow, member=by))
    with transaction.atomic():
        lock(workflow)
        workflow.steps.all().delete()
        put_steps(workflow, rows)
        touch(workflow)


def clean_steps(steps: Sequence[Mapping[str, Any]], scope: EditScope) -> list[Step]:
    """Return the checked steps, of no workflow yet; raise DraftProblems naming every place.

    How many and how long they are comes first; then one look-up for all. Not in the write turn.
    """
    configs = [one.get("config", {}) for one in steps]
    if problem := steps_problem(configs, len(steps)):
        raise DraftProblems([Problem("steps", problem)])
    scope = replace(scope, known=Known.of(storable(configs), member=scope.member))
    rows: list[Step] = []
    problems: list[Problem] = []
    for position, step in enumerate(steps):
        try:
            config = clean_step(step["kind"], configs[position], scope)
        except ValidationError as error:
            problems += step_problems(error, position)
        else:
            rows.append(Step(position=position, kind=step["kind"], config=config))
    if problems:
        raise DraftProblems(problems)
    return rows


def put_steps(workflow: Workflow, rows: Sequence[Step]) -> None:
    """Insert checked steps into the workflow."""
    for row in rows:
        row.workflow = workflow
    Step.objects.bulk_create(rows)


def put_variables(workflow: Workflow, rows: Sequence[Variable]) -> None:
    """Insert checked variables into the workflow."""
    for row in rows:
        row.workflow = workflow
    Variable.objects.bulk_create(rows)


def number_rows(rows: Iterable[Step | Variable]) -> None:
    """Write the order of steps or variables as their positions, from 0."""
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def touch(workflow: Workflow) -> None:
    """Note that the draft was edited."""
    workflow.save(update_fields=["updated_at"])


def edit_scope(
    *,
    workflow: Workflow,
    member: Member | None,
    known: Known | None = None,
    declared: Sequence[Variable] | None = None,
) -> EditScope:
    """Return who edits, which variables the steps may use, and what was looked up for them.

    `declared` are the variables of a workflow that is not saved yet.
    """
    trigger = trigger_kinds.find(workflow.trigger_kind)
    provided = {key: one.kind for key, one in trigger.variables.items()} if trigger else {}
    if declared is None:
        declared = workflow.declared_variables()
    own = {variable.key: variable.kind for variable in declared}
    return EditScope(member=member, variables={**provided, **own}, known=known)


def clean_step(kind: str, config: Any, scope: EditScope) -> dict[str, Any]:
    """Return the step's checked settings; raise ValidationError by field, or for its kind."""
    found = step_kinds.find(kind)
    if found is None:
        raise ValidationError({"kind": _('unknown kind "%(kind)s"') % {"kind": kind}})
    return clean_config(found, storable(config), scope)


def storable(value: Any) -> Any:
    """Return the value without characters that not every database stores: NUL, half a pair."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {storable(key): storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    return value


def draft_problems(*, workflow: Workflow, by: Member) -> list[Problem]:
    """Return what keeps this member from publishing the draft; empty where nothing does."""
    problems: list[Problem] = []
    if trigger_kinds.find(workflow.trigger_kind) is None:
        problems.append(Problem("trigger.kind", _("There is no such trigger any more.")))
    else:
        problems += trigger_problems(workflow=workflow, by=by)
    steps = list(workflow.steps.all())
    if not steps:
        problems.append(Problem("steps", _("Add at least one step.")))
    declared = workflow.declared_variables()
    if len(declared) > MAX_VARIABLES:
        problems.append(Problem("variables", too_many_variables()))
    for position, row in enumerate(declared):
        others = {one.key for one in declared if one is not row}
        problems += [
            Problem(f"variables[{position}].{name}", text)
            for name, text in variable_problems(row, others).items()
        ]
    known = Known.of([step.config for step in steps], member=by)
    scope = edit_scope(workflow=workflow, member=by, known=known)
    for position, step in enumerate(steps):
        try:
            clean_step(step.kind, step.config, scope)
        except ValidationError as error:
            problems += step_problems(error, position)
    return problems


def trigger_problems(*, workflow: Workflow, by: Member) -> list[Problem]:
    """Return what is wrong in the draft's trigger settings, for this member."""
    try:
        clean_trigger(kind=workflow.trigger_kind, config=workflow.trigger_config, by=by)
    except DraftProblems as error:
        return error.problems
    return []


def step_problems(error: ValidationError, position: int) -> list[Problem]:
    """Return a step's errors as problems with their places."""
    found = error.message_dict
    if "kind" in found:
        return [Problem(f"steps[{position}].kind", text, position) for text in found["kind"]]
    place = f"steps[{position}].config"
    return [
        Problem(place if name == "config" else f"{place}.{name}", text, position)
        for name, texts in found.items()
        for text in texts
    ]


def _problems(error: ValidationError, place: str) -> list[Problem]:
    return [
        Problem(place if name == "__all__" else f"{place}.{name}", text)
        for name, texts in error.message_dict.items()
        for text in texts
    ]
