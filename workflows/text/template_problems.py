"""What may be wrong with the `{{ variables }}` of a builder's text, and where; pure."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from messaging.mrkdwn.placeholders import KEY, find_placeholders
from workflows.text.problems import Problem

MAX_PROBLEMS = 50  # in one text; nobody reads on, and each asks for a suggestion
KIND_OF_FORMAT = {"name": "member", "email": "member"}

_OPENING = re.compile(r"\{\{")
_WITH_FORMAT = re.compile(rf"\{{\{{ *({KEY}) *\|([^{{}}\n]*)\}}\}}")

SHORT = {
    "unknown": gettext_noop('unknown variable "%(key)s"'),
    "unclosed": gettext_noop('"{{" without "}}"'),
    "malformed": gettext_noop('not a variable: "%(source)s"'),
    "unknown_format": gettext_noop('unknown format "%(format)s" of the variable "%(key)s"'),
    "wrong_format": gettext_noop('the variable "%(key)s" has no format "%(format)s"'),
}
SENTENCES = {
    "unknown": gettext_noop("There is no variable “%(key)s”."),
    "unclosed": gettext_noop("A variable begins here with “{{” but has no “}}”."),
    "malformed": gettext_noop("“%(source)s” is not a variable. Write it like “{{ key }}”."),
    "unknown_format": gettext_noop(
        "A variable has no format “%(format)s”. A member has “name” and “email”."
    ),
    "wrong_format": gettext_noop("“%(key)s” is not a member, so it has no “%(format)s”."),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at one place of a text: `text[start:end]`, at line and column from 1."""

    code: str
    key: str
    start: int
    end: int
    line: int
    column: int
    source: str
    format: str = ""
    suggestion: str = ""

    @property
    def short(self) -> str:
        """Return the clause that the import of a file puts after the name of the place."""
        return gettext(SHORT[self.code]) % self._values

    @property
    def message(self) -> str:
        """Return the sentence for the builder's page, with a suggestion where there is one."""
        if self.suggestion:
            return (
                gettext("There is no variable “%(key)s”. Did you mean “%(suggestion)s”?")
                % self._values
            )
        return gettext(SENTENCES[self.code]) % self._values

    @property
    def problem(self) -> Problem:
        """What files and the builder's page say of it."""
        wrong = self.key if self.suggestion else ""
        return Problem("", self.short, sentence=self.message, use=self.suggestion, wrong=wrong)

    @property
    def _values(self) -> dict[str, str]:
        return {
            "key": self.key,
            "source": self.source[:60],
            "format": self.format,
            "suggestion": self.suggestion,
        }


def check(text: str, variables: Mapping[str, str]) -> list[Flaw]:
    """Return what is wrong with the variables of a text, in order, at most 50 of them.

    `variables` says which there are, by key, and of which kind.
    """
    flaws: list[Flaw] = []
    placeholders = {one.start: one for one in find_placeholders(text)}
    for opening in _OPENING.finditer(text):
        found = placeholders.get(opening.start()) or placeholders.get(opening.start() + 1)
        if found is None:
            flaws.append(_malformed(text, opening.start()))
        elif found.key not in variables:
            suggestion = closest(found.key, variables)
            flaws.append(
                _flaw("unknown", text, found.start, found.end, found.key, suggestion=suggestion)
            )
        elif found.format and variables[found.key] != KIND_OF_FORMAT[found.format]:
            flaws.append(
                _flaw("wrong_format", text, found.start, found.end, found.key, format=found.format)
            )
        if len(flaws) == MAX_PROBLEMS:
            break
    return flaws


def _malformed(text: str, start: int) -> Flaw:
    """Say what is wrong with a `{{` that begins no placeholder."""
    with_format = _WITH_FORMAT.match(text, start)
    if with_format:
        return _flaw(
            "unknown_format",
            text,
            start,
            with_format.end(),
            with_format[1],
            format=with_format[2].strip(),
        )
    line_end = text.find("\n", start)
    stop = len(text) if line_end < 0 else line_end
    following = text.find("{{", start + 2, stop)
    end = text.find("}}", start + 2, stop if following < 0 else following)
    if end < 0:
        return _flaw("unclosed", text, start, start + 2)
    return _flaw("malformed", text, start, end + 2, text[start + 2 : end].strip())


def _flaw(
    code: str,
    text: str,
    start: int,
    end: int,
    key: str = "",
    *,
    format: str = "",
    suggestion: str = "",
) -> Flaw:
    return Flaw(
        code=code,
        key=key,
        start=start,
        end=end,
        line=text.count("\n", 0, start) + 1,
        column=start - text.rfind("\n", 0, start),
        source=text[start:end],
        format=format,
        suggestion=suggestion,
    )


def closest(key: str, variables: Mapping[str, str]) -> str:
    """Return the key that is nearest to this one; empty where none is near."""
    return next(iter(difflib.get_close_matches(key, variables, n=1)), "")
