"""A long value is stored once, in the payload; whoever asks for the run's values has it whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import hook_path, make_live
from tests.workflows.runs import WAIT, carry_on, later, say, texts
from tests.workflows.test_hook import post
from workflows.models import Run
from workflows.payload.kept_values import LONG, keep, whole
from workflows.services.replay import ReplayVersion, replay_run

TEXT = {"key": "text", "kind": "text"}
LONG_TEXT = "é" * (LONG + 1)
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
TEXTS = st.text(max_size=3) | st.text(min_size=1, max_size=2).map(lambda one: one * LONG)


@given(st.dictionaries(KEYS, TEXTS), st.dictionaries(KEYS, TEXTS))
def test_what_was_kept_is_whole_again(values, others):
    document = {**others, **values}

    kept = keep(values, document)

    assert whole(kept, lambda: json.dumps(document)) == values
    assert all(len(one) <= LONG for key, one in kept.items() if key in values)


def test_what_stands_nowhere_else_is_kept_whole():
    values = {"default": LONG_TEXT, "number": "1" * 2000, "same": LONG_TEXT}

    assert keep(values, {"default": None, "number": 1, "same": LONG_TEXT}) == {
        "default": LONG_TEXT,
        "number": "1" * 2000,
        "same": LONG_TEXT[:LONG],
        "…": "same",
    }
    assert keep(values, [values]) == values


def test_short_values_ask_for_no_payload():
    assert whole({"a": "b"}, lambda: 1 / 0) == {"a": "b"}


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support, text="{{ text }}", variables=[TEXT])


@pytest.mark.django_db
def test_a_large_request_takes_its_size_once(live):
    long = "x" * 500_000

    assert post(hook_path(live), {"text": long}).status_code == 200

    run = Run.objects.get()
    assert len(json.dumps(run.values)) < 2 * LONG
    assert run.whole_values == {"text": long}
    assert len(run.payload) < len(long) + 100


@pytest.mark.django_db
def test_the_steps_after_a_wait_and_a_replay_have_the_value_whole(alice, support):
    long = f"{'x ' * LONG}end"
    waiting = make_live(alice, steps=[WAIT, say(support, "{{ text }}")], variables=[TEXT])
    post(hook_path(waiting), {"text": long})
    with later(61):
        carry_on()

    replay_run(run=Run.objects.get(), by=alice, version=ReplayVersion.OWN)
    with later(122):
        carry_on()

    assert texts(support) == [long, long]
    assert {one.whole_values["text"] for one in Run.objects.all()} == {long}


@pytest.mark.django_db
def test_values_without_their_payload_are_read_where_it_was_not_loaded(live):
    post(hook_path(live), {"text": LONG_TEXT})

    run = Run.objects.defer("payload").get()

    assert run.whole_values == {"text": LONG_TEXT}
    assert "payload" in run.get_deferred_fields()
