"""Bad input, G71, G72, G76, G77: a right is asked for anew, when saved and when used."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from messaging.models import Channel, Member
from messaging.services import archive_channel, deactivate_member, leave_channel
from tests.builders import hook_path, make_live, make_member, make_workflow, told
from tests.robustness.conftest import GOOD, Hook
from tests.serving import request_bytes
from tests.workflows.runs import say, texts
from workflows.models import Run, Workflow, WorkflowVersion
from workflows.services import (
    DraftProblems,
    PublishProblems,
    add_manager,
    publish_workflow,
    set_steps,
)

pytestmark = pytest.mark.served


def posted(hook: Hook, workflow: Workflow) -> Run:
    """Post; the request is accepted whatever becomes of its run."""
    answer = hook.raw(request_bytes("POST", hook_path(workflow), GOOD))
    assert answer.status == 200
    return Run.objects.get(run_id=answer.json()["run"])


@pytest.mark.parametrize(
    ("happens", "sentence"),
    [
        ("left", "may no longer post in its channel"),
        ("deactivated", "may no longer post in its channel"),
        ("archived", "This channel was archived"),
    ],
)
def test_a_channel_that_was_closed_to_it_is_not_posted_in_and_managers_are_told(
    hook: Hook, alice: Member, dana: Member, secret: Channel, happens: str, sentence: str
) -> None:  # G71
    live = make_live(alice, steps=[say(secret, "hello")], variables=[])
    other = make_member("Erin")
    add_manager(workflow=live, member=other, by=alice)
    {
        "left": lambda: leave_channel(channel=secret, member=alice),
        "deactivated": lambda: deactivate_member(member=alice, by=dana),
        "archived": lambda: archive_channel(channel=secret, by=alice),
    }[happens]()

    run = posted(hook, live)

    assert run.status == Run.Status.FAILED
    assert sentence in run.error_sentence
    assert texts(secret) == []
    assert sentence in told(other)[-1].text


def test_a_channel_of_others_is_refused_when_saved_and_when_it_runs(
    hook: Hook, alice: Member, secret: Channel, charlie: Member
) -> None:  # G72
    """Whatever a version holds: somebody may have changed it behind our back."""
    draft = make_workflow(charlie, channel=hook.channel)
    for named in (secret.channel_id, f"#{secret.name}"):
        step = {"kind": "send_message", "config": {"channel": named, "text": "x"}}
        with pytest.raises(DraftProblems, match="unknown channel"):
            set_steps(workflow=draft, by=charlie, steps=[step])
    publish_workflow(workflow=draft, by=charlie)
    version = WorkflowVersion.objects.get(workflow=draft)
    version.definition["steps"][0]["config"]["channel"] = secret.channel_id
    version.save()

    run = posted(hook, draft)

    assert run.status == Run.Status.FAILED
    assert texts(secret) == []
    assert secret.name not in run.error_sentence


def test_a_channel_that_became_private_is_asked_for_anew(
    hook: Hook, alice: Member, bob: Member, charlie: Member
) -> None:  # G76
    live = make_live(charlie, channel=hook.channel)
    assert posted(hook, live).status == Run.Status.SUCCEEDED
    Channel.objects.filter(pk=hook.channel.pk).update(kind=Channel.Kind.PRIVATE)

    run = posted(hook, live)

    assert run.status == Run.Status.FAILED
    assert len(texts(hook.channel)) == 1
    with pytest.raises(PublishProblems):
        publish_workflow(workflow=live, by=charlie)


def test_another_channel_counts_from_its_publication_which_is_checked_and_written_down(
    hook: Hook,
    alice: Member,
    bob: Member,
    secret: Channel,
    caplog: pytest.LogCaptureFixture,
) -> None:  # G76
    live = make_live(alice, steps=[say(hook.channel, "hello")], variables=[])
    add_manager(workflow=live, member=bob, by=alice)
    set_steps(workflow=live, by=alice, steps=[say(secret, "hello")])
    posted(hook, live)
    assert (texts(hook.channel), texts(secret)) == (["hello"], [])
    leave_channel(channel=secret, member=bob)
    with pytest.raises(PublishProblems):
        publish_workflow(workflow=live, by=bob)
    posted(hook, live)
    caplog.set_level("INFO", "declic.audit")

    publish_workflow(workflow=live, by=alice)
    posted(hook, live)

    assert (texts(hook.channel), texts(secret)) == (["hello"] * 2, ["hello"])
    assert f"publish workflow={live.pk} by={alice.member_id} version=2" in caplog.text


def test_deactivation_in_the_middle_of_many_requests_ends_all_later_ones(
    hook: Hook, bob: Member, dana: Member
) -> None:  # G77
    many = 100
    is_half, is_over = threading.Event(), threading.Event()

    def ask(get: Callable[[str], int], number: int) -> tuple[bool, int]:
        if number == many // 2:
            is_half.set()
        begun_after = is_over.is_set()
        return begun_after, get("/settings")

    with hook.served.client(bob) as client, ThreadPoolExecutor(8) as senders:
        asked = [
            senders.submit(ask, lambda path: client.get(path).status_code, number)
            for number in range(many)
        ]
        is_half.wait()
        deactivate_member(member=bob, by=dana)
        is_over.set()
        answers = [one.result() for one in asked]
        last = client.get("/settings").status_code

    assert {status for _, status in answers} <= {200, 302}
    assert answers[0] == (False, 200)
    assert {status for is_later, status in answers if is_later} <= {302}
    assert last == 302
