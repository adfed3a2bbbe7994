"""The tokens of a message's body: what they are, whom they name, and the cut of a long one.

A body is JSON, a list of blocks; each block and each inline is a small dict with its type in `t`:

    blocks   p, quote: `c` is a list      pre: `c` holds only text and value
             ul, ol: `c` is a list of inline lists; ol may have `start`
    inlines  text, value: `v`      b, i, s, code: `c`      br      emoji: `v` is its name
             link: `url`, `c`      user: `id`, `as` (mention, name, email)      channel: `id`

A `value` is opaque: what a variable held, never read as markup. Only a template's body holds
`var` (`key`, `format`), and `url_parts` (text and `var`) instead of `url` in a link.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

Token = dict[str, Any]
Body = list[Token]

MESSAGE_LIMIT = 12_000
CONTAINERS = frozenset({"p", "pre", "quote", "b", "i", "s", "code", "link"})
LISTS = frozenset({"ul", "ol"})


@dataclass(frozen=True)
class Person:
    """How a member is shown; no link where `url` is empty."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True)
class Place:
    """How a channel is shown; no link where `url` is empty."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Names:
    """The people and places that the reader may see, by ID; an ID that is missing shows as text."""

    members: Mapping[str, Person] = field(default_factory=dict)
    channels: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class References:
    """The IDs that a body names, in whatever way."""

    members: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


def text_token(text: str) -> Token:
    """Return a token of plain text."""
    return {"t": "text", "v": text}


def joined(tokens: list[Token]) -> list[Token]:
    """Return the tokens with neighbouring texts made one."""
    joined: list[Token] = []
    texts: list[str] = []
    for token in tokens:
        if token["t"] == "text":
            texts.append(token["v"])
            continue
        if texts:
            joined.append(text_token("".join(texts)))
            texts = []
        joined.append(token)
    if texts:
        joined.append(text_token("".join(texts)))
    return joined


def leaves(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens that hold no others, in the order of reading."""
    for token in tokens:
        kind = token["t"]
        if kind in CONTAINERS:
            yield from leaves(token["c"])
        elif kind in LISTS:
            for item in token["c"]:
                yield from leaves(item)
        else:
            yield token


def references(body: Body) -> References:
    """Return the members and channels that the body names."""
    members, channels = set(), set()
    for token in leaves(body):
        if token["t"] == "user":
            members.add(token["id"])
        elif token["t"] == "channel":
            channels.add(token["id"])
    return References(frozenset(members), frozenset(channels))


def cut(body: Body, limit: int = MESSAGE_LIMIT) -> Body:
    """Return the body, or its beginning and a visible note where it has over `limit` characters.

    Counted are the characters of text and values; whatever else stands in a line counts one.
    The note is within the limit.
    """
    if sum(map(_size, leaves(body))) <= limit:
        return body
    note = text_token("… " + gettext("(message cut)"))
    kept, _ = _beginning(body, limit - len(note["v"]))
    if kept and kept[-1]["t"] == "p":
        kept[-1]["c"].append(note)
    else:
        kept.append({"t": "p", "c": [note]})
    return kept


def _size(token: Token) -> int:
    return len(token["v"]) if token["t"] in ("text", "value") else 1


def _beginning(tokens: list[Token], room: int) -> tuple[list[Token], int]:
    """Return copies of the first tokens, as far as the room goes, and the room left."""
    kept: list[Token] = []
    for token in tokens:
        if room <= 0:
            break
        kind = token["t"]
        if kind in CONTAINERS:
            inner, room = _beginning(token["c"], room)
            kept.append({**token, "c": inner})
        elif kind in LISTS:
            items: list[list[Token]] = []
            for item in token["c"]:
                if room > 0:
                    inner, room = _beginning(item, room)
                    items.append(inner)
            kept.append({**token, "c": items})
        elif kind in ("text", "value"):
            kept.append({**token, "v": token["v"][:room]})
            room -= len(token["v"])
        else:
            kept.append(token)
            room -= 1
    return kept, room
