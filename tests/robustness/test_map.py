"""The table of cases in README.md names tests that exist, and every case that was promised."""

import ast
import re
from pathlib import Path

import pytest

README = Path(__file__).with_name("README.md")
TESTS = README.parents[1]
ROW = re.compile(r"(?m)^\| ([A-Z]\d+) \| (.+) \| (.+) \|$")
NAMED = re.compile(r"`([\w/.]+)::(\w+)`")
PROMISED = {
    **{"A": (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17)},
    **{"B": (19, 20, 21, 22, 24, 25, 26, 27, 28, 30, 31, 32)},
    **{"C": (33, 34, 35, 36, 38, 39, 40, 42, 44), "D": (45, 46, 47, 48, 49, 50)},
    **{"F": (62, 64, 65), "G": (67, 68, 69, 70, 71, 72, 75, 76, 77, 78, 81)},
    **{"I": (91, 92, 100, 101, 102, 103, 106)},
}
CASES = {case: tests for case, _what, tests in ROW.findall(README.read_text())}


def test_every_promised_case_has_its_row() -> None:
    assert set(CASES) == {f"{letter}{one}" for letter, all_ in PROMISED.items() for one in all_}


@pytest.mark.parametrize("case", CASES)
def test_each_test_that_is_named_exists(case: str) -> None:
    named = NAMED.findall(CASES[case])
    assert len(named) == CASES[case].count("::") > 0
    for path, name in named:
        tree = ast.parse((TESTS / path).read_text())
        there = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
        assert name in there, f"{path}::{name}"
