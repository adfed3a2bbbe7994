"""A received document as a page shows it: a tree, redacted, bounded. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from workflows.payload.body import JSONValue, Number, dump
from workflows.payload.redaction import HIDDEN, redact

MOST_NODES = 500
LONGEST_TEXT = 2_000
MOST_UNFOLDED = 8  # values that a branch may hold and still be shown open


@dataclass
class Node:
    """One value: a leaf with its text, or a branch with its children."""

    key: str | None  # None in a list
    text: str = ""
    children: list["Node"] = field(default_factory=list)
    is_list: bool = False
    is_hidden: bool = False
    is_partly_hidden: bool = False
    is_variable: bool = False
    is_top: bool = False
    size: int | None = None  # how many values a branch holds; None for a leaf

    @property
    def is_branch(self) -> bool:
        """Whether it holds other values."""
        return self.size is not None

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded from the start: a small branch at the top."""
        return self.is_top and self.is_branch and (self.size or 0) <= MOST_UNFOLDED

    @property
    def left_out(self) -> int:
        """How many of its values the page leaves out."""
        return (self.size or 0) - len(self.children)


def payload_tree(document: JSONValue, variables: Collection[str]) -> Node:
    """Return the redacted document's root; at most `MOST_NODES` values, the others are counted."""
    budget = iter(range(MOST_NODES))
    root = _node(None, redact(document), budget)
    for child in root.children:
        child.is_top = True
        child.is_variable = child.key is not None and child.key in variables
    return root


def _node(key: str | None, value: JSONValue, budget: Iterator[int]) -> Node:
    if isinstance(value, dict):
        node = Node(key, size=len(value))
        for name, inner in value.items():
            if next(budget, None) is None:
                break
            node.children.append(_node(name, inner, budget))
        return node
    if isinstance(value, list):
        node = Node(key, size=len(value), is_list=True)
        for inner in value:
            if next(budget, None) is None:
                break
            node.children.append(_node(None, inner, budget))
        return node
    is_partly_hidden = isinstance(value, str) and HIDDEN in value and value != HIDDEN
    return Node(
        key,
        text=_text(value),
        is_hidden=value == HIDDEN,
        is_partly_hidden=is_partly_hidden,
    )


def _text(value: JSONValue) -> str:
    if isinstance(value, str) and not isinstance(value, Number) and len(value) > LONGEST_TEXT:
        return dump(value[:LONGEST_TEXT]) + "…"
    return dump(value)
