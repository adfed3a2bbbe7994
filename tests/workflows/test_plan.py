"""A version's plan: kept, left alone by the collector, and still let go of."""

import gc
import tracemalloc
import weakref

import pytest

from tests.builders import make_live
from tests.workflows.runs import say
from workflows.runs.plan import KeptPlans, load_plan, plan_of, plans_made, weigh
from workflows.server.memory import SettledMemory
from workflows.services import publish_workflow, unpublish_workflow

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


# --- What is kept is weighed ----------------------------------------------------------------------


def test_a_plan_weighs_about_what_it_takes(alice, support):
    heavy = make_live(alice, steps=[say(support, "*a* " * 2000)] * 5).published_version_id
    light = make_live(alice, channel=support).published_version_id
    gc.collect()
    tracemalloc.start()
    try:
        plan_of(heavy)
        taken, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 0.5 * taken < weigh(load_plan(heavy)) < 1.5 * taken
    assert 2000 < weigh(load_plan(light)) < 8000


def test_plans_are_kept_up_to_a_weight_and_the_oldest_go_first(alice, support):
    versions = [make_live(alice, channel=support).published_version_id for _time in range(4)]
    one = weigh(load_plan(versions[0]))
    plans = KeptPlans(most=3 * one + one // 2)

    for version in (*versions[:3], versions[0], versions[3]):
        plans(version)

    assert [version in plans for version in versions] == [True, False, True, True]
    assert plans.weight <= plans.most
    plans.cache_clear()
    assert plans.weight == 0


def test_a_plan_heavier_than_all_may_be_is_kept_alone(alice, support, django_assert_num_queries):
    versions = [make_live(alice, channel=support).published_version_id for _time in range(2)]
    plans = KeptPlans(most=10)
    for version in versions:
        plans(version)

    assert [version in plans for version in versions] == [False, True]
    with django_assert_num_queries(0):
        plans(versions[1])


def test_a_superseded_version_goes(alice, support, django_capture_on_commit_callbacks):
    live = make_live(alice, channel=support)
    first = live.published_version_id
    plan_of(first)

    with django_capture_on_commit_callbacks(execute=True):
        publish_workflow(workflow=live, by=alice)
    assert first not in plan_of

    second = live.published_version_id
    plan_of(second)
    with django_capture_on_commit_callbacks(execute=True):
        unpublish_workflow(workflow=live, by=alice)
    assert second not in plan_of
