"""What is left to correct in one setting, in sentences that name the thing and the way out."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from workflows import template_text
from workflows.known import OwnDirect
from workflows.lengths import length_in_words
from workflows.step_fields import MAX_TEXT, ONE_VARIABLE
from workflows.steps.base import EditScope, StepField
from workflows.template_problems import closest


@dataclass(frozen=True)
class Flag:
    """One thing to correct; where the answer is guessable, `use` goes in the place of `wrong`."""

    text: str
    use: str = ""
    wrong: str = ""  # a variable's key in a text; empty: the whole value


def flags_of(field: Any, value: Any, scope: EditScope) -> list[Flag]:
    """Return what is wrong with a stored setting; no query where `scope.known` is given."""
    if value in ("", None):
        return [Flag(str(getattr(field, "missing", "")))] if field.required else []
    explain = _EXPLAIN.get(getattr(field, "control", ""))
    found = explain(field, value, scope) if explain else []
    if found:
        return found
    if isinstance(field, StepField):
        field.scope = scope
    try:
        field.clean(value)
    except ValidationError as error:
        return [Flag(_sentence(text)) for text in error.messages]
    return []


def _message(field: StepField, value: Any, scope: EditScope) -> list[Flag]:
    if not isinstance(value, str):
        return []
    if not value.strip():
        return [Flag(str(field.missing))]
    if len(value) > MAX_TEXT:
        over = len(value) - MAX_TEXT
        return [
            Flag(
                _("A message has at most %(max)s characters: cut %(over)s of them.")
                % {"max": MAX_TEXT, "over": over}
            )
        ]
    return [
        Flag(one.message, use=one.suggestion, wrong=one.key if one.suggestion else "")
        for one in template_text.check(value, scope.variables)
    ]


def _channel(field: StepField, value: Any, scope: EditScope) -> list[Flag]:
    text = str(value)
    known = scope.known_for(text)
    direct = known.direct(text)
    if direct is not None:
        return _direct(field, direct)
    channel = known.channel(text)
    if channel is not None:
        if not channel.is_archived:
            return []
        archived = _(
            "%(channel)s is archived, nothing can be posted in it. Choose another channel."
        )
        return [Flag(archived % {"channel": channel})]
    if is_channel_id(text):
        return [
            Flag(
                _(
                    "You cannot post in this channel. Choose another one, or let a manager who "
                    "is in it publish."
                )
            )
        ]
    return [
        Flag(
            _("There is no channel “%(name)s” that you can post in. Choose another one.")
            % {"name": text[:80]}
        )
    ]


def _direct(field: StepField, direct: OwnDirect) -> list[Flag]:
    if not getattr(field, "takes_own_direct", False):
        return [Flag(_("Only messages go to direct messages. Choose a channel."))]
    if direct.is_readers:
        return []
    return [
        Flag(
            _(
                "Only %(name)s can publish what goes to their own direct messages. Choose another "
                "channel."
            )
            % {"name": direct.member.display_name}
        )
    ]


def is_channel_id(text: str) -> bool:
    """Tell whether the text is the ID of a channel that the reader may not see, or that is gone."""
    return len(text) > 8 and text[0] in "CD" and text.isalnum() and text.isupper()


def _person(field: StepField, value: Any, scope: EditScope) -> list[Flag]:
    text = str(value).strip()
    variable = ONE_VARIABLE.match(text)
    if variable:
        return _person_variable(variable[1], scope)
    member = scope.known_for(text).member(text)
    if member is None:
        return [
            Flag(
                _("Nobody here is “%(name)s”. Choose a person, or write an e-mail address.")
                % {"name": text[:80]}
            )
        ]
    if not member.is_active:
        return [
            Flag(
                _("%(name)s left the workspace. Choose another person.")
                % {"name": member.display_name}
            )
        ]
    return []


def _person_variable(key: str, scope: EditScope) -> list[Flag]:
    kind = scope.variables.get(key)
    if kind == "member":
        return []
    if kind is not None:
        return [
            Flag(
                _("“%(key)s” is not a member. Choose a variable of the kind “Member”.")
                % {"key": key}
            )
        ]
    members = {one: kind for one, kind in scope.variables.items() if kind == "member"}
    near = closest(key, members)
    if near:
        text = _("There is no variable “%(key)s”. Did you mean “%(suggestion)s”?")
        return [Flag(text % {"key": key, "suggestion": near}, use=near, wrong=key)]
    return [Flag(_("There is no variable “%(key)s”.") % {"key": key})]


def _time(field: forms.IntegerField, value: Any, scope: EditScope) -> list[Flag]:
    if not isinstance(value, int):
        return [Flag(_("Write a number, for example 30."))]
    least, most = field.min_value, field.max_value
    if (least is not None and value < least) or (most is not None and value > most):
        return [
            Flag(
                _("From %(least)s to %(most)s.")
                % {"least": length_in_words(least or 0), "most": length_in_words(most or 0)}
            )
        ]
    return []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


_EXPLAIN: dict[str, Any] = {
    "message": _message,
    "channel": _channel,
    "person": _person,
    "time": _time,
}
