"""Lines of mrkdwn → blocks: paragraphs, quotes, lists and preformatted text; pure."""

import re
from dataclasses import dataclass

from messaging.mrkdwn.inline import read_inline
from messaging.mrkdwn.source import Source
from messaging.mrkdwn.tokens import Body, Token, joined, text_token

MAX_QUOTES = 4  # one in another; deeper marks are text
FENCE = "```"

_BULLET = re.compile(r"[ \t]*[-*•◦][ \t]+(?=\S)")
_NUMBER = re.compile(r"[ \t]*([0-9]{1,9})\.[ \t]+(?=\S)")
_FENCE = re.compile(r"`{3,}")

Span = tuple[int, int]


def read_blocks(source: Source) -> Body:
    """Return the tokens of the whole source."""
    lines, start = [], 0
    for line in source.text.split("\n"):
        lines.append((start, start + len(line)))
        start += len(line) + 1
    return _Blocks(source, depth=0).read(lines)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What blocks are made of: one line of a kind, or a whole preformatted block."""

    kind: str
    start: int = 0
    end: int = 0
    number: int = 0
    lines: tuple[Span, ...] = ()


class _Blocks:
    """Reads the lines of a text, or those of a quote in it."""

    def __init__(self, source: Source, depth: int) -> None:
        self.source, self.shadow, self.depth = source, source.shadow, depth

    def read(self, lines: list[Span]) -> Body:
        units = self.units(lines)
        body: Body = []
        at = 0
        while at < len(units):
            end = at + 1
            while end < len(units) and _continues(units[end - 1], units[end]):
                end += 1
            body += self.block(units[at:end])
            at = end
        return body

    def units(self, lines: list[Span]) -> list[_Unit]:
        """Cut the lines into units; a preformatted block may begin and end within a line."""
        units: list[_Unit] = []
        lines, at = list(lines), 0
        while at < len(lines):
            start, end = lines[at]
            quote = self.quote_mark(start, end)
            if quote == 3:
                units.append(_Unit("quote", lines=((start + 3, end), *lines[at + 1 :])))
                break
            if quote:
                units.append(_Unit("quote", lines=((start + 1, end),)))
                at += 1
                continue
            opening = _FENCE.search(self.shadow, start, end)
            closing = self.closing_fence(lines, at, opening.end()) if opening else None
            if not opening or not closing:
                units.append(self.line(start, end))
                at += 1
                continue
            if not self.is_blank(start, opening.start()):
                units.append(self.line(start, opening.start()))
            last, fence = closing
            inner = [(opening.end(), end), *lines[at + 1 : last + 1]]
            inner[-1] = (inner[-1][0], fence)
            units.append(_Unit("pre", lines=tuple(inner)))
            rest = (fence + len(FENCE), lines[last][1])
            at = last
            if self.is_blank(*rest):
                at += 1
            else:
                lines[at] = rest
        return units

    def quote_mark(self, start: int, end: int) -> int:
        if self.depth >= MAX_QUOTES or not self.shadow.startswith(">", start, end):
            return 0
        return 3 if self.shadow.startswith(">>>", start, end) else 1

    def closing_fence(self, lines: list[Span], at: int, start: int) -> Span | None:
        """Return the line and the offset of the next fence."""
        for number in range(at, len(lines)):
            found = self.shadow.find(FENCE, max(start, lines[number][0]), lines[number][1])
            if found >= 0:
                return number, found
        return None

    def is_blank(self, start: int, end: int) -> bool:
        return not self.shadow[start:end].strip()

    def line(self, start: int, end: int) -> _Unit:
        if bullet := _BULLET.match(self.shadow, start, end):
            return _Unit("ul", bullet.end(), end)
        if number := _NUMBER.match(self.shadow, start, end):
            return _Unit("ol", number.end(), end, number=int(number[1]))
        return _Unit("p", start, end)

    def block(self, units: list[_Unit]) -> Body:
        kind = units[0].kind
        if kind == "quote":
            return self.quote([span for unit in units for span in unit.lines])
        if kind == "pre":
            return [{"t": "pre", "c": self.preformatted(units[0].lines)}]
        if kind == "p":
            return self.paragraph(units)
        items = [read_inline(self.source, unit.start, unit.end) for unit in units]
        start = {"start": units[0].number} if kind == "ol" and units[0].number != 1 else {}
        return [{"t": kind, **start, "c": items}]

    def quote(self, lines: list[Span]) -> Body:
        inner = [
            (start + 1 if self.shadow.startswith(" ", start, end) else start, end)
            for start, end in lines
        ]
        content = _Blocks(self.source, self.depth + 1).read(inner)
        return [{"t": "quote", "c": content}] if content else []

    def preformatted(self, lines: tuple[Span, ...]) -> list[Token]:
        """Return the content; the line breaks beside the fences are not part of it."""
        kept = list(lines)
        if len(kept) > 1 and self.is_blank(*kept[0]):
            kept.pop(0)
        if len(kept) > 1 and self.is_blank(*kept[-1]):
            kept.pop()
        content: list[Token] = []
        for number, (start, end) in enumerate(kept):
            content += [text_token("\n")] if number else []
            content += self.source.pieces(start, end)
        return joined(content)

    def paragraph(self, units: list[_Unit]) -> Body:
        """Return one paragraph for lines in a row, empty ones between them included."""
        filled = [at for at, unit in enumerate(units) if not self.is_blank(unit.start, unit.end)]
        if not filled:
            return []
        content: list[Token] = []
        for number, unit in enumerate(units[filled[0] : filled[-1] + 1]):
            content += [{"t": "br"}] if number else []
            content += read_inline(self.source, unit.start, unit.end)
        return [{"t": "p", "c": content}]


def _continues(unit: _Unit, following: _Unit) -> bool:
    """Tell whether the following unit belongs to the same block."""
    if unit.kind != following.kind or unit.kind == "pre":
        return False
    return unit.kind != "ol" or following.number == unit.number + 1
