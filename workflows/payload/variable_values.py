"""A document → the values of a workflow's variables, by the table of the hook contract. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from workflows.payload.body import JSONValue, Number, is_number


class ProblemCode(TextChoices):
    """What may be wrong with a value, as the answer to its sender names it."""

    MISSING = "missing", _("A value is required.")
    NOT_TEXT = "not_text", _("Not a text, a number, true or false.")
    NOT_A_NUMBER = "not_a_number", _("Not a number.")
    NOT_A_BOOLEAN = "not_a_boolean", _("Neither true nor false.")
    NOT_A_MEMBER = "not_a_member", _("Not a member ID, an e-mail address or another text.")


@dataclass(frozen=True, slots=True)
class VariableSpec:
    """What a workflow's version says of a variable; `default` is empty where there is none.

    The value of one that `is_channel` is a channel's ID.
    """

    key: str
    kind: str
    required: bool = False
    default: str = ""
    is_channel: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Name a variable and what is wrong with its value, never the value."""

    key: str
    problem: ProblemCode


class InvalidVariables(Exception):
    """Refuse a document because of the values of one or more variables."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{item.key}: {item.problem.value}" for item in problems))
        self.problems = list(problems)

    @property
    def details(self) -> list[dict[str, str]]:
        """Return the problems as the answer lists them."""
        return [{"key": item.key, "problem": item.problem.value} for item in self.problems]


def variable_values(document: JSONValue, variables: Sequence[VariableSpec]) -> dict[str, str]:
    """Return each variable's value as text, or raise `InvalidVariables` naming every problem.

    A default stands in for what is missing or null, as if it had been sent as text. A member's
    value stays the ID, address or other text that was sent; the engine looks the member up.
    """
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for variable in variables:
        sent = _look_up(document, variable)
        if sent is None:
            sent = variable.default or None
        if sent is None:
            if variable.required:
                problems.append(Problem(variable.key, ProblemCode.MISSING))
            values[variable.key] = ""
            continue
        read, problem = _KINDS[variable.kind]
        value = read(sent)
        if value is None:
            problems.append(Problem(variable.key, problem))
        else:
            values[variable.key] = value
    if problems:
        raise InvalidVariables(problems)
    return values


def can_hold(kind: str, text: str) -> bool:
    """Tell whether a variable of the kind can hold the text: a default, an example."""
    return not text or kind not in _KINDS or _KINDS[kind][0](text) is not None


def _look_up(document: JSONValue, variable: VariableSpec) -> JSONValue:
    return document.get(variable.key) if isinstance(document, dict) else None


def _text(sent: JSONValue) -> str | None:
    if isinstance(sent, bool):
        return "true" if sent else "false"
    return str(sent) if isinstance(sent, str) else None


def _number(sent: JSONValue) -> str | None:
    if isinstance(sent, Number):
        return str(sent)
    return sent if isinstance(sent, str) and is_number(sent) else None


def _boolean(sent: JSONValue) -> str | None:
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, str) and (lowered := sent.lower()) in {"true", "false"}:
        return lowered
    return None


def _member(sent: JSONValue) -> str | None:
    return str(sent) if isinstance(sent, str) else None


# Each kind of variable: how its value is read (None: it can't be), and what to say then.
_KINDS: Mapping[str, tuple[Callable[[JSONValue], str | None], ProblemCode]] = {
    "text": (_text, ProblemCode.NOT_TEXT),
    "number": (_number, ProblemCode.NOT_A_NUMBER),
    "boolean": (_boolean, ProblemCode.NOT_A_BOOLEAN),
    "member": (_member, ProblemCode.NOT_A_MEMBER),
}
