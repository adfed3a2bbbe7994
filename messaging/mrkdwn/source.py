"""A text to be parsed, with its variables and bare links found before any markup is read; pure."""

import re
from bisect import bisect_left

from messaging.mrkdwn.links import find_links
from messaging.mrkdwn.placeholders import Placeholder, find_placeholders
from messaging.mrkdwn.tokens import Token, text_token

_STOP = re.compile(r"[*_~`<:]")
_EDGE_MARKERS = re.compile(r"\n|(?P<opening>(?<!\S)[*_~]+)|[*_~]+(?=[.,;:!?)]*(?:\s|$))")


class Source:
    """The text, and where in it something begins that is more than text.

    `shadow` is the text with a letter in the place of each character of a variable: same offsets,
    but nothing inside a variable can be taken for markup.
    """

    def __init__(self, text: str, *, variables: bool) -> None:
        self.text = text
        found = find_placeholders(text) if variables else []
        self.placeholders = {one.start: one for one in found}
        self._starts = [one.start for one in found]
        self.shadow = _shadow(text, found)
        self.links = {one.start: one for one in find_links(_without_markers(self.shadow))}
        self._stops = sorted(
            {*self._starts, *self.links, *(one.start() for one in _STOP.finditer(self.shadow))}
        )

    def stops(self, start: int, end: int) -> list[int]:
        """Return the offsets in a span at which a token that is not text may begin."""
        return self._stops[bisect_left(self._stops, start) : bisect_left(self._stops, end)]

    def pieces(self, start: int, end: int) -> list[Token]:
        """Return a span as text and variables only."""
        pieces: list[Token] = []
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        for variable in (self.placeholders[at] for at in self._starts[first:last]):
            if variable.start > start:
                pieces.append(text_token(self.text[start : variable.start]))
            pieces.append(variable.token)
            start = variable.end
        if start < end:
            pieces.append(text_token(self.text[start:end]))
        return pieces


def _shadow(text: str, found: list[Placeholder]) -> str:
    pieces, at = [], 0
    for one in found:
        pieces += [text[at : one.start], "x" * (one.end - one.start)]
        at = one.end
    return "".join([*pieces, text[at:]])


def _without_markers(shadow: str) -> str:
    """Return the text with spaces for markers around words and backticks: no part of a link.

    At the end of a word it is a marker only where the line has the same one before a word.
    """
    opened: set[str] = set()

    def blank(found: re.Match[str]) -> str:
        if found[0] == "\n":
            opened.clear()
            return "\n"
        if found["opening"]:
            opened.update(found[0])
        return "".join(" " if marker in opened else marker for marker in found[0])

    return _EDGE_MARKERS.sub(blank, shadow).replace("`", " ")
