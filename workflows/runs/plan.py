"""A version made ready to run: looked up once, since a version never changes."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from messaging.models import App
from workflows.fields.base import SettingField
from workflows.models import WorkflowVersion
from workflows.payload.variable_values import VariableSpec
from workflows.registry import step_kinds
from workflows.runs.provided import variable_specs
from workflows.runs.provided_channels import channel_keys
from workflows.steps.base import RunContext, StepKind

MOST_BYTES = 128 * 1024 * 1024  # of all plans that are kept: those of 30,000 usual workflows
BESIDE_SETTINGS = 2048  # bytes of a plan: itself, its App, its place among the others
BESIDE_A_STEP = 512


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step, its settings compiled; `kind` is None where the kind was removed since."""

    name: str
    kind: StepKind | None
    fields: Mapping[str, SettingField]
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

    @property
    def channel_keys(self) -> list[str]:
        """The variables whose values are channels."""
        return channel_keys(self.variables)


class KeptPlans:
    """The plans that were asked for lately, as many as weigh no more than `most` bytes.

    A single plan is kept whatever it weighs: it would be made anew for each request.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self.weight = 0
        self.made = 0  # plans since this process started
        self._guard = threading.Lock()
        self._kept: OrderedDict[int, tuple[Plan, int]] = OrderedDict()

    def __call__(self, version: int) -> Plan:
        """Return the plan of the version with this key (one query, the first time)."""
        with self._guard:
            if known := self._kept.get(version):
                self._kept.move_to_end(version)
                return known[0]
        plan = load_plan(version)
        self._keep(version, plan, weigh(plan))
        return plan

    def _keep(self, version: int, plan: Plan, weight: int) -> None:
        with self._guard:
            self._drop(version)
            self._kept[version] = (plan, weight)
            self.made += 1
            self.weight += weight
            while self.weight > self.most and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))

    def _drop(self, version: int) -> None:
        _plan, weight = self._kept.pop(version, (None, 0))
        self.weight -= weight

    def __contains__(self, version: int) -> bool:
        return version in self._kept

    def forget(self, version: int | None) -> None:
        """Let go of a version that is live no more; whoever still needs it looks it up again."""
        if version is not None:
            with self._guard:
                self._drop(version)

    def cache_clear(self) -> None:
        """Let go of all."""
        with self._guard:
            self._kept.clear()
            self.weight = 0


plan_of = KeptPlans()


def weigh(plan: Plan) -> int:
    """Return about how many bytes the plan takes: its compiled settings, and what is round them."""
    left: list[Any] = [step.settings for step in plan.steps]
    left += [(one.key, one.default) for one in plan.variables]
    weight, seen = BESIDE_SETTINGS + BESIDE_A_STEP * len(plan.steps), set[int]()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        weight += sys.getsizeof(one)
        if isinstance(one, Mapping):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
    return weight


def load_plan(version: int) -> Plan:
    """Make the plan of the version with this key (one query)."""
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
    return plan_of.made


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
