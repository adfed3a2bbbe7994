"""What lives long is left alone by Python's collector, and what was under way still goes."""

import gc
import weakref

import pytest

from workflows.server import memory
from workflows.server.memory import SETTLED_AFTER, SettledMemory


class Ring:
    """Something that only the collector frees, as the request that a view has."""

    def __init__(self) -> None:
        self.itself = self


class Plans:
    """Counts the plans that were made, as many as the test wants."""

    made = 0

    def __call__(self) -> int:
        return self.made


@pytest.fixture
def plans():
    return Plans()


@pytest.fixture
def settled(plans):
    memory = SettledMemory(plans)
    memory.start()
    yield memory
    memory.stop()


def test_what_lives_is_left_alone_after_so_many_plans(plans, settled):
    before = gc.get_freeze_count()
    plans.made += SETTLED_AFTER - 1
    gc.collect()
    assert gc.get_freeze_count() == before

    plans.made += 1
    kept = [[] for _ in range(5000)]
    gc.collect()

    assert gc.get_freeze_count() >= before + len(kept)


def test_what_was_under_way_is_freed_when_all_is_looked_through(plans, settled, monkeypatch):
    monkeypatch.setattr(memory, "SEARCHED_EVERY", 3)
    ring = Ring()
    known = weakref.ref(ring)

    def settle():
        plans.made += SETTLED_AFTER
        gc.collect()

    settle()
    del ring
    settle()
    assert known() is not None
    settle()
    assert known() is None


def test_the_collector_is_itself_again_after_the_end(plans):
    callbacks = list(gc.callbacks)
    memory = SettledMemory(plans)
    memory.start()
    assert gc.get_freeze_count()

    memory.stop()

    assert (gc.get_freeze_count(), gc.callbacks) == (0, callbacks)
