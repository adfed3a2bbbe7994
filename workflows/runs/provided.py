"""The variables that a workflow's steps may use: what its trigger provides, then its own."""

from collections.abc import Mapping
from typing import Any

from workflows.payload.variable_values import VariableSpec
from workflows.registry import trigger_kinds


def variable_specs(definition: Mapping[str, Any]) -> list[VariableSpec]:
    """Return what a definition's values are read by, as `variable_values` takes it."""
    kind = trigger_kinds.find(_trigger(definition).get("kind", ""))
    provided = kind.variables if kind else {}
    return [
        *(
            VariableSpec(key=key, kind=one.kind, is_channel=one.is_channel)
            for key, one in provided.items()
        ),
        *(
            VariableSpec(
                key=one["key"], kind=one["kind"], required=one["required"], default=one["default"]
            )
            for one in definition["variables"]
        ),
    ]


def usable_variables(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all variables as a version holds declared ones, with an example each.

    Provided ones have a `label` besides. The example of a channel is its ID.
    """
    settings = _trigger(definition)
    kind = trigger_kinds.find(settings.get("kind", ""))
    provided = kind.variables if kind else {}
    return [
        *(
            {
                "key": key,
                "kind": one.kind,
                "example": settings.get(one.setting, one.example),
                "required": False,
                "default": "",
                "label": one.label,
            }
            for key, one in provided.items()
        ),
        *definition["variables"],
    ]


def _trigger(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(definition.get("trigger", {}))
