"""A version's plan: kept, left alone by the collector, and still let go of."""

import gc
import weakref

import pytest

from tests.builders import make_live
from workflows.plan import plan_of, plans_made
from workflows.server_memory import SettledMemory

pytestmark = pytest.mark.django_db


def test_a_forgotten_plan_is_freed_without_the_collector(alice, support):
    live = make_live(alice, channel=support, text="Hello")
    plan_of.cache_clear()
    app = weakref.ref(plan_of(live.published_version_id).app)
    memory = SettledMemory(plans_made)
    memory.start()
    gc.disable()
    try:
        assert app() is not None
        plan_of.cache_clear()
        assert app() is None
    finally:
        gc.enable()
        memory.stop()
