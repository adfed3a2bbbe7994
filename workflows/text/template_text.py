"""Finds, checks and fills the `{{ variables }}` in a builder's text; pure.

The text is parsed once, before any value is near it; values are then put in as opaque tokens, so
nothing in one can become markup, a mention, a link's label or another variable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from messaging import mrkdwn
from messaging.mrkdwn.links import safe_url
from messaging.mrkdwn.placeholders import find_placeholders
from messaging.mrkdwn.tokens import Body, Token, text_token
from workflows.text.template_links import Inserted, address
from workflows.text.template_problems import Problem, check

__all__ = [
    "Filled",
    "MemberValue",
    "Problem",
    "TextValue",
    "VariableUse",
    "check",
    "compile_text",
    "fill",
    "variables_in",
]


@dataclass(frozen=True, slots=True)
class TextValue:
    """What a variable holds that names no member."""

    text: str


@dataclass(frozen=True, slots=True)
class MemberValue:
    """The member whom a variable names."""

    member_id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ChannelValue:
    """The channel that a variable names; `name` only where everybody may know it."""

    channel_id: str
    name: str


Filled = TextValue | MemberValue | ChannelValue


@dataclass(frozen=True, slots=True)
class VariableUse:
    """A variable in a text; `position` is its offset, or its order where a body was searched."""

    key: str
    format: str
    position: int


def compile_text(text: str) -> Body:
    """Return the text's tokens, with its variables as `var` tokens: a template."""
    return mrkdwn.parse(text, variables=True)


def variables_in(template: Body | str) -> list[VariableUse]:
    """Return the variables that a text or a template uses, in order, each as often as it does."""
    if isinstance(template, str):
        return [VariableUse(one.key, one.format, one.start) for one in find_placeholders(template)]
    found: list[Token] = []
    _collect(template, found)
    return [VariableUse(one["key"], one["format"], at) for at, one in enumerate(found)]


def fill(template: Body, values: Mapping[str, Filled]) -> Body:
    """Return a message's body: the template with the values in it; a missing one is empty."""
    return [_fill_block(block, values) for block in template]


def _collect(tokens: list[Any], found: list[Token]) -> None:
    for token in tokens:
        if isinstance(token, list):
            _collect(token, found)
        elif isinstance(token, dict):
            if token["t"] == "var":
                found.append(token)
            _collect(token.get("url_parts", []), found)
            _collect(token.get("c", []), found)


def _fill_block(block: Token, values: Mapping[str, Filled]) -> Token:
    kind = block["t"]
    if kind == "quote":
        return {**block, "c": fill(block["c"], values)}
    if kind in ("ul", "ol"):
        return {**block, "c": [_fill_inlines(item, values) for item in block["c"]]}
    return {**block, "c": _fill_inlines(block["c"], values, is_literal=kind == "pre")}


def _fill_inlines(
    tokens: list[Token], values: Mapping[str, Filled], *, is_literal: bool = False
) -> list[Token]:
    """Return the tokens filled; literal ones, in code, take a member's name as a value."""
    filled: list[Token] = []
    for token in tokens:
        kind = token["t"]
        if kind == "var":
            filled.append(_fill_variable(token, values, is_literal))
        elif kind == "link":
            filled += _fill_link(token, values)
        elif "c" in token:
            inner = _fill_inlines(token["c"], values, is_literal=is_literal or kind == "code")
            filled.append({**token, "c": inner})
        else:
            filled.append(token)
    return filled


def _fill_variable(token: Token, values: Mapping[str, Filled], is_literal: bool) -> Token:
    value = values.get(token["key"])
    if isinstance(value, MemberValue) and not is_literal:
        return {"t": "user", "id": value.member_id, "as": token["format"] or "mention"}
    if isinstance(value, ChannelValue) and not is_literal:
        return {"t": "channel", "id": value.channel_id}
    return {"t": "value", "v": _text(token, value)}


def _text(token: Token, value: Filled | None) -> str:
    if isinstance(value, MemberValue):
        return value.email if token["format"] == "email" else value.name
    if isinstance(value, ChannelValue):
        return f"#{value.name or gettext('private-channel')}"
    return value.text if value else ""


def _fill_link(token: Token, values: Mapping[str, Filled]) -> list[Token]:
    """Return the link, or its label and the value as text where that makes no safe address."""
    label = _fill_inlines(token["c"], values)
    if "url_parts" not in token:
        return [{**token, "c": label}]
    pieces = [
        one if isinstance(one, str) else Inserted(_text(one, values.get(one["key"])))
        for one in token["url_parts"]
    ]
    url = address(pieces)
    if url and safe_url(url):
        return [{"t": "link", "url": url, "c": label}]
    if url == "":
        return label
    parts = [text_token(one) if isinstance(one, str) else one for one in token["url_parts"]]
    if token["c"] == [one for one in parts if one != text_token("mailto:")]:
        return label  # it is its own label
    return [*label, text_token(" ("), *_fill_inlines(parts, values), text_token(")")]
