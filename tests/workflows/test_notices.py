"""What managers hear: by direct message from Declic, in their language, and not too often."""

import datetime

import time_machine
from django.utils import timezone

from messaging.services import archive_channel, deactivate_member, leave_channel
from tests.builders import make_live, message_step, told
from workflows.runs.accept import Job, accept
from workflows.runs.notices import tell
from workflows.services import add_manager
from workflows.text.sentences import Sentence

PERSON_STEP = {
    "kind": "send_message_to_person",
    "config": {"person": "{{ assigned_support_agent }}", "text": "Hello"},
}


def start(workflow, **values):
    """Start a run past the rate: PostgreSQL reads its own clock, which no test moves."""
    names = [one["key"] for one in workflow.published_version.definition["variables"]]
    accept(
        Job(
            workflow=workflow.pk,
            version=workflow.published_version_id,
            values={name: values.get(name, "") for name in names},
            is_paced=False,
        )
    )


def at(seconds):
    """Go on by this many seconds from now."""
    return time_machine.travel(timezone.now() + datetime.timedelta(seconds=seconds), tick=False)


def test_an_archived_channel_fails_the_run_and_the_managers_are_told(alice, bob, support):
    workflow = make_live(alice, name="Tickets", channel=support)
    add_manager(workflow=workflow, member=bob, by=alice)
    archive_channel(channel=support, by=alice)
    start(workflow)
    run = workflow.runs.get()
    for manager in (alice, bob):
        text = told(manager)[-1].text
        where = "Step 1 (Send a message to a channel)"
        assert text.startswith(f"A run of “Tickets” failed. {where}: #support is archived.")
        assert f"Open the run (http://127.0.0.1:8000{run.get_absolute_url()})" in text


def test_a_publisher_who_left_the_private_channel_fails_the_run_and_is_told(alice, secret):
    workflow = make_live(alice, channel=secret)
    leave_channel(channel=secret, member=alice)
    start(workflow)
    (notice,) = told(alice)
    assert "may no longer post in its channel" in notice.text


def test_the_same_failure_is_told_once_an_hour(alice, support):
    workflow = make_live(alice, channel=support)
    archive_channel(channel=support, by=alice)
    for seconds in (0, 60, 3599):
        with at(seconds):
            start(workflow)
    assert len(told(alice)) == 1
    with at(3601):
        start(workflow)
    assert len(told(alice)) == 2


def test_failures_that_differ_in_what_was_sent_count_as_one(alice):
    workflow = make_live(alice, steps=[PERSON_STEP])
    for number in range(3):
        with at(number * 10):
            start(workflow, assigned_support_agent=f"nobody{number}")
    assert [one.text.count("nobody0") for one in told(alice)] == [1]


def test_two_workflows_of_one_name_are_told_apart(alice, support):
    both = [make_live(alice, channel=support) for _ in range(2)]
    archive_channel(channel=support, by=alice)
    for workflow in both:
        start(workflow)
    assert len(told(alice)) == 2


def test_who_was_deactivated_hears_nothing(alice, bob, dana, support):
    workflow = make_live(alice, channel=support)
    add_manager(workflow=workflow, member=bob, by=alice)
    count = len(told(bob))
    deactivate_member(member=bob, by=dana)
    archive_channel(channel=support, by=alice)
    start(workflow)
    assert len(told(bob)) == count


def test_each_is_told_in_their_own_language(alice, bob):
    bob.language = "fr"
    said = []

    class Spy(Sentence):
        def __str__(self):
            from django.utils import translation

            said.append(translation.get_language())
            return "x"

    tell(members=[alice, bob], sentence=Spy("x"))
    assert said == ["en", "fr"]


def test_names_in_a_notice_stay_text(alice, support):
    workflow = make_live(
        alice, name="*b* <!channel> <@U1> https://evil.example", steps=[message_step(support)]
    )
    archive_channel(channel=support, by=alice)
    start(workflow)
    (notice,) = told(alice)
    assert "*b* <!channel> <@U1> https://evil.example" in notice.text
    links = [one["url"] for one in notice.body[0]["c"] if one["t"] == "link"]
    assert len(links) == 1
    assert links[0].endswith(workflow.runs.get().get_absolute_url())


# --- Where it arrives -----------------------------------------------------------------------------


def test_declic_is_no_workflow(alice, bob, support, signed_in):
    workflow = make_live(alice, name="Tickets", channel=support)
    add_manager(workflow=workflow, member=bob, by=alice)
    (notice,) = told(bob)
    shown = signed_in(bob).get(notice.channel.get_absolute_url()).content.decode()
    assert "Declic tells you things here." in shown
    assert '<span class="pill">Workflow</span>' not in shown
    assert "this workflow" not in shown
    assert "A workflow writes here" not in shown
    assert "/workflows/about/" not in shown
