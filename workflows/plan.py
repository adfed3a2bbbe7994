"""A version made ready to run: looked up once, since a version never changes."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from messaging.models import App
from workflows.models import WorkflowVersion
from workflows.provided import variable_specs
from workflows.registry import step_kinds
from workflows.steps.base import RunContext, StepField, StepKind
from workflows.variable_values import VariableSpec

KEPT = 32_768  # plans; a few kilobytes each


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, its settings compiled; `kind` is None where the kind was removed since."""

    name: str
    kind: StepKind | None
    fields: Mapping[str, StepField]
    settings: Mapping[str, Any]

    def fill(self, context: RunContext) -> dict[str, Any]:
        """Return what `run` gets; raise StepFailed where a field can't be filled."""
        return {
            name: self.fields[name].fill(value, context) for name, value in self.settings.items()
        }

    def record(self, filled: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the run's page shows of the filled settings."""
        return {name: self.fields[name].record(value) for name, value in filled.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """A version's variables (those that its trigger provides too) and steps, and who posts."""

    version: int
    workflow: int
    app: App
    publisher: int | None
    variables: tuple[VariableSpec, ...]
    steps: tuple[PlannedStep, ...]

    @property
    def member_keys(self) -> list[str]:
        """The variables whose values name members."""
        return [one.key for one in self.variables if one.kind == "member"]


@functools.lru_cache(maxsize=KEPT)
def plan_of(version: int) -> Plan:
    """Return the plan of the version with this key (one query, the first time)."""
    found = WorkflowVersion.objects.select_related("workflow__app").get(pk=version)
    app = found.workflow.app
    app._state.fields_cache.clear()  # it would keep the workflow, in a circle
    return make_plan(
        found.definition,
        version=found.pk,
        workflow=found.workflow_id,
        app=app,
        publisher=found.published_by_id,
    )


def plans_made() -> int:
    """Return how many plans were made since this process started."""
    return plan_of.cache_info().misses


def make_plan(
    definition: Mapping[str, Any], *, version: int, workflow: int, app: App, publisher: int | None
) -> Plan:
    """Compile a definition as `Workflow.definition()` gives it."""
    return Plan(
        version=version,
        workflow=workflow,
        app=app,
        publisher=publisher,
        variables=tuple(variable_specs(definition)),
        steps=tuple(_planned(one) for one in definition["steps"]),
    )


def _planned(step: Mapping[str, Any]) -> PlannedStep:
    kind = step_kinds.find(step["kind"])
    if kind is None:
        return PlannedStep(name=step["kind"], kind=None, fields={}, settings={})
    fields = kind.fields()
    unknown = set(step["config"]) - set(fields)
    if unknown:
        raise ImproperlyConfigured(f"{kind.kind} has no field {sorted(unknown)[0]}.")
    return PlannedStep(
        name=kind.kind,
        kind=kind,
        fields=fields,
        settings={name: fields[name].prepare(value) for name, value in step["config"].items()},
    )
