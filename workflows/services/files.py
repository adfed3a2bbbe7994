"""Workflows as files: the format of docs/file-format.md, read and written."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from messaging.directory import find_own_direct
from messaging.models import Channel, Member
from workflows.fields.base import Configured
from workflows.fields.known import DIRECT_ID, texts_in
from workflows.fields.scope import Exporting
from workflows.models import Workflow
from workflows.payload.body import InvalidJSON, dump, parse_json
from workflows.payload.json_words import why_not_json
from workflows.registry import step_kinds, trigger_kinds
from workflows.services import DraftProblems, Problem, create_workflow
from workflows.services.file_checks import file_problems
from workflows.services.rights import require_builder

MAX_FILE = 1024 * 1024  # characters
SLACK_FILE = ".slackworkflow"


def export_workflow(workflow: Workflow, *, reader: Member | None = None) -> dict[str, Any]:
    """Return the draft as a file: channels by `#name`, members by e-mail address.

    A manager's own direct messages become `@me`, those of whoever imports the file. A channel that
    the reader may not see keeps its ID; without a reader, the operator sees them all.
    """
    definition = workflow.definition()
    hidden, own = _hidden_channels(definition, reader), _own_direct(workflow, definition["steps"])
    exporting = Exporting(own=own, hidden=hidden)
    definition["trigger"] = _exported(
        trigger_kinds.find(workflow.trigger_kind), definition["trigger"], exporting
    )
    definition["steps"] = [
        {
            "kind": step["kind"],
            "config": _exported(step_kinds.find(step["kind"]), step["config"], exporting),
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
    kind: Configured | None, config: Mapping[str, Any], exporting: Exporting
) -> dict[str, Any]:
    return kind.exported(config, exporting) if kind else dict(config)


def dump_workflow(workflow: Workflow, *, reader: Member | None = None) -> str:
    """Return the draft's file as indented JSON."""
    return json.dumps(export_workflow(workflow, reader=reader), ensure_ascii=False, indent=2)


def import_workflow(text: str, *, by: Member, file_name: str = "") -> Workflow:
    """Make a new workflow from a file's text, managed by the member.

    Raise DraftProblems naming every place (`steps[0].config.text: unknown variable "nope"`), of all
    kinds at once, and import nothing then; raise PermissionDenied where the member may not build
    such a workflow.
    """
    found = _read(text, file_name)
    kind = _trigger_kind(found)
    if kind:
        require_builder(by=by, trigger_kind=kind)
    if problems := file_problems(found, by=by):
        raise DraftProblems(problems)
    try:
        return create_workflow(
            name=found["name"],
            by=by,
            trigger_kind=kind,
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
                Problem(name, message)
                for name, messages in error.message_dict.items()
                for message in messages
            ]
        ) from error


def _trigger_kind(found: Any) -> str:
    trigger = found.get("trigger") if isinstance(found, dict) else None
    kind = trigger.get("kind") if isinstance(trigger, dict) else None
    return kind if isinstance(kind, str) and trigger_kinds.find(kind) else ""


def _read(text: str, file_name: str) -> Any:
    """Return the file's JSON; raise DraftProblems for what is none, and for Slack's own files."""
    if len(text) > MAX_FILE:
        raise DraftProblems([Problem("file", _("too large"))])
    if file_name.lower().endswith(SLACK_FILE):
        raise DraftProblems([Problem("file", _from_slack())])
    try:
        # By way of the one place that reads JSON: no NUL, no half characters, not too deep.
        document = parse_json(text.removeprefix("\ufeff").encode(errors="replace"))
    except InvalidJSON as error:
        raise DraftProblems([Problem("file", why_not_json(error))]) from None
    found = json.loads(dump(document))
    if _is_from_slack(found):
        raise DraftProblems([Problem("file", _from_slack())])
    return found


def _is_from_slack(found: Any) -> bool:
    """Whether this is what Slack's Workflow Builder downloads: `source_id` beside `workflow`."""
    return isinstance(found, dict) and "source_id" in found and "workflow" in found


def _from_slack() -> str:
    return _(
        "This is a workflow that Slack exported (.slackworkflow). Declic cannot read these files "
        "yet. Start from scratch or from a ready workflow, and add the variables and steps that it "
        "has in Slack: messages may keep their *bold* and :emoji:."
    )
