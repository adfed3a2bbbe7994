"""What differs between two definitions of a workflow, in sentences and lines.

A definition is what `Workflow.definition()` gives and a version freezes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.models import Variable
from workflows.text.text_difference import Budget, blocks

Definition = Mapping[str, Any]


class Kind(TextChoices):
    """What became of a part; the label is the word in front of the sentence."""

    NEW = "new", gettext_lazy("New")
    CHANGED = "changed", gettext_lazy("Changed")
    REMOVED = "removed", gettext_lazy("Removed")
    SAME = "same", gettext_lazy("As before")


@dataclass(frozen=True)
class Line:
    """One line of a text: `+` added, `-` removed, a space as before."""

    sign: str
    text: str


@dataclass(frozen=True)
class Part:
    """A variable, a step or a detail that was made, changed, removed or left."""

    kind: Kind
    name: str  # the variable's key, “Step 2”, “Name” …
    says: str = ""  # what changed, in a sentence
    lines: tuple[Line, ...] = ()
    number: int | None = None  # of a step, from 1, in the newer definition if it is there
    step_kind: str = ""


@dataclass(frozen=True)
class Differences:
    """All that differs, and what senders must be warned of."""

    details: list[Part] = field(default_factory=list)
    variables: list[Part] = field(default_factory=list)
    steps: list[Part] = field(default_factory=list)
    warnings: list[Part] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same."""
        parts = [*self.details, *self.variables, *self.steps]
        return all(one.kind == Kind.SAME for one in parts)


LinesOf = Callable[[str, Mapping[str, Any]], list[str]]


def config_lines(kind: str, config: Mapping[str, Any]) -> list[str]:
    """Return the settings as lines: short ones with their name, a text as it is."""
    lines: list[str] = []
    for name, value in sorted(config.items()):
        text = str(value)
        lines += text.splitlines() if name == "text" else [f"{name}: {text}"]
    return lines


def differences(
    older: Definition | None,
    newer: Definition,
    *,
    lines_of: LinesOf = config_lines,
    budget: Budget | None = None,
) -> Differences:
    """Return what the newer definition changes; all is new where there is no older one.

    `lines_of` says how the settings of a kind of step or trigger read. Beyond the budget texts
    are shown as replaced.
    """
    warned = sender_warnings(older, newer)
    compare = _Comparing(lines_of, budget or Budget())
    if older is None:
        older = {"variables": [], "steps": [], "trigger": newer["trigger"]}
    variables = list(_variables(older["variables"], newer["variables"]))
    return Differences(
        details=list(_details(older, newer, compare)),
        variables=variables,
        steps=list(_steps(older["steps"], newer["steps"], compare)),
        warnings=warned,
    )


def sender_warnings(older: Definition | None, newer: Definition) -> list[Part]:
    """Return what senders must be warned of; nobody sends before the first publication."""
    return list(_warnings(older["variables"], newer["variables"])) if older is not None else []


@dataclass(frozen=True)
class _Comparing:
    """How settings read, and how much may still be compared."""

    lines_of: LinesOf
    budget: Budget


def _details(older: Definition, newer: Definition, compare: _Comparing) -> Iterator[Part]:
    names = {"name": _("Name"), "description": _("Description"), "icon": _("Icon")}
    for key, name in names.items():
        before, after = older.get(key, ""), newer.get(key, "")
        if before != after:
            lines = tuple(Line(sign, text) for sign, text in (("-", before), ("+", after)) if text)
            yield Part(Kind.CHANGED if before else Kind.NEW, name, lines=lines)
    if older["trigger"] != newer["trigger"]:
        was, becomes = (_trigger(one["trigger"], compare.lines_of) for one in (older, newer))
        lines = _changed(was, becomes, compare.budget)
        says = _("What starts the workflow was changed.")
        yield Part(Kind.CHANGED, _("Trigger"), says=says, lines=lines)
    if _is_reordered(older["variables"], newer["variables"]):
        yield Part(Kind.CHANGED, _("Variables"), says=_("They are in another order."))


def _trigger(trigger: Mapping[str, Any], lines_of: LinesOf) -> list[str]:
    settings = {name: value for name, value in trigger.items() if name != "kind"}
    return lines_of(trigger["kind"], settings)


def _is_reordered(older: Sequence[Mapping[str, Any]], newer: Sequence[Mapping[str, Any]]) -> bool:
    before, after = ([one["key"] for one in each] for each in (older, newer))
    kept = [key for key in before if key in after]
    return kept != [key for key in after if key in before]


def _variables(
    older: Sequence[Mapping[str, Any]], newer: Sequence[Mapping[str, Any]]
) -> Iterator[Part]:
    before = {one["key"]: one for one in older}
    after = {one["key"]: one for one in newer}
    for key, one in after.items():
        if key not in before:
            yield Part(Kind.NEW, key, says=_described(one))
        elif before[key] == one:
            yield Part(Kind.SAME, key, says=_described(one))
        else:
            yield Part(Kind.CHANGED, key, says=_changed_variable(before[key], one))
    for key, one in before.items():
        if key not in after:
            yield Part(Kind.REMOVED, key, says=_described(one))


def _described(variable: Mapping[str, Any]) -> str:
    kind = str(Variable.Kind(variable["kind"]).label)
    words = [kind, _("required") if variable["required"] else _("optional")]
    if variable["default"]:
        words.append(_("else “%(default)s”") % {"default": variable["default"]})
    return ", ".join(words)


def _changed_variable(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if _described(before) != _described(after):
        return _("from “%(before)s” to “%(after)s”") % {
            "before": _described(before),
            "after": _described(after),
        }
    return _("another example")


def _warnings(
    older: Sequence[Mapping[str, Any]], newer: Sequence[Mapping[str, Any]]
) -> Iterator[Part]:
    """Name what may break what senders send today."""
    before = {one["key"]: one for one in older}
    after = {one["key"]: one for one in newer}
    for key, one in after.items():
        was = before.get(key)
        if _must_be_sent(one) and not (was and _must_be_sent(was)):
            says = _("It is required from now on; requests without it are answered 422.")
            yield Part(Kind.NEW if was is None else Kind.CHANGED, key, says=says)
        elif (
            was is not None and was["kind"] != one["kind"] and one["kind"] in {"number", "boolean"}
        ):
            says = _("It takes fewer values from now on; others are answered 422.")
            yield Part(Kind.CHANGED, key, says=says)
    for key in before:
        if key not in after:
            says = _("It is gone; what services send under this key is ignored from now on.")
            yield Part(Kind.REMOVED, key, says=says)


def _must_be_sent(variable: Mapping[str, Any]) -> bool:
    return bool(variable["required"] and not variable["default"])


def _steps(
    older: Sequence[Mapping[str, Any]], newer: Sequence[Mapping[str, Any]], compare: _Comparing
) -> Iterator[Part]:
    """Match the steps in order: equal ones stay, replaced ones of one kind were changed."""
    places = blocks([repr(one) for one in older], [repr(one) for one in newer], compare.budget)
    for block in places:
        after = newer[block.to_low : block.to_high]
        if block.is_same:
            for at, one in enumerate(after):
                yield _step(Kind.SAME, one, block.to_low + at)
            continue
        before = list(enumerate(older))[block.low : block.high]
        for at, one in enumerate(after, block.to_low):
            was = next((each for each in before if each[1]["kind"] == one["kind"]), None)
            if was is None:
                yield _step(Kind.NEW, one, at, _all("+", _lines(one, compare.lines_of)))
            else:
                before.remove(was)
                old, new = _lines(was[1], compare.lines_of), _lines(one, compare.lines_of)
                yield _step(Kind.CHANGED, one, at, _changed(old, new, compare.budget))
        for at, one in before:
            yield _step(Kind.REMOVED, one, at, _all("-", _lines(one, compare.lines_of)))


def _step(kind: Kind, step: Mapping[str, Any], at: int, lines: tuple[Line, ...] = ()) -> Part:
    name = _("Step %(number)s") % {"number": at + 1}
    return Part(kind, name, lines=lines, number=at + 1, step_kind=step["kind"])


def _lines(step: Mapping[str, Any], lines_of: LinesOf) -> list[str]:
    return lines_of(step["kind"], step["config"])


def _all(sign: str, lines: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line(sign, text) for text in lines)


def _changed(before: Sequence[str], after: Sequence[str], budget: Budget) -> tuple[Line, ...]:
    """Return the lines of both, as a reader follows them from the older to the newer."""
    lines: list[Line] = []
    for one in blocks(before, after, budget):
        if one.is_same:
            lines += _all(" ", before[one.low : one.high])
        else:
            lines += _all("-", before[one.low : one.high])
            lines += _all("+", after[one.to_low : one.to_high])
    return tuple(lines)
