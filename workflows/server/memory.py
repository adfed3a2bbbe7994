"""Keeps Python's collector from looking through what lives as long as the server."""

import gc
from collections.abc import Callable

SETTLED_AFTER = 1000  # plans made since what lives was last left alone
SEARCHED_EVERY = 32  # times that it was, before all is looked through once


class SettledMemory:
    """Has the collector leave alone what has lived through one of its full collections.

    With 20,000 plans (workflows/runs/plan.py) each full collection would stop every thread for
    a third of a second. A plan that is forgotten is freed all the same: nothing in it forms a
    circle. The requests under way do form circles, and would be kept for ever with their
    bodies: now and then all is looked through. `plans_made` says how many there have been.
    """

    def __init__(self, plans_made: Callable[[], int]) -> None:
        self.plans_made = plans_made
        self._settled_at = 0
        self._times = 0
        self._is_due = False

    def start(self) -> None:
        """Leave alone what lives now, and from here on what comes to stay."""
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._watch)

    def stop(self) -> None:
        """Have the collector look through everything again."""
        gc.callbacks.remove(self._watch)
        gc.unfreeze()

    def _watch(self, phase: str, info: dict[str, int]) -> None:
        """Hear of each collection, before and after it (`gc.callbacks`)."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._is_due = self.plans_made() - self._settled_at >= SETTLED_AFTER
            if self._is_due and (self._times + 1) % SEARCHED_EVERY == 0:
                gc.unfreeze()
        elif self._is_due:
            gc.freeze()
            self._settled_at = self.plans_made()
            self._times += 1
