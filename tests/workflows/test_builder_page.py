"""The builder's page: what it shows of a draft, to whom, and in how many queries."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.services import archive_channel
from tests.builders import (
    make_channel,
    make_draft,
    make_live,
    make_member,
    make_step,
    make_variable,
    make_workflow,
)
from workflows.services import add_manager, draft_problems, publish_workflow, set_details
from workflows.services.arranging import remove_part
from workflows.services.publishing import PublishProblems

SCRIPT = {"X-Declic-Script": "1"}
PAGE_QUERIES = 24  # the preview beside it included
SAVE_QUERIES = 22


def page(client, workflow, status=200) -> str:
    answer = client.get(f"/workflows/{workflow.pk}/edit")
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def todos(shown: str) -> list[str]:
    """The sentences on the page that say what is left to correct."""
    return re.findall(r'class="invalid">.*?<span>(.*?)</span>', shown, re.DOTALL)


def test_only_its_managers_find_it(signed_in, alice, bob, dana, gus):
    workflow = make_live(alice)
    for member in (bob, dana, gus):
        page(signed_in(member), workflow, status=404)
    add_manager(workflow=workflow, member=bob, by=alice)
    assert "New support ticket" in page(signed_in(bob), workflow)


def test_nothing_of_it_is_kept_by_caches_or_told_to_other_sites(her, alice):
    answer = her.get(f"/workflows/{make_live(alice).pk}/edit")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "dhk_••••••••••••" in answer.content.decode()
    assert not re.search(r"dhk_[\w-]{20}", answer.content.decode())


def test_a_right_draft_has_nothing_to_correct(her, alice):
    shown = page(her, make_workflow(alice))
    assert todos(shown) == []
    assert "to correct" not in shown
    assert "Publish" in shown


def test_an_empty_draft_asks_for_a_step(her, alice):
    shown = page(her, make_draft(by=alice))
    assert "1 thing to correct" in shown
    assert 'href="#add-step"' in shown


@pytest.mark.parametrize(
    ("kind", "config", "sentence"),
    [
        ("send_message", {"text": "Hi"}, "Choose a channel."),
        ("send_message", {"channel": "#nowhere", "text": "Hi"}, "There is no channel “#nowhere”"),
        ("send_message", {"channel": "CSECRET0123", "text": "Hi"}, "You cannot post in this"),
        ("send_message", {"channel": "#support"}, "Write the message."),
        ("send_message", {"channel": "#support", "text": "  \n"}, "Write the message."),
        ("send_message", {"channel": "#support", "text": "x" * 12_003}, "cut 3 of them"),
        ("send_message", {"channel": "#support", "text": "{{ linc }}"}, "Did you mean “link”?"),
        ("send_message", {"channel": "#support", "text": "{{ "}, "has no “}}”"),
        ("send_message", {"channel": "#support", "text": 5}, "Must be text."),
        ("send_message", {"channel": "#support", "text": "Hi", "moon": 1}, "no setting “moon”"),
        ("send_message_to_person", {"text": "Hi"}, "Choose a person."),
        ("send_message_to_person", {"person": "x@y.z", "text": "Hi"}, "Nobody here is “x@y.z”."),
        ("send_message_to_person", {"person": "{{ agnt }}", "text": "Hi"}, "mean “agent”?"),
        ("send_message_to_person", {"person": "{{ zz }}", "text": "Hi"}, "no variable “zz”."),
        ("send_message_to_person", {"person": "{{ link }}", "text": "Hi"}, "is not a member."),
        ("wait", {}, "Say how long."),
        ("wait", {"seconds": "soon minutes"}, "Write a number, for example 30."),
        ("wait", {"seconds": 0}, "From 1 second to 365 days."),
        ("wait", {"seconds": 99_999_999}, "From 1 second to 365 days."),
        ("gone", {"a": 1}, "There is no such kind of step any more."),
    ],
)
def test_what_is_wrong_is_said_at_its_place(her, alice, support, kind, config, sentence):
    workflow = make_draft(by=alice)
    make_variable(workflow, "link")
    make_variable(workflow, "agent", kind="member")
    make_step(workflow, kind, **config) if config else workflow.steps.create(kind=kind)
    shown = page(her, workflow)
    assert len(todos(shown)) == 1
    assert sentence in todos(shown)[0]
    assert "1 thing to correct" in shown
    assert "knot knot-bad" in shown


def test_an_archived_channel_and_a_person_who_left_are_named(her, alice, support):
    frank = make_member("Frank")
    workflow = make_draft(by=alice)
    make_step(workflow, "send_message", channel=support.channel_id, text="Hi")
    make_step(workflow, "send_message_to_person", person=frank.member_id, text="Hi")
    archive_channel(channel=support, by=alice)
    frank.is_active = False
    frank.save()
    assert todos(page(her, workflow)) == [
        "#support is archived, nothing can be posted in it. Choose another channel.",
        "Frank left the workspace. Choose another person.",
    ]


def test_a_guess_comes_with_a_button_that_applies_it(her, alice, support):
    workflow = make_workflow(alice, channel=support, text="x", variables=[])
    make_variable(workflow, "link")
    workflow.steps.update(config={"channel": support.channel_id, "text": "{{ linc }}"})
    shown = page(her, workflow)
    assert 'name="use" value="text|linc|link"' in shown
    assert "Use link" in shown


def test_a_private_channel_of_others_is_not_named(signed_in, alice, charlie, secret):
    workflow = make_workflow(alice, channel=secret)
    add_manager(workflow=workflow, member=charlie, by=alice)
    shown = page(signed_in(charlie), workflow)
    assert "#secret" not in shown
    assert "a channel that you are not in" in shown
    assert "You cannot post in this channel." in todos(shown)[0]


def test_names_stand_for_ids(her, alice, bob, support):
    workflow = make_draft(by=alice)
    make_step(workflow, "send_message", channel=support.channel_id, text="Hi")
    make_step(workflow, "send_message_to_person", person=bob.member_id, text="Hi")
    shown = page(her, workflow)
    assert 'value="#support" list="channels"' in shown
    assert 'value="Bob, bob@example.org" list="people"' in shown
    assert "2 members are in it." in shown


def test_a_length_of_time_is_shown_in_its_largest_unit(her, alice):
    workflow = make_draft(by=alice)
    for seconds in (45, 5400, 7200, 172_800):
        make_step(workflow, seconds=seconds)
    shown = page(her, workflow)
    lengths = re.findall(r'name="f-seconds" value="(\d+)".*?value="(\w+)" selected', shown)
    assert lengths == [("45", "seconds"), ("90", "minutes"), ("2", "hours"), ("2", "days")]


def test_the_trigger_is_fixed_once_published(her, alice):
    draft = make_workflow(alice)
    assert "Possible until the first publication." in page(her, draft)
    publish_workflow(workflow=draft, by=alice)
    shown = page(her, draft)
    assert "What starts it is fixed since the first publication." in shown
    assert "Possible until the first publication." not in shown
    assert "Nothing to publish" in shown
    set_details(workflow=draft, by=alice, name="Another")
    assert "Publish changes" in page(her, draft)


def test_other_triggers_have_settings_and_variables_of_their_own(her, alice, support):
    workflow = make_draft(by=alice, trigger_kind="person_joins")
    shown = page(her, workflow)
    assert "Who joined" in shown
    assert "Add a variable" not in shown
    assert "What to send" not in shown
    assert 'id="trigger-channel"' in shown
    assert "Choose a channel." in todos(shown)


def test_what_to_send_follows_the_variables(her, alice):
    workflow = make_workflow(alice)
    make_variable(workflow, "count", kind="number", example="7")
    shown = page(her, workflow)
    assert '"count": 7' in shown
    assert 'curl -X POST "$REQUEST_URL"' in shown


def test_the_preview_comes_first_then_what_to_send_then_the_test(her, alice):
    draft = make_workflow(alice)
    make_variable(draft, "agent")
    aside = page(her, draft).split('id="preview"')[1]
    assert re.findall(r'<h2 id="([^"]+)"', aside) == ["h-preview", "h-send", "h-test"]
    anew = her.post(f"/workflows/{draft.pk}/preview", headers=SCRIPT).content.decode()
    assert re.findall(r'<h2 id="([^"]+)"', anew) == ["h-preview", "h-test"]


def test_the_last_removal_stays_in_the_menu(her, alice):
    workflow = make_workflow(alice)
    assert "Bring back" not in page(her, workflow)
    remove_part(workflow=workflow, part="step", key=workflow.steps.get().pk, by=alice)
    assert "Bring back the step removed last" in page(her, workflow)


def test_names_and_texts_are_never_markup(her, alice, support):
    evil = "</script><script>alert(1)</script>{{ x }}"
    workflow = make_workflow(alice, name=evil[:80], channel=support, text="x", variables=[])
    make_variable(workflow, "v", example=evil, default='"><svg onload=alert(1)>')
    workflow.steps.update(config={"channel": evil, "text": evil})
    raw = her.get(f"/workflows/{workflow.pk}/edit").content.decode()
    assert "<script>alert" not in raw
    assert "<svg onload" not in raw


def test_the_queries_stay_the_same_whatever_the_number_of_parts(her, alice, support):
    small = make_workflow(alice, channel=support)
    make_step(small)
    small.variables.filter(kind="member").update(example=alice.member_id)  # both mention somebody
    full = filled(alice, steps=30, variables=20)
    page(her, small)
    counts = []
    for workflow in (small, full):
        with CaptureQueriesContext(connection) as queries:
            page(her, workflow)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= PAGE_QUERIES


def test_saving_asks_the_same_whatever_the_number_of_parts(her, alice, support):
    counts = []
    for steps, variables in ((2, 2), (30, 20)):
        workflow = filled(alice, steps=steps, variables=variables)
        step = workflow.steps.all()[0]
        data = {"f-text": "Other words", "base-text": step.config["text"]}
        path = f"/workflows/{workflow.pk}/edit/steps/{step.pk}"
        with CaptureQueriesContext(connection) as queries:
            assert her.post(path, data, headers=SCRIPT).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= SAVE_QUERIES


def test_what_keeps_from_publishing_is_asked_in_the_same_queries(alice, django_assert_num_queries):
    for steps in (2, 30):
        workflow = filled(alice, steps=steps, variables=20)
        with django_assert_num_queries(5):
            assert draft_problems(workflow=workflow, by=alice) == []


def filled(by, *, steps, variables):
    """A draft with many parts, each step with a channel and people of its own."""
    workflow = make_draft(by=by)
    for _number in range(variables):
        make_variable(workflow, kind="member", example=make_member().member_id)
    keys = [one.key for one in workflow.variables.all()]
    for number in range(steps):
        if number % 3 == 2:
            make_step(workflow, "send_message_to_person", person=make_member().email, text="Hi")
        else:
            text = "{{ " + keys[number % variables] + " }}"
            make_step(workflow, "send_message", channel=make_channel(by=by).channel_id, text=text)
    return workflow


def test_what_was_wrong_when_typed_is_settled_by_publishing(alice, bob):
    workflow = make_draft(by=alice)
    make_step(workflow, "send_message_to_person", person="bob@example.org", text="Hi")
    publish_workflow(workflow=workflow, by=alice)
    live = workflow.published_version.definition["steps"][0]["config"]
    assert live["person"] == bob.member_id
    assert workflow.has_unpublished_changes is False


def test_a_key_that_is_none_keeps_from_publishing(alice):
    workflow = make_workflow(alice)
    workflow.variables.filter(key="support_ticket_link").update(typed_key="my link")
    with pytest.raises(PublishProblems) as refused:
        publish_workflow(workflow=workflow, by=alice)
    assert [one.place for one in refused.value.problems] == ["variables[0].key"]
