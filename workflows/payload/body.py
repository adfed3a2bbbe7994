"""Bytes of a request → a checked JSON document, and back to text: the one place that reads JSON.

Pure. A document holds `None`, `bool`, `str`, `list`, `dict` and `Number`; it is at most
`MAX_DEPTH` deep and free of NUL characters and lone surrogates, so any database can store it.
"""

import itertools
import json
import math
import operator
import re
from collections.abc import Collection
from enum import StrEnum
from typing import NoReturn, TypeAlias
from urllib.parse import parse_qsl

JSONValue: TypeAlias = "bool | str | list[JSONValue] | dict[str, JSONValue] | None"

MAX_DEPTH = 64
MAX_INTEGER_DIGITS = 4300  # where Python's own int() stops, too
MAX_FORM_FIELDS = 1000

_JSON_TYPES = frozenset({"", "application/json", "text/json", "text/plain"})
_FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_SUFFIX_TYPE = re.compile(r"application/[!#$%&'*+.^_`|~0-9a-z-]+\+json")
_JSON_BLANK = " \t\n\r"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")

# A string (or its beginning, where it never ends), a bracket, or a word outside of strings.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]|[^\s",:\[\]{}]+', re.DOTALL)
_UNSTORABLE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(
    r"""(
        \\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}  # a pair is one character
        | \\(?!u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})).             # any other escape
    ) | \\u[0-9a-fA-F]{4}                                           # NUL or half a pair
    """,
    re.DOTALL | re.VERBOSE,
)
_BRACKETS = bytes.maketrans(b"[{]}", b"\2\2\0\0")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Number(str):
    """A JSON number with its digits as they were sent (`1.50`, `9007199254740993`).

    It is a `str`: whoever tells numbers from texts asks for `Number` first.
    """

    __slots__ = ()


# Why a text is refused beside what Python's own parser says.
NOT_UTF_8 = "Not UTF-8"
EMPTY = "The body is empty"
TOO_DEEP = f"Nested more than {MAX_DEPTH} levels deep"
TOO_MANY_DIGITS = f"An integer of more than {MAX_INTEGER_DIGITS} digits"
BEYOND_RANGE = "A number beyond the range of a double"


class PayloadError(Exception):
    """Tell why a body can't be taken; `detail` is for its sender and never echoes the body."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidJSON(PayloadError):
    """Refuse what is no JSON text (or no form) in UTF-8 within the limits.

    `reason` and `place`, the line and column (from 1), are for pages, in the reader's language
    (workflows/payload/json_words.py).
    """

    reason: str = ""
    place: tuple[int, int] | None = None

    @classmethod
    def at(cls, reason: str, text: str, position: int) -> "InvalidJSON":
        """Return the error with the line and column (from 1) of a position in the text."""
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        error = cls(f"{reason}: line {line} column {column}")
        error.reason, error.place = reason, (line, column)
        return error


class InvalidPayload(PayloadError):
    """Refuse JSON whose root is neither an object nor an array."""


class UnsupportedMediaType(PayloadError):
    """Refuse a content type that is read neither as JSON nor as a form."""


class BodyKind(StrEnum):
    """How a body is read, as its content type says."""

    JSON = "json"
    FORM = "form"


def body_kind(content_type: str | None) -> BodyKind:
    """Return how a body of this type is read, or raise `UnsupportedMediaType`.

    Parameters are ignored, `charset` too: bodies are UTF-8. No type at all is read as JSON.
    """
    sent = content_type or ""
    media_type = sent.partition(";")[0].strip().lower()
    if media_type in _JSON_TYPES and (media_type or not sent.strip()):
        return BodyKind.JSON
    if media_type == _FORM_TYPE:
        return BodyKind.FORM
    if _JSON_SUFFIX_TYPE.fullmatch(media_type):
        return BodyKind.JSON
    raise UnsupportedMediaType("Send application/json or application/x-www-form-urlencoded.")


def read_body(raw: bytes, content_type: str | None) -> JSONValue:
    """Return the document in a request's body: an object or an array.

    Raises `UnsupportedMediaType`, `InvalidJSON` or `InvalidPayload`.
    """
    kind = body_kind(content_type)
    document = _read_form(raw) if kind is BodyKind.FORM else parse_json(raw)
    if not isinstance(document, dict | list):
        raise InvalidPayload(f"Expected an object or an array, got {_type_name(document)}.")
    return document


def parse_json(raw: bytes) -> JSONValue:
    """Return the JSON document in UTF-8 bytes, whatever its root; raises `InvalidJSON`."""
    return _parse(_decode(raw))


def is_number(text: str) -> bool:
    """Whether the text reads as a JSON number that a body might hold."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return False
    if match[1] is None and match[2] is None:
        return not _has_too_many_digits(text)
    return math.isfinite(float(text))


def dump(document: JSONValue) -> str:
    """Return the document as compact JSON: numbers with their own digits, no ASCII escapes."""
    if isinstance(document, Number):
        return str(document)
    if isinstance(document, dict):
        return "{" + ",".join([f"{_quote(k)}:{dump(v)}" for k, v in document.items()]) + "}"
    if isinstance(document, list):
        return "[" + ",".join([dump(item) for item in document]) + "]"
    return _quote(document)


def unknown_keys(document: JSONValue, keys: Collection[str]) -> list[str]:
    """Return the document's top-level keys that are not among the given ones, as sent."""
    return [key for key in document if key not in keys] if isinstance(document, dict) else []


class _NumberRefused(Exception):
    """Carry a number's literal out of the decoder, which doesn't say where it stood."""

    def __init__(self, reason: str, literal: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.literal = literal


def _integer(literal: str) -> Number:
    # The length alone settles all but the longest: numbers are read on the hook's way.
    if len(literal) > MAX_INTEGER_DIGITS and _has_too_many_digits(literal):
        raise _NumberRefused(TOO_MANY_DIGITS, literal)
    return Number(literal)


def _has_too_many_digits(literal: str) -> bool:
    return len(literal.lstrip("-")) > MAX_INTEGER_DIGITS


def _fraction(literal: str) -> Number:
    if not math.isfinite(float(literal)):
        raise _NumberRefused(BEYOND_RANGE, literal)
    return Number(literal)


def _constant(literal: str) -> NoReturn:
    raise _NumberRefused("NaN and Infinity are no JSON", literal)


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_constant)
_quote = json.JSONEncoder(ensure_ascii=False).encode


def _decode(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        raise InvalidJSON.at(NOT_UTF_8, before, len(before)) from None
    if text.startswith("\ufeff"):
        raise InvalidJSON.at("A byte order mark before the body", text, 0)
    if not text.strip(_JSON_BLANK):
        raise InvalidJSON.at(EMPTY, text, 0)
    return text


def _parse(text: str) -> JSONValue:
    if _is_too_deep(text):
        position = _position_of_too_deep(text)
        raise InvalidJSON.at(TOO_DEEP, text, position)
    if _UNSTORABLE_ESCAPE.search(text):
        text = _ESCAPE.sub(lambda escape: escape[1] or "\\ufffd", text)
    try:
        document: JSONValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJSON.at(error.msg, text, error.pos) from None
    except _NumberRefused as error:
        position = _position_of(error.literal, text)
        raise InvalidJSON.at(error.reason, text, position) from None
    return document


def _is_too_deep(text: str) -> bool:
    """Tell in linear time, before the decoder recurses, whether it would go too deep.

    Each bracket outside of strings becomes 2 (opens) or 0 (closes), so after n brackets the depth
    is their sum less n. Counted without a loop of our own: a million brackets take a tenth of a
    second.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    no_escapes = text.replace("\\\\", "").replace('\\"', "")
    outside_strings = "".join(no_escapes.split('"')[::2])
    brackets = outside_strings.encode().translate(_BRACKETS, _NO_BRACKETS)
    depths = map(operator.sub, itertools.accumulate(brackets), itertools.count(1))
    return any(depth > MAX_DEPTH for depth in depths)


def _position_of_too_deep(text: str) -> int:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            return token.start()
    return 0


def _position_of(literal: str, text: str) -> int:
    tokens = _TOKEN.finditer(text)
    return next((token.start() for token in tokens if token[0].startswith(literal)), 0)


def _read_form(raw: bytes) -> JSONValue:
    text = _decode(raw)
    if text.count("&") >= MAX_FORM_FIELDS:
        raise InvalidJSON(f"More than {MAX_FORM_FIELDS} form fields.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidJSON("A form field is not UTF-8.") from None
    fields: dict[str, JSONValue] = {}
    for key, value in pairs:
        fields[key.replace("\0", "\ufffd")] = value.replace("\0", "\ufffd")
    sent_as_json = fields.get("payload")
    return fields if sent_as_json is None else _parse(str(sent_as_json))


def _type_name(document: JSONValue) -> str:
    if document is None:
        return "null"
    if isinstance(document, bool):
        return "true or false"
    return "a number" if isinstance(document, Number) else "a string"
