"""How large a draft may get, whichever way it grows; each refusal says which bound it is."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import Channel
from tests.builders import make_draft, make_step
from tests.workflows.runs import say
from workflows.access import IS_SCRIPT
from workflows.drafts.limits import ALWAYS_ROOM_FOR, MAX_IN_ALL, MAX_SETTING, MAX_STEPS
from workflows.models import Workflow
from workflows.services import create_workflow, set_steps
from workflows.services.arranging import copy_step, remove_part, restore_part
from workflows.services.drafts import DraftProblems
from workflows.services.editing import Typed, save_step
from workflows.services.files import import_workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(alice):
    return make_draft(by=alice)


def make_full(draft):
    """A draft that has room for a short text only."""
    for _time in range(MAX_IN_ALL // 12_000):
        make_step(draft, "send_message", channel="", text="x" * 12_000)


def save(draft, alice, step, text):
    fields = {"text": Typed(text, step.config.get("text", ""))}
    return save_step(workflow=draft, key=step.pk, by=alice, fields=fields)


def test_a_text_that_is_far_too_long_is_not_kept(alice, draft, signed_in):
    step = make_step(draft, "send_message", text="before")
    path = reverse("workflows:edit_step", args=[draft.pk, step.pk])
    typed = {"f-text": "x" * 1_000_000, "base-text": "before"}

    scripted = signed_in(alice).post(path, typed, headers={IS_SCRIPT: "1"})
    plain = signed_in(alice).post(path, typed, follow=True)

    step.refresh_from_db()
    assert step.config["text"] == "before"
    said = f"Not saved: this has 1000000 characters; {MAX_SETTING} at most are kept."
    assert said in plain.content.decode().replace(",", "")
    assert (scripted.status_code, scripted.json()["errors"]) == (422, {"text": said})


def test_a_text_may_be_too_long_to_be_published_for_a_while(alice, draft):
    step = make_step(draft, "send_message", text="")

    save(draft, alice, step, "x" * MAX_SETTING)

    step.refresh_from_db()
    assert len(step.config["text"]) == MAX_SETTING


def test_all_texts_together_are_bounded(alice, draft):
    make_full(draft)
    step = make_step(draft, "send_message", text="")

    with pytest.raises(ValidationError, match="All texts of a workflow together"):
        save(draft, alice, step, "y" * 10_000)
    save(draft, alice, step, "y" * ALWAYS_ROOM_FOR)


def test_copies_and_what_is_put_back_need_room_too(alice, draft):
    first = make_step(draft, "send_message", text="x" * 12_000)
    removed = remove_part(workflow=draft, part="step", key=first.pk, by=alice)
    make_full(draft)

    with pytest.raises(ValidationError, match="All texts"):
        copy_step(workflow=draft, key=draft.steps.first().pk, by=alice)
    with pytest.raises(ValidationError, match="All texts"):
        restore_part(workflow=draft, removed_key=removed.pk, by=alice)


def test_too_many_steps_are_refused_before_any_is_looked_at(alice, draft, support):
    steps = [say(support, "hi {{ nope }}")] * (MAX_STEPS + 1)

    with CaptureQueriesContext(connection) as queries, pytest.raises(DraftProblems) as refused:
        set_steps(workflow=draft, by=alice, steps=steps)

    assert [str(one) for one in refused.value.problems] == [
        f"steps: A workflow has at most {MAX_STEPS} steps."
    ]
    assert len(queries) < 8


def test_too_much_text_is_refused_before_any_is_parsed(alice, draft, support):
    steps = [say(support, "x" * 12_000)] * 40

    with pytest.raises(DraftProblems, match="All texts of a workflow together"):
        set_steps(workflow=draft, by=alice, steps=steps)


def test_a_file_is_refused_by_its_numbers_first(alice):
    steps = [{"kind": "wait", "config": {"seconds": "soon"}}] * 5000
    file = {"name": "Many", "trigger": {"kind": "webhook"}, "steps": steps}

    with pytest.raises(DraftProblems) as refused:
        import_workflow(json.dumps(file), by=alice)

    assert len(refused.value.problems) <= 101
    assert any("at most 100 steps" in one.message for one in refused.value.problems)
    assert not Workflow.objects.exists()


def test_many_steps_are_checked_with_one_look_up_and_outside_the_transaction(alice):
    channels = [Channel.objects.create(name=f"c{n}", created_by=alice) for n in range(50)]

    with CaptureQueriesContext(connection) as queries:
        create_workflow(name="Many", by=alice, steps=[say(one, "hi") for one in channels])

    texts = [one["sql"] for one in queries]
    begins = next(at for at, one in enumerate(texts) if one.startswith("SAVEPOINT"))
    assert sum('FROM "messaging_channel"' in one for one in texts) == 1
    assert not any('FROM "messaging_channel"' in one for one in texts[begins:])
