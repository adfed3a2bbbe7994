"""What two lists of lines, words or steps have in common, within a budget. Pure.

Eugene Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986), which
takes as many steps as the two are long times what differs. Whoever compares gives a budget: where
it is used up, what lies between the common beginning and the common end counts as replaced.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

PAGE_STEPS = 200_000  # for all that one page compares: about a tenth of a second
TEXT_STEPS = 40_000  # for two texts, so that those after them are compared too


class Budget:
    """How many steps a page has left for comparing."""

    def __init__(self, steps: int = PAGE_STEPS) -> None:
        self.left = steps

    @property
    def for_one(self) -> int:
        """How many of them one comparison may take."""
        return max(0, min(self.left, TEXT_STEPS))


@dataclass(frozen=True)
class Block:
    """A stretch of both, as `[low:high]` and `[to_low:to_high]`: the same, or one for the other."""

    is_same: bool
    low: int
    high: int
    to_low: int
    to_high: int


def blocks(
    before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget
) -> Iterator[Block]:
    """Yield both from their beginning to their end, what is the same and what was replaced."""
    at, to = 0, 0
    same = [*_common(before, after, budget), (len(before), len(after))]
    start = 0
    while start < len(same):
        low, to_low = same[start]
        if (at, to) != (low, to_low):
            yield Block(False, at, low, to, to_low)
        end = start
        while end < len(same) and same[end] == (low + end - start, to_low + end - start):
            end += 1
        at, to = low + end - start, to_low + end - start
        if low < len(before) and to_low < len(after):
            at, to = min(at, len(before)), min(to, len(after))
            yield Block(True, low, at, to_low, to)
        start = end


def in_common(
    before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget
) -> tuple[set[int], set[int]]:
    """Return which places of each are in the other too, in the same order."""
    pairs = _common(before, after, budget)
    return {one for one, _other in pairs}, {other for _one, other in pairs}


def _common(
    before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget
) -> list[tuple[int, int]]:
    """Return the places that are the same, in order."""
    shortest = min(len(before), len(after))
    start = 0
    while start < shortest and before[start] == after[start]:
        start += 1
    end = 0
    while end < shortest - start and before[-1 - end] == after[-1 - end]:
        end += 1
    # What only one of them has can't be the same: two other texts cost nothing more.
    ours, theirs = (set(each[start : len(each) - end]) for each in (before, after))
    mine = [at for at in range(start, len(before) - end) if before[at] in theirs]
    other = [at for at in range(start, len(after) - end) if after[at] in ours]
    middle = _walk([before[at] for at in mine], [after[at] for at in other], budget)
    return [
        *((at, at) for at in range(start)),
        *((mine[at], other[to]) for at, to in middle),
        *((len(before) - at, len(after) - at) for at in range(end, 0, -1)),
    ]


def _walk(
    before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget
) -> list[tuple[int, int]]:
    """Return the places of a longest common part; none where the budget doesn't reach so far."""
    furthest = {1: 0}  # by diagonal (place in `before` less place in `after`)
    trace: list[dict[int, int]] = []
    left = budget.for_one
    for differing in range(len(before) + len(after) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-differing, differing + 1, 2):
            at, _is_down = _entered(furthest, diagonal, differing)
            reached = at
            while (
                reached < len(before)
                and reached - diagonal < len(after)
                and before[reached] == after[reached - diagonal]
            ):
                reached += 1
            furthest[diagonal] = reached
            budget.left -= 1 + reached - at
            left -= 1 + reached - at
            if left < 0:
                return []
            if reached >= len(before) and reached - diagonal >= len(after):
                return _back(trace, len(before), len(after))
    return []


def _entered(furthest: dict[int, int], diagonal: int, differing: int) -> tuple[int, bool]:
    """Return where the diagonal is entered, and whether from above: what came further leads."""
    below, above = furthest.get(diagonal - 1, -1), furthest.get(diagonal + 1, -1)
    if diagonal == -differing or (diagonal != differing and below < above):
        return above, True
    return below + 1, False


def _back(trace: list[dict[int, int]], at: int, to: int) -> list[tuple[int, int]]:
    """Walk the way back from the end, and return the places that were the same on it."""
    same: list[tuple[int, int]] = []
    for differing in range(len(trace) - 1, -1, -1):
        entered, is_down = _entered(trace[differing], at - to, differing)
        while at > entered:
            at, to = at - 1, to - 1
            same.append((at, to))
        at, to = (at, to - 1) if is_down else (at - 1, to)
    same.reverse()
    return same
