"""What is wrong in a draft's variables and texts, in sentences for the builder's page; pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from messaging.mrkdwn.placeholders import find_placeholders
from workflows.fields.known import texts_in
from workflows.models.variable import KEY_PATTERN, Variable
from workflows.payload.variable_values import can_hold

KEY = re.compile(KEY_PATTERN)
LONGEST_KEY = 64


def key_problem(key: str, others: Collection[str]) -> str:
    """Return why this can't be a variable's key; empty where it can."""
    if not key:
        return _("Give it a key: the name in the JSON that the service sends.")
    if key in others:
        return _("Another variable has the key “%(key)s”.") % {"key": key}
    if KEY.match(key):
        return ""
    if len(key) > LONGEST_KEY:
        return _("A key has at most %(max)s characters.") % {"max": LONGEST_KEY}
    if not re.match(r"[A-Za-z_]", key):
        return _("A key begins with a letter from a to z or with “_”.")
    return _("A key holds only the letters a to z, digits, “_” and “-”.")


def key_suggestion(key: str, others: Collection[str]) -> str:
    """Return a key near to what was typed; empty where none is."""
    near = re.sub(r"[^A-Za-z0-9_-]+", "_", key.strip()).strip("_")[:LONGEST_KEY]
    if near[:1].isdigit():
        near = f"_{near}"[:LONGEST_KEY]
    return near if near and not key_problem(near, others) else ""


def variable_problems(row: Variable, others: Collection[str]) -> dict[str, str]:
    """Return what is wrong with a variable, by field."""
    problems = {}
    if row.typed_key is not None:
        problems["key"] = key_problem(row.typed_key, others) or _("Save this key once more.")
    for name in ("example", "default"):
        if not can_hold(row.kind, getattr(row, name)):
            problems[name] = _("“%(value)s” is not of the kind “%(kind)s”.") % {
                "value": getattr(row, name)[:60],
                "kind": row.get_kind_display(),
            }
    return problems


def uses(configs: Iterable[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Return where each variable is used: the numbers (from 1) of the steps, by key."""
    found: dict[str, list[int]] = {}
    for number, config in enumerate(configs, 1):
        keys = {one.key for text in texts_in(config) for one in find_placeholders(text)}
        for key in keys:
            found.setdefault(key, []).append(number)
    return found


def renamed(value: Any, old: str, new: str) -> Any:
    """Return a JSON value in whose texts the variable has its new key."""
    if isinstance(value, str):
        return _renamed_text(value, old, new)
    if isinstance(value, dict):
        return {name: renamed(one, old, new) for name, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, old, new) for one in value]
    return value


def _renamed_text(text: str, old: str, new: str) -> str:
    parts, end = [], 0
    for place in find_placeholders(text):
        if place.key == old:
            format = f"|{place.format}" if place.format else ""
            parts += [text[end : place.start], "{{ ", new, format, " }}"]
            end = place.end
    return "".join([*parts, text[end:]])
