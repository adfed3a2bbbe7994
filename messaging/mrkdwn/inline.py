"""One line of mrkdwn → inline tokens, in one pass over the places where something may begin."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from messaging.ids import PATTERN
from messaging.mrkdwn.emoji import emoji_named
from messaging.mrkdwn.links import safe_url
from messaging.mrkdwn.source import Source
from messaging.mrkdwn.tokens import Token, joined, text_token

STYLES = {"*": "b", "_": "i", "~": "s"}

_EMOJI = re.compile(r":([a-z0-9_+'-]{1,64}):")
_USER = re.compile(rf"@(U{PATTERN})(?:\|.*)?")
_CHANNEL = re.compile(rf"#(C{PATTERN})(?:\|.*)?")
_SCHEME = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_SPACE = re.compile(r"\s")


def read_inline(source: Source, start: int, end: int, *, in_link: bool = False) -> list[Token]:
    """Return the inline tokens of a span that holds no line break."""
    return _Line(source, start, end, in_link).read()


@dataclass(slots=True)
class _Opener:
    marker: str
    place: int  # of the marker's own text token in the output


class _Line:
    def __init__(self, source: Source, start: int, end: int, in_link: bool) -> None:
        self.source, self.text, self.shadow = source, source.text, source.shadow
        self.start, self.end, self.in_link = start, end, in_link
        self.at = start  # everything before it is in the output
        self.out: list[Token] = []
        self.openers: list[_Opener] = []
        self.live: dict[str, _Opener] = {}  # by marker: the opener that a closer would take

    def read(self) -> list[Token]:
        read_until = self.start
        for stop in self.source.stops(self.start, self.end):
            if stop >= read_until:
                read_until = self.read_at(stop) or stop
        self.put(self.end, self.end)
        return joined(self.out)

    def read_at(self, at: int) -> int:
        """Read what begins here; return where it ends, or 0 where it is only text."""
        link = self.source.links.get(at)
        if link and link.end <= self.end and not self.in_link:
            return self.put(at, link.end, self.bare_link(at, link.end, link.url))
        variable = self.source.placeholders.get(at)
        if variable:
            return self.put(at, variable.end, variable.token)
        return _READERS[self.shadow[at]](self, at) if self.shadow[at] in _READERS else 0

    def put(self, start: int, end: int, *tokens: Token) -> int:
        """Write the text up to `start`, then the tokens that stand for the span; return its end."""
        if self.at < start:
            self.out.append(text_token(self.text[self.at : start]))
        self.out += tokens
        self.at = end
        return end

    def bare_link(self, start: int, end: int, url: str) -> Token:
        pieces = self.source.pieces(start, end)
        scheme = url[: len(url) - (end - start)]  # the "mailto:" of an e-mail address
        return _link([text_token(scheme), *pieces] if scheme else pieces, pieces)

    def angle(self, at: int) -> int:
        following = self.shadow.find("<", at + 1, self.end)
        end = self.shadow.find(">", at + 1, self.end if following < 0 else following)
        if end < 0 or self.in_link:
            return 0
        inner = self.text[at + 1 : end]
        if user := _USER.fullmatch(inner):
            return self.put(at, end + 1, {"t": "user", "id": user[1], "as": "mention"})
        if channel := _CHANNEL.fullmatch(inner):
            return self.put(at, end + 1, {"t": "channel", "id": channel[1]})
        return self.labelled_link(at, end)

    def labelled_link(self, at: int, end: int) -> int:
        bar = self.shadow.find("|", at + 1, end)
        url_end = end if bar < 0 else bar
        address = self.source.pieces(at + 1, url_end)
        if not _may_lead_somewhere(address):
            return 0
        label_start = end if bar < 0 else bar + 1
        label = read_inline(self.source, label_start, end, in_link=True)
        return self.put(at, end + 1, _link(address, label or address))

    def code(self, at: int) -> int:
        end = self.shadow.find("`", at + 1, self.end)
        if end < 0:
            return 0
        if end == at + 1:
            return self.run_end(at)
        return self.put(at, end + 1, {"t": "code", "c": self.source.pieces(at + 1, end)})

    def emoji(self, at: int) -> int:
        found = _EMOJI.match(self.text, at, self.end)
        if not found or self.is_word(at - 1) or self.is_word(found.end()):
            return 0
        if not emoji_named(found[1]):
            return 0
        return self.put(at, found.end(), {"t": "emoji", "v": found[1]})

    def marker(self, at: int) -> int:
        marker = self.shadow[at]
        end = self.run_end(at)
        if end > at + 1:
            return end
        if marker in self.live and self.may_close(at, marker):
            self.close(at, marker)
        elif self.may_open(at, marker):
            self.put(at, at + 1, text_token(marker))
            opener = _Opener(marker, len(self.out) - 1)
            self.openers.append(opener)
            self.live[marker] = opener
        return at + 1

    def may_open(self, at: int, marker: str) -> bool:
        is_followed = at + 1 < self.end and not self.shadow[at + 1].isspace()
        return is_followed and not self.is_word(at - 1, marker)

    def may_close(self, at: int, marker: str) -> bool:
        return not self.shadow[at - 1].isspace() and not self.is_word(at + 1, marker)

    def close(self, at: int, marker: str) -> None:
        """Put all since the opener into the style; openers in between remain text."""
        opener = self.live.pop(marker)
        while (last := self.openers.pop()) is not opener:
            if self.live.get(last.marker) is last:
                del self.live[last.marker]
        self.put(at, at + 1)
        inner = joined(self.out[opener.place + 1 :])
        self.out[opener.place :] = [{"t": STYLES[marker], "c": inner}]

    def is_word(self, at: int, marker: str = "") -> bool:
        """Tell whether a letter, digit or variable stands here.

        Beside `*` and `~` a variable is none: `*Ticket:*{{ link }}` is meant to be bold.
        """
        if not self.start <= at < self.end or not self.shadow[at].isalnum():
            return False
        return marker not in ("*", "~") or self.shadow[at] == self.text[at]

    def run_end(self, at: int) -> int:
        """Return where the run of this same character ends."""
        character, end = self.shadow[at], at + 1
        while end < self.end and self.shadow[end] == character:
            end += 1
        return end


_READERS: dict[str, Callable[[_Line, int], int]] = {
    "<": _Line.angle,
    "`": _Line.code,
    ":": _Line.emoji,
    "*": _Line.marker,
    "_": _Line.marker,
    "~": _Line.marker,
}


def _link(address: list[Token], label: list[Token]) -> Token:
    if any(piece["t"] == "var" for piece in address):
        parts = [piece["v"] if piece["t"] == "text" else piece for piece in address]
        return {"t": "link", "url_parts": parts, "c": label}
    return {"t": "link", "url": "".join(piece["v"] for piece in address), "c": label}


def _may_lead_somewhere(address: list[Token]) -> bool:
    """Tell whether this can be an address, at least with fitting values in it."""
    texts = [piece["v"] for piece in address if piece["t"] == "text"]
    if len(texts) == len(address):
        return bool(safe_url("".join(texts)))
    begins_well = address[0]["t"] == "var" or _SCHEME.match(address[0]["v"])
    return bool(begins_well) and not any(_SPACE.search(text) for text in texts)
