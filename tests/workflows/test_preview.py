"""The preview shows the draft's messages as the channel will, and posts nothing."""

import pytest

from messaging.models import Message
from tests.builders import make_channel, make_workflow
from workflows.drafts.preview import preview

pytestmark = pytest.mark.django_db


def step(kind, **config):
    return {"kind": kind, "config": config}


def html_of(workflow, reader, **document):
    found = preview(workflow=workflow, document=document, reader=reader)
    return [str(one.line.html) for one in found.steps if one.line]


def test_the_message_is_rendered_as_in_the_channel_and_nothing_is_posted(alice, bob, support):
    draft = make_workflow(alice, channel=support, text="*New* {{ assigned_support_agent }}")

    [html] = html_of(draft, alice, assigned_support_agent=bob.member_id)

    assert "<strong>New</strong>" in html
    assert "@Bob" in html
    assert not Message.objects.exists()


def test_values_are_inert(alice, support):
    draft = make_workflow(alice, channel=support)

    [html] = html_of(draft, alice, support_ticket_link="*<b>* <!channel>")

    assert "*&lt;b&gt;* &lt;!channel&gt;" in html


def test_it_says_where_each_message_goes(alice, bob, support):
    steps = [
        step("send_message", channel="#support", text="a"),
        step("send_message_to_person", person=bob.email, text="b"),
        step("send_message_to_person", person="{{ assigned_support_agent }}", text="c"),
        step("wait", seconds=5),
    ]
    draft = make_workflow(alice, steps=steps)

    found = preview(workflow=draft, document={}, reader=alice)

    assert [(one.number, one.where) for one in found.steps] == [
        (1, "in #support"),
        (2, "to Bob, in a direct message"),
        (3, "to whom “assigned_support_agent” names"),
    ]


def test_what_is_left_to_correct_is_named_in_place_of_the_message(alice, support):
    draft = make_workflow(alice, channel=support)
    row = draft.steps.get()
    row.config = {"channel": "", "text": "{{ suport_ticket_link }}"}
    row.save()
    draft.steps.create(kind="send_message", position=1, config={})

    found = preview(workflow=draft, document={}, reader=alice)

    assert "suport_ticket_link" in found.steps[0].problem
    assert found.steps[1].problem == "There is no text yet."


def test_values_that_would_be_refused_are_named(alice, support):
    draft = make_workflow(alice, channel=support)

    found = preview(workflow=draft, document={"support_ticket_link": []}, reader=alice)

    assert not found.steps
    assert found.refusals[0].startswith("support_ticket_link: ")


def test_the_queries_stay_the_same_however_many_steps(
    alice, bob, support, django_assert_max_num_queries
):
    text = "{{ assigned_support_agent }} see <@" + bob.member_id + ">"
    steps = [
        step("send_message", channel=make_channel(by=alice).channel_id, text=text)
        for _ in range(30)
    ]
    draft = make_workflow(alice, steps=steps)

    with django_assert_max_num_queries(7):
        found = preview(
            workflow=draft, document={"assigned_support_agent": bob.email}, reader=alice
        )

    assert len(found.steps) == 30
