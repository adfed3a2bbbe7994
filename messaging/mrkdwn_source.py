"""A text to be parsed, with its variables and bare links found before any markup is read; pure."""

import re
from bisect import bisect_left

from messaging.links import FoundLink, find_links, safe_url
from messaging.placeholders import Placeholder, find_placeholders
from messaging.tokens import Token, text_token

MARKERS = "*_~"
_STOP = re.compile(r"[*_~`<:]")
_LEADING_MARKERS = re.compile(r"\n|(?<!\S)[*_~]+")


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
        self.links = {one.start: one for one in self._links()}
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

    def _links(self) -> list[FoundLink]:
        """Return the bare links: a marker around one is not part of it, nor is a backtick."""
        marks = list(_LEADING_MARKERS.finditer(self.shadow))
        readable = _LEADING_MARKERS.sub(_blank, self.shadow)
        links, opened, at = [], set[str](), 0
        for link in find_links(readable):
            while at < len(marks) and marks[at].start() < link.start:
                mark = marks[at][0]
                opened = set() if mark == "\n" else opened | set(mark)
                at += 1
            address = link.url.partition("`")[0]
            cut_off = len(link.url) - len(address.rstrip("".join(opened)) if opened else address)
            url, end = link.url[: len(link.url) - cut_off], link.end - cut_off
            if safe_url(url) and self._is_whole(link.start) and self._is_whole(end):
                links.append(FoundLink(link.start, end, url))
        return links

    def _is_whole(self, offset: int) -> bool:
        """Tell whether the offset lies outside of every variable."""
        at = bisect_left(self._starts, offset)
        return not at or self.placeholders[self._starts[at - 1]].end <= offset


def _shadow(text: str, found: list[Placeholder]) -> str:
    pieces, at = [], 0
    for one in found:
        pieces += [text[at : one.start], "x" * (one.end - one.start)]
        at = one.end
    return "".join([*pieces, text[at:]])


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0] == "\n" else " " * len(found[0])
