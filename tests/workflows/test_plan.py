"""A version's plan: kept, left alone by the collector, and still let go of."""

import gc
import itertools
import weakref

import pytest

from tests.builders import make_live
from workflows import plan
from workflows.plan import plan_of, settle_memory

pytestmark = pytest.mark.django_db


def test_a_forgotten_plan_is_freed_without_the_collector(alice, support):
    live = make_live(alice, channel=support, text="Hello")
    plan_of.cache_clear()
    app = weakref.ref(plan_of(live.published_version_id).app)
    settle_memory()
    gc.disable()
    try:
        assert app() is not None
        plan_of.cache_clear()
        assert app() is None
    finally:
        gc.enable()
        gc.unfreeze()


class Ring:
    """Something that only the collector frees, as the request that a view has."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_under_way_is_freed_when_all_is_looked_through(monkeypatch):
    monkeypatch.setattr(plan, "SEARCHED_EVERY", 3)
    monkeypatch.setattr(plan, "_settled", itertools.count(1))
    ring = Ring()
    known = weakref.ref(ring)
    try:
        settle_memory()
        del ring
        settle_memory()
        assert known() is not None
        settle_memory()
        assert known() is None
    finally:
        gc.unfreeze()
