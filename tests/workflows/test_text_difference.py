"""Two lists compared, whatever they hold, within a budget of steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.text.text_difference import (
    PAGE_STEPS,
    TEXT_STEPS,
    Block,
    Budget,
    blocks,
    in_common,
)

LISTS = st.lists(st.sampled_from("abcd"), max_size=12)


def longest(before: list[str], after: list[str]) -> int:
    """The length of a longest common part, by the table."""
    row = [0] * (len(after) + 1)
    for one in before:
        new = [0]
        for at, other in enumerate(after):
            new.append(row[at] + 1 if one == other else max(row[at + 1], new[at]))
        row = new
    return row[-1]


@given(LISTS, LISTS)
def test_the_blocks_hold_both_and_as_much_in_common_as_there_is(before, after):
    found = list(blocks(before, after, Budget()))

    assert [one for block in found for one in before[block.low : block.high]] == before
    assert [one for block in found for one in after[block.to_low : block.to_high]] == after
    same = [block for block in found if block.is_same]
    assert all(before[one.low : one.high] == after[one.to_low : one.to_high] != [] for one in same)
    assert sum(one.high - one.low for one in same) == longest(before, after)


def test_no_two_blocks_of_a_kind_follow_each_other():
    kinds = [one.is_same for one in blocks("abcxyz", "abdxyzzw", Budget())]

    assert kinds == [True, False, True, False]


def test_places_in_common():
    assert in_common(["a", "b", "c"], ["b", "x", "c"], Budget()) == ({1, 2}, {0, 2})


def test_two_other_texts_cost_nothing():
    budget = Budget()

    assert in_common([f"a{n}" for n in range(9000)], [f"b{n}" for n in range(9000)], budget) == (
        set(),
        set(),
    )
    assert budget.left >= PAGE_STEPS - 1


@pytest.mark.parametrize("lines", [500, 50_000])
def test_beyond_its_share_a_text_is_replaced(lines):
    before = [str(n % 7) for n in range(lines)]
    after = [str(n % 5 + n % 3) for n in range(lines)]
    budget = Budget()

    (block,) = list(blocks(["=", *before, "!"], ["=", *after, "!"], budget))[1:-1]

    assert block == Block(False, block.low, block.high, block.to_low, block.to_high)
    assert budget.left >= PAGE_STEPS - TEXT_STEPS - lines


def test_a_page_has_one_budget():
    budget = Budget(100)
    before, after = "ab" * 40, "ba" * 13 + "aab" * 10

    for _time in range(50):
        list(blocks(before, after, budget))

    assert budget.left >= -80
