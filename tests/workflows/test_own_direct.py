"""One's own direct messages as the channel of a message: for trying a workflow out."""

import html
import json

import pytest

from messaging.models import Channel, Message
from messaging.services import deactivate_member, direct_channel
from tests.builders import make_draft, make_live, make_step
from tests.workflows.draft_edits import message, of, save
from tests.workflows.runs import start
from workflows.drafts.audience import audiences
from workflows.drafts.preview import preview
from workflows.fields.known import Known
from workflows.models import Run
from workflows.services import (
    DraftProblems,
    PublishProblems,
    add_manager,
    publish_workflow,
    set_steps,
)
from workflows.services.files import dump_workflow, import_workflow

pytestmark = pytest.mark.django_db

OWN = "My own direct messages"


def to(channel, text="Hello"):
    return {"kind": "send_message", "config": {"channel": channel, "text": text}}


def own(member):
    return direct_channel(member=member, other=member)


@pytest.fixture
def draft(alice, bob, support):
    made = make_draft("Tickets", by=alice)
    add_manager(workflow=made, member=bob, by=alice)
    make_step(made, "send_message", channel=support.channel_id, text="Hello")
    return made


@pytest.fixture
def hers(draft, alice):
    """The draft pointed at Alice's own direct messages."""
    set_steps(workflow=draft, by=alice, steps=[to("@me")])
    return draft


@pytest.mark.parametrize("typed", [OWN, "@me"])
def test_it_is_chosen_in_the_builder_and_kept_by_its_id(draft, alice, signed_in, typed):
    base = message(draft).config["channel"]
    answer = save(signed_in(alice), draft, of(message(draft)), channel=(base, typed))

    assert answer["stored"]["channel"]["shown"] == OWN
    assert "Only you read them" in " ".join(answer["notes"].values())
    assert message(draft).config["channel"] == own(alice).channel_id


def test_it_is_the_first_entry_and_only_for_messages(draft, alice, signed_in):
    make_step(draft, "add_person_to_channel", person="", channel="")
    shown = html.unescape(signed_in(alice).get(f"/workflows/{draft.pk}/edit").content.decode())

    first = shown.partition('<datalist id="channels">')[2].partition("</option>")[0]
    assert OWN in first
    assert shown.count("data-takes-own>") + shown.count("data-takes-own ") == 1


def test_other_managers_read_whose_it_is_and_may_not_publish_it(hers, alice, bob, signed_in):
    shown = html.unescape(signed_in(bob).get(f"/workflows/{hers.pk}/edit").content.decode())
    assert 'value="Direct messages of Alice"' in shown
    assert "Only Alice can publish what goes to their own direct messages." in shown

    with pytest.raises(PublishProblems):
        publish_workflow(workflow=hers, by=bob)
    assert publish_workflow(workflow=hers, by=alice).number == 1


def test_what_another_manager_saves_beside_it_leaves_it(hers, alice, bob, signed_in):
    fields = {
        "channel": (own(alice).channel_id, "Direct messages of Alice"),
        "text": ("Hello", "x"),
    }
    shown = {"channel": "Direct messages of Alice"}
    answer = save(signed_in(bob), hers, of(message(hers)), shown=shown, **fields)

    assert "conflict" not in answer
    assert message(hers).config == {"channel": own(alice).channel_id, "text": "x"}


def test_direct_messages_of_others_are_as_unknown_as_what_is_not(draft, alice, bob, charlie):
    others = [
        own(charlie),  # a stranger's, with themselves
        own(bob),  # another manager's
        direct_channel(member=alice, other=bob),  # hers, but not hers alone
        direct_channel(member=alice, other=draft.app),
    ]
    said = set()
    for name in [*(one.channel_id for one in others), "DNOTTHERE1"]:
        with pytest.raises(DraftProblems) as refused:
            set_steps(workflow=draft, by=alice, steps=[to(name)])
        said.add(str(refused.value.problems[0].message).replace(name, "…"))
    assert said == {"unknown channel “…”"}


def test_a_stranger_s_id_shows_no_name(draft, alice, charlie, signed_in):
    make_step(draft, "send_message", channel=own(charlie).channel_id, text="Hello")

    shown = signed_in(alice).get(f"/workflows/{draft.pk}/edit").content.decode()

    assert "Charlie, charlie@" in shown  # among the people that she may write to
    assert "Direct messages of Charlie" not in shown
    assert "a channel that you are not in" in shown
    assert own(charlie).channel_id in dump_workflow(draft)


@pytest.mark.parametrize("kind", ["add_person_to_channel"])
def test_only_messages_go_there(draft, alice, bob, kind):
    step = {"kind": kind, "config": {"person": bob.email, "channel": "@me"}}
    with pytest.raises(DraftProblems):
        set_steps(workflow=draft, by=alice, steps=[step])
    step["config"]["channel"] = own(alice).channel_id
    with pytest.raises(DraftProblems):
        set_steps(workflow=draft, by=alice, steps=[step])


def test_a_file_says_me_and_means_whoever_imports_it(hers, alice, bob):
    first = dump_workflow(hers)
    assert json.loads(first)["steps"] == [to("@me")]

    again = import_workflow(first, by=bob)

    assert again.steps.get().config["channel"] == own(bob).channel_id
    assert dump_workflow(again) == first


def test_a_run_posts_to_who_published(hers, alice):
    publish_workflow(workflow=hers, by=alice)

    run = start(hers)

    assert run.status == Run.Status.SUCCEEDED
    assert [one.text for one in Message.objects.filter(channel=own(alice))] == ["Hello"]
    assert run.step_runs.get().input["channel"] == "@me"


def test_a_run_s_page_says_whose_direct_messages(hers, alice, bob, signed_in):
    publish_workflow(workflow=hers, by=alice)
    run = start(hers)

    shown = signed_in(bob).get(run.get_absolute_url()).content.decode()

    assert "Direct messages of Alice" in shown


def test_a_run_posts_in_no_other_direct_messages_whatever_the_version_holds(alice, bob, support):
    live = make_live(alice, channel=support, text="Hello", variables=[])
    pairs = [own(bob), direct_channel(member=alice, other=bob)]
    for number, channel in enumerate(pairs, 2):
        version = live.published_version
        version.pk, version.number = None, number
        version.definition = {**version.definition, "steps": [to(channel.channel_id)]}
        version.save()
        live.published_version = version
        live.save(update_fields=["published_version"])

        run = start(live)

        assert run.status == Run.Status.FAILED
        assert run.error_sentence.endswith("The channel does not exist any more.")
        assert not Message.objects.filter(channel=channel).exists()


def test_a_run_fails_once_who_published_left(hers, alice, dana):
    publish_workflow(workflow=hers, by=alice)
    deactivate_member(member=alice, by=dana)

    run = start(hers)

    assert run.status == Run.Status.FAILED
    assert "who left the workspace" in run.error_sentence


def test_preview_and_review_say_it_in_words(hers, alice, bob, signed_in):
    shown = preview(workflow=hers, document={}, reader=bob)
    assert shown.steps[0].where == "in the direct messages of Alice"

    definition = hers.definition()
    for reader, name in [(alice, OWN), (bob, "Direct messages of Alice")]:
        known = Known.of([one["config"] for one in definition["steps"]], member=reader)
        assert [one.name for one in audiences(None, definition, known)] == [name]
        page = signed_in(reader).get(f"/workflows/{hers.pk}/publish").content.decode()
        assert f"Channel: {name}" in page
        overview = signed_in(reader).get(hers.get_absolute_url()).content.decode()
        assert f">{name}</" in overview


def test_nothing_is_made_by_looking(draft, alice, signed_in):
    for page in ("", "/edit", "/publish"):
        signed_in(alice).get(f"/workflows/{draft.pk}{page}")

    assert not Channel.objects.direct().filter(app=None).exists()
