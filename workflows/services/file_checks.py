"""What is wrong in a workflow file: every problem with its place, all of them at once."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.utils.translation import gettext as _

from messaging.models import Member
from messaging.mrkdwn.emoji import is_emoji
from messaging.names import clean_name
from workflows.drafts.checks import key_problem
from workflows.drafts.limits import MAX_STEPS, too_many_steps
from workflows.fields.known import Known
from workflows.fields.scope import EditScope
from workflows.models import MAX_VARIABLES, Variable, Workflow
from workflows.payload.variable_values import can_hold
from workflows.registry import Registry, step_kinds, trigger_kinds
from workflows.services.drafts import (
    DraftProblems,
    Problem,
    clean_step,
    clean_trigger,
    storable,
    too_many_variables,
)

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
MAX_PROBLEMS = 100  # that are named; nobody reads on


def file_problems(found: Any, *, by: Member) -> list[Problem]:
    """Return everything that is wrong in a file's JSON, as this member would import it.

    What is malformed in one place does not hide what is wrong in the next. One look-up for all
    channels and members; of too many steps or variables only the allowed number is looked at.
    """
    problems = _shape_problems(found, TOP, "", obligatory=2)
    if isinstance(found, dict):
        problems += _detail_problems(found)
        trigger = _dict(found.get("trigger"))
        variables, steps = _list(found.get("variables")), _list(found.get("steps"))
        problems += _trigger_problems(found.get("trigger"), by)
        problems += _variables_problems(variables, trigger)
        problems += _steps_problems(steps, _scope(trigger, variables, steps, by))
    left = len(problems) - MAX_PROBLEMS
    if left <= 0:
        return problems
    more = _("%(count)s more problems") % {"count": left}
    return [*problems[:MAX_PROBLEMS], Problem("file", more)]


def _scope(
    trigger: Mapping[str, Any], variables: list[Any], steps: list[Any], by: Member
) -> EditScope:
    """Return the variables that the steps may use, wrong ones too: each is named only once."""
    kind = _kind(trigger_kinds, trigger)
    known = {key: one.kind for key, one in kind.variables.items()} if kind else {}
    for one in map(_dict, variables[:MAX_VARIABLES]):
        if isinstance(one.get("key"), str) and isinstance(one.get("kind"), str):
            known[one["key"]] = one["kind"]
    configs = [storable(_dict(one).get("config")) for one in steps[:MAX_STEPS]]
    return EditScope(member=by, variables=known, known=Known.of(configs, member=by))


def _detail_problems(found: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("name", "description"):
        if not isinstance(found.get(name), str):
            continue
        text = clean_name(storable(found[name]))
        longest = _longest(Workflow, name)
        if name == "name" and not text:
            yield Problem(name, _("must not be empty"))
        if len(text) > longest:
            yield Problem(name, _("at most %(max)s characters") % {"max": longest})
    icon = found.get("icon")
    if isinstance(icon, str) and not is_emoji(icon):
        yield Problem("icon", _("There is no emoji “%(icon)s”.") % {"icon": icon[:60]})


def _trigger_problems(found: Any, by: Member) -> Iterable[Problem]:
    if not isinstance(found, dict):
        return []  # said already
    kind = _kind(trigger_kinds, found)
    if kind is None:  # its settings can't be known then
        named = {"kind": found["kind"]} if "kind" in found else {}
        wrong = _shape_problems(named, TRIGGER, "trigger.", obligatory=1)
        return [*wrong, *_kind_problems(found, trigger_kinds, "trigger.")]
    settings = {name: value for name, value in found.items() if name != "kind"}
    try:
        clean_trigger(kind=kind.kind, config=settings, by=by)
    except DraftProblems as error:
        names = kind.fields()
        return [
            Problem(one.place, _missing_or(one.message, one.place, settings, names))
            for one in error.problems
        ]
    return []


def _variables_problems(given: list[Any], trigger: Mapping[str, Any]) -> Iterator[Problem]:
    kind = _kind(trigger_kinds, trigger)
    if given and kind is not None and not kind.has_request_url:
        only = _("Only a workflow that a webhook starts has variables of its own.")
        yield Problem("variables", only)
    if len(given) > MAX_VARIABLES:
        yield Problem("variables", too_many_variables())
    keys: set[str] = set()
    for position, one in enumerate(given[:MAX_VARIABLES]):
        place = f"variables[{position}]."
        yield from _shape_problems(one, VARIABLE, place, obligatory=2)
        yield from _variable_problems(_dict(one), place, keys)


def _variable_problems(given: Mapping[str, Any], place: str, keys: set[str]) -> Iterator[Problem]:
    key, kind = given.get("key"), given.get("kind")
    if isinstance(key, str):
        if key in keys:
            yield Problem(place + "key", _('the key "%(key)s" is there twice') % {"key": key})
        elif why := key_problem(key, ()):
            yield Problem(place + "key", why)
        keys.add(key)
    if not isinstance(kind, str):
        return
    if kind not in Variable.Kind.values:
        yield Problem(place + "kind", _unknown_kind(kind, Variable.Kind.values))
        return
    for name in ("example", "default"):
        value = given.get(name, "")
        if not isinstance(value, str):
            continue
        longest = _longest(Variable, name)
        if len(value) > longest:
            yield Problem(place + name, _("at most %(max)s characters") % {"max": longest})
        elif not can_hold(kind, storable(value)):
            values = {"value": value[:60], "kind": kind}
            said = _("“%(value)s” is not of the kind “%(kind)s”.") % values
            yield Problem(place + name, said)


def _steps_problems(given: list[Any], scope: EditScope) -> Iterator[Problem]:
    if len(given) > MAX_STEPS:
        yield Problem("steps", too_many_steps())
    for position, one in enumerate(given[:MAX_STEPS]):
        place = f"steps[{position}]."
        yield from _shape_problems(one, STEP, place, obligatory=2)
        step = _dict(one)
        yield from _kind_problems(step, step_kinds, place)
        kind, config = _kind(step_kinds, step), step.get("config")
        if kind is None or not isinstance(config, dict):
            continue
        try:
            clean_step(kind.kind, config, scope)
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                where = f"{place}config.{name[:100]}"
                for text in texts:
                    said = _missing_or(text, where, config, kind.fields())
                    yield Problem(where, said, position)


def _missing_or(said: str, place: str, config: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """Return our own words for a setting that is missing or empty, else what was said of it."""
    name = place.rpartition(".")[2]
    if name not in fields:
        return said
    if name not in config or config[name] is None:
        return _("missing")
    return str(fields[name].missing) if config[name] == "" else said


def _kind(kinds: Registry[Any], given: Mapping[str, Any]) -> Any:
    name = given.get("kind")
    return kinds.find(name) if isinstance(name, str) else None


def _kind_problems(given: Mapping[str, Any], kinds: Registry[Any], place: str) -> Iterator[Problem]:
    name = given.get("kind")
    if isinstance(name, str) and kinds.find(name) is None:
        names = [one.kind for one in kinds.all()]
        yield Problem(place + "kind", _unknown_kind(name, names))


def _unknown_kind(name: str, kinds: Iterable[str]) -> str:
    values = {"kind": name[:60], "kinds": ", ".join(kinds)}
    return _('unknown kind "%(kind)s". There are: %(kinds)s.') % values


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


def _longest(model: type[Model], name: str) -> int:
    return cast("Field[Any, Any]", model._meta.get_field(name)).max_length or 0


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_TYPES = {
    str: lambda: _("must be text"),
    dict: lambda: _("must be an object"),
    list: lambda: _("must be a list"),
    bool: lambda: _("must be true or false"),
}
