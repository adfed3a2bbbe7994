"""What changes from one definition to another, ready to be read before it is done."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Member
from workflows.drafts.audience import Audience, audiences
from workflows.drafts.differences import Kind, Line, Part, differences, sender_warnings
from workflows.drafts.step_cards import kind_label
from workflows.drafts.step_words import Definition, StepWords
from workflows.models import Workflow
from workflows.runs.traffic import Judgement, judge
from workflows.text.text_difference import Budget, blocks

WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A part of a line; whether it is what differs from the line beside it."""

    text: str
    differs: bool = False


@dataclass(frozen=True)
class ShownLine:
    """One line of a text before or after, in pieces."""

    sign: str
    pieces: Sequence[Piece]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(one.text for one in self.pieces)


@dataclass(frozen=True)
class Change:
    """A variable, a step or a detail, and what becomes of it."""

    kind: Kind
    name: str
    says: str = ""
    number: int | None = None  # of a step
    label: str = ""  # of a step: what kind it is
    lines: Sequence[ShownLine] = ()


@dataclass(frozen=True)
class SenderWarning:
    """What may break for senders, with what they sent lately."""

    key: str
    says: str
    variable_key: int | None = None  # of the draft's variable that could be made optional


@dataclass(frozen=True)
class Review:
    """All that changes, in the order in which it is read."""

    is_empty: bool
    is_first: bool
    audiences: list[Audience] = field(default_factory=list)
    details: list[Change] = field(default_factory=list)
    variables: list[Change] = field(default_factory=list)
    steps: list[Change] = field(default_factory=list)
    same_variables: int = 0


def review(older: Definition | None, newer: Definition, *, reader: Member) -> Review:
    """Return what changes for whom, in three queries; what senders do is asked by `warnings`."""
    words = StepWords([one for one in (older, newer) if one is not None], reader)
    budget = Budget()
    found = differences(older, newer, lines_of=words.lines, budget=budget)
    return Review(
        is_empty=found.is_empty,
        is_first=older is None,
        audiences=audiences(older, newer, words.known),
        details=[_change(one, budget) for one in found.details],
        variables=[_change(one, budget) for one in found.variables if one.kind != Kind.SAME],
        steps=[_change(one, budget) for one in found.steps],
        same_variables=sum(one.kind == Kind.SAME for one in found.variables),
    )


def warnings(
    older: Definition | None, newer: Definition, *, workflow: Workflow
) -> list[SenderWarning]:
    """Return what may break for senders, with numbers of real requests; no query without any."""
    found = sender_warnings(older, newer)
    if not found:
        return []
    gone = [one.name for one in found if one.kind == Kind.REMOVED]
    judgement = judge(workflow, newer, gone)
    required = {row.key: row.pk for row in workflow.declared_variables() if row.required}
    return [
        SenderWarning(
            key=one.name,
            says=f"{one.says} {_counted(one, judgement, one.name in required)}".strip(),
            variable_key=required.get(one.name),
        )
        for one in found
    ]


def _counted(part: Part, judgement: Judgement, is_required: bool) -> str:
    count = judgement.count
    if not count:
        return _("No request came in the last 7 days.")
    if judgement.is_all:
        scope = ngettext(
            "%(count)d request of the last 7 days", "%(count)d requests of the last 7 days", count
        ) % {"count": count}
    else:
        scope = ngettext("the last request", "the last %(count)d requests", count) % {
            "count": count
        }
    if part.kind == Kind.REMOVED:
        n = judgement.carried.get(part.name, 0)
        said = ngettext("%(n)d of %(scope)s had it.", "%(n)d of %(scope)s had it.", n)
    elif is_required:
        n = judgement.refused.get(part.name, 0)
        said = ngettext(
            "%(n)d of %(scope)s came without it and would be refused.",
            "%(n)d of %(scope)s came without it and would be refused.",
            n,
        )
    else:
        n = judgement.refused.get(part.name, 0)
        said = ngettext(
            "%(n)d of %(scope)s had another value and would be refused.",
            "%(n)d of %(scope)s had another value and would be refused.",
            n,
        )
    return said % {"n": n, "scope": scope}


def _change(part: Part, budget: Budget) -> Change:
    return Change(
        kind=part.kind,
        name=part.name,
        says=part.says,
        number=part.number,
        label=kind_label(part.step_kind) if part.step_kind else "",
        lines=list(_shown(part.lines, budget)),
    )


def _shown(lines: Sequence[Line], budget: Budget) -> Iterator[ShownLine]:
    """Pair each removed line with the added one in its place, and mark the words that differ."""
    at = 0
    while at < len(lines):
        removed = _run(lines, at, "-")
        added = _run(lines, at + len(removed), "+")
        if not removed and not added:
            yield ShownLine(" ", [Piece(lines[at].text)])
            at += 1
            continue
        pairs = [
            _marked(old.text, new.text, budget) for old, new in zip(removed, added, strict=False)
        ]
        yield from (ShownLine("-", old) for old, _new in pairs)
        yield from _plain("-", removed[len(pairs) :])
        yield from (ShownLine("+", new) for _old, new in pairs)
        yield from _plain("+", added[len(pairs) :])
        at += len(removed) + len(added)


def _run(lines: Sequence[Line], start: int, sign: str) -> list[Line]:
    end = start
    while end < len(lines) and lines[end].sign == sign:
        end += 1
    return list(lines[start:end])


def _plain(sign: str, lines: Iterable[Line]) -> Iterator[ShownLine]:
    return (ShownLine(sign, [Piece(one.text)]) for one in lines)


def _marked(old: str, new: str, budget: Budget) -> tuple[list[Piece], list[Piece]]:
    before, after = WORDS.findall(old), WORDS.findall(new)
    found = list(blocks(before, after, budget))
    alike = sum(one.high - one.low for one in found if one.is_same)
    if 2 * alike < 0.4 * (len(before) + len(after)):
        return [Piece(old)], [Piece(new)]  # two other texts: marks would only be noise
    left: list[Piece] = []
    right: list[Piece] = []
    for one in found:
        removed, added = before[one.low : one.high], after[one.to_low : one.to_high]
        left += [Piece("".join(removed), not one.is_same)] * bool(removed)
        right += [Piece("".join(added), not one.is_same)] * bool(added)
    return left, right
