"""Workflows as files: the format of docs/file-format.md, read and written."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from messaging.directory import find_own_direct
from messaging.models import Channel, Member
from workflows.json_words import why_not_json
from workflows.known import DIRECT_ID, texts_in
from workflows.models import Workflow
from workflows.payload import InvalidJSON, dump, parse_json
from workflows.registry import step_kinds, trigger_kinds
from workflows.services import DraftProblems, Problem, create_workflow
from workflows.step_fields import OWN_DIRECT
from workflows.steps.base import Configured

# The fields of each place, with what they must hold; obligatory ones first.
TOP = {
    "name": str,
    "trigger": dict,
    "description": str,
    "icon": str,
    "variables": list,
    "steps": list,
}
TRIGGER = {"kind": str}  # and the settings of that kind of trigger, which it checks itself
VARIABLE = {"key": str, "kind": str, "example": str, "required": bool, "default": str}
STEP = {"kind": str, "config": dict}
MAX_FILE = 1024 * 1024  # characters


def export_workflow(workflow: Workflow, *, reader: Member | None = None) -> dict[str, Any]:
    """Return the draft as a file: channels by `#name`, members by e-mail address.

    A manager's own direct messages become `@me`, those of whoever imports the file. A channel that
    the reader may not see keeps its ID; without a reader, the operator sees them all.
    """
    definition = workflow.definition()
    kept = _hidden_channels(definition, reader)
    definition["trigger"] = _exported(
        trigger_kinds.find(workflow.trigger_kind), definition["trigger"], kept=kept
    )
    own = _own_direct(workflow, definition["steps"])
    definition["steps"] = [
        {
            "kind": step["kind"],
            "config": _exported(step_kinds.find(step["kind"]), step["config"], own, kept),
        }
        for step in definition["steps"]
    ]
    return definition


def _hidden_channels(definition: Mapping[str, Any], reader: Member | None) -> set[str]:
    if reader is None:
        return set()
    texts = set(texts_in([definition["trigger"], [one["config"] for one in definition["steps"]]]))
    named = Channel.objects.named().filter(channel_id__in=[one for one in texts if len(one) <= 40])
    seen = named.visible_to(reader).values("pk")
    return set(named.exclude(pk__in=seen).values_list("channel_id", flat=True))


def _own_direct(workflow: Workflow, steps: list[dict[str, Any]]) -> set[str]:
    """Return which of the settings are the own direct messages of a manager of the workflow."""
    ids = {text for text in texts_in(one["config"] for one in steps) if DIRECT_ID.match(text)}
    if not ids:
        return set()
    managers = set(workflow.managers.all())
    return {key for key, owner in find_own_direct(ids).items() if owner in managers}


def _exported(
    kind: Configured | None,
    config: Mapping[str, Any],
    own: Collection[str] = (),
    kept: Collection[str] = (),
) -> dict[str, Any]:
    if kind is None:
        return dict(config)
    written = kind.exported(config)
    for name, field in kind.fields().items():
        if field.control == "channel" and config.get(name) in own:
            written[name] = OWN_DIRECT
        elif field.control == "channel" and config.get(name) in kept:
            written[name] = config[name]
    return written


def dump_workflow(workflow: Workflow, *, reader: Member | None = None) -> str:
    """Return the draft's file as indented JSON."""
    return json.dumps(export_workflow(workflow, reader=reader), ensure_ascii=False, indent=2)


def import_workflow(text: str, *, by: Member) -> Workflow:
    """Make a new workflow from a file's text, managed by the member.

    Raise DraftProblems naming every place (`steps[0].config.text: unknown variable "nope"`) and
    import nothing then; raise PermissionDenied where the member may not build such a workflow.
    """
    found = _read(text)
    try:
        return create_workflow(
            name=found["name"],
            by=by,
            trigger_kind=found["trigger"]["kind"],
            trigger_config={
                name: value for name, value in found["trigger"].items() if name != "kind"
            },
            description=found.get("description", ""),
            icon=found.get("icon", ":zap:"),
            variables=found.get("variables", []),
            steps=found.get("steps", []),
        )
    except ValidationError as error:
        raise DraftProblems(
            [
                Problem("trigger.kind" if name == "trigger_kind" else name, message)
                for name, messages in error.message_dict.items()
                for message in messages
            ]
        ) from error


def _read(text: str) -> dict[str, Any]:
    """Return the file's JSON, its shape checked; raise DraftProblems otherwise."""
    if len(text) > MAX_FILE:
        raise DraftProblems([Problem("file", _("too large"))])
    try:
        # By way of the one place that reads JSON: no NUL, no half characters, not too deep.
        document = parse_json(text.removeprefix("\ufeff").encode(errors="replace"))
    except InvalidJSON as error:
        raise DraftProblems([Problem("file", why_not_json(error))]) from None
    found = json.loads(dump(document))
    problems = _shape_problems(found, TOP, "", obligatory=2)
    if not problems:
        problems = _inner_problems(found)
    if problems:
        raise DraftProblems(problems)
    return dict(found)


def _inner_problems(found: Mapping[str, Any]) -> list[Problem]:
    problems = _trigger_problems(found["trigger"])
    for position, one in enumerate(found.get("variables", [])):
        problems += _shape_problems(one, VARIABLE, f"variables[{position}].", obligatory=2)
    for position, one in enumerate(found.get("steps", [])):
        problems += _shape_problems(one, STEP, f"steps[{position}].", obligatory=2)
    return problems


def _trigger_problems(found: Mapping[str, Any]) -> list[Problem]:
    name = found.get("kind")
    kind = trigger_kinds.find(name) if isinstance(name, str) else None
    settings = dict.fromkeys(kind.fields(), object) if kind else {}
    problems = _shape_problems(found, {**TRIGGER, **settings}, "trigger.", obligatory=1)
    if not problems and kind is None:
        problems.append(Problem("trigger.kind", _('unknown kind "%(kind)s"') % {"kind": name}))
    return problems


def _shape_problems(
    found: Any, fields: Mapping[str, type], place: str, *, obligatory: int
) -> list[Problem]:
    """Return what is missing, unknown or of the wrong type in one object of the file."""
    if not isinstance(found, dict):
        return [Problem(place.rstrip(".") or "file", _("must be an object"))]
    problems = [
        Problem(place + name, _("missing"))
        for name in list(fields)[:obligatory]
        if name not in found
    ]
    for name, value in found.items():
        expected = fields.get(name)
        if expected is None:
            problems.append(Problem(place + name[:100], _("unknown field")))
        elif not isinstance(value, expected):
            problems.append(Problem(place + name, _TYPES[expected]()))
    return problems


_TYPES = {
    str: lambda: _("must be text"),
    dict: lambda: _("must be an object"),
    list: lambda: _("must be a list"),
    bool: lambda: _("must be true or false"),
}
