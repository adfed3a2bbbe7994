"""How much memory the bodies of requests in flight may take, all together."""

from collections import Counter
from typing import Final

PAGES: Final = "pages"  # whoever sends to a page: all of them are one sender here


class BudgetSpentError(Exception):
    """There is no room for more of this body until others have been answered."""


class BodyBudget:
    """Counts the bytes that are held (in the event loop's thread only).

    Nobody has it all: pages share a half of it, each workflow has a quarter, so that who sends much
    and slowly keeps nobody else's hooks out. What is small is counted with the rest, and taken from
    whoever it is: its sender isn't known yet.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.held = 0
        self._of_sender: Counter[object] = Counter()

    def share_of(self, sender: object) -> int:
        """Return how many bytes this sender may have in flight."""
        if sender is None:
            return self.total
        return self.total // (2 if sender == PAGES else 4)

    def hold(self, size: int, sender: object) -> None:
        """Count bytes that are about to be kept; raise `BudgetSpentError` and count none."""
        of_sender = self._of_sender[sender] + size
        if self.held + size > self.total or of_sender > self.share_of(sender):
            raise BudgetSpentError
        self.held += size
        self._of_sender[sender] = of_sender

    def let_go(self, size: int, sender: object) -> None:
        """Count bytes out that are kept no more."""
        self.held -= size
        self._of_sender[sender] -= size
        if not self._of_sender[sender]:
            del self._of_sender[sender]


class HeldBody:
    """What is held of one request's body; `sender` is None until it is known."""

    def __init__(self, budget: BodyBudget) -> None:
        self.budget = budget
        self.size = 0
        self.sender: object = None

    def hold(self, size: int) -> None:
        """Keep more of the body; raise `BudgetSpentError`."""
        self.budget.hold(size, self.sender)
        self.size += size

    def belongs_to(self, sender: object) -> None:
        """Count the body as this sender's from here on (nothing is held of it yet)."""
        self.sender = sender

    def let_go(self) -> None:
        """Keep none of it."""
        if self.size:
            self.budget.let_go(self.size, self.sender)
            self.size = 0
