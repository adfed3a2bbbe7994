"""A test request is a real run with the example values; the examples are what services send."""

import json
import shlex

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from messaging.models import Message
from tests.builders import make_draft, make_live, make_variable
from workflows.drafts.examples import curl_command, example_payload, pretty_json
from workflows.models import Run, Variable
from workflows.services import NotPublished, send_test_request

Kind = Variable.Kind


def test_a_test_posts_the_examples_for_real(alice, bob, support):
    workflow = make_live(alice, channel=support)
    answer = send_test_request(workflow=workflow, by=alice)
    run = Run.objects.get()
    assert (answer.status, answer.body) == (200, {"ok": True, "run": run.run_id})
    assert (run.start_kind, run.started_by) == ("test", alice)
    message = Message.objects.get(app=workflow.app)
    assert message.text == "New ticket Example text for @Alice"
    assert json.loads(run.payload)["assigned_support_agent"] == alice.member_id


def test_a_test_goes_by_the_rate_of_the_hook(alice):
    workflow = make_live(alice)
    send_test_request(workflow=workflow, by=alice)
    answer = send_test_request(workflow=workflow, by=alice)
    assert (answer.status, answer.body["error"]) == (429, "rate_limited")
    assert Run.objects.count() == 1


def test_a_test_is_of_the_live_version_whatever_the_draft_says(alice):
    workflow = make_live(alice)
    make_variable(workflow, "new_one", example="not sent yet")
    send_test_request(workflow=workflow, by=alice)
    assert "new_one" not in json.loads(Run.objects.get().payload)


def test_a_draft_cannot_be_tested_this_way(alice):
    with pytest.raises(NotPublished):
        send_test_request(workflow=make_draft(by=alice), by=alice)


def test_strangers_send_no_test(alice, charlie, dana):
    workflow = make_live(alice)
    for stranger in (charlie, dana):
        with pytest.raises(PermissionDenied):
            send_test_request(workflow=workflow, by=stranger)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("kind", "example", "json_value"),
    [
        (Kind.TEXT, "", '"Example text"'),
        (Kind.TEXT, "12", '"12"'),
        (Kind.TEXT, "</pre><script>", '"</pre><script>"'),
        (Kind.NUMBER, "", "42"),
        (Kind.NUMBER, "1.50", "1.50"),
        (Kind.NUMBER, "9007199254740993", "9007199254740993"),
        (Kind.BOOLEAN, "", "true"),
        (Kind.BOOLEAN, "False", "false"),
        (Kind.MEMBER, "", '"U123456789"'),
        (Kind.MEMBER, "bob@example.org", '"bob@example.org"'),
    ],
)
def test_each_kind_has_its_example(alice, kind, example, json_value):
    workflow = make_draft(by=alice)
    make_variable(workflow, "it", kind=kind, example=example)
    shown = pretty_json(example_payload(workflow))
    assert shown == '{\n  "it": ' + json_value + "\n}"


def test_the_example_speaks_the_readers_language(alice):
    workflow = make_draft(by=alice)
    make_variable(workflow, "it")
    with translation.override("fr"):
        assert example_payload(workflow)["it"] == translation.gettext("Example text")


def test_curl_sends_the_example_whatever_quotes_are_in_it(alice):
    workflow = make_draft(by=alice)
    make_variable(workflow, "it", example='it\'s "$(rm -rf ~)" `x` \\ !')
    words = shlex.split(curl_command(workflow, "http://127.0.0.1:8000/hooks/workflows/dhk_x"))
    words = [word for word in words if word != "\n"]
    assert words[:3] == ["curl", "-X", "POST"]
    assert words[3] == "http://127.0.0.1:8000/hooks/workflows/dhk_x"
    assert json.loads(words[-1]) == {"it": 'it\'s "$(rm -rf ~)" `x` \\ !'}


def test_a_workflow_without_variables_is_started_by_an_empty_object(alice):
    assert pretty_json(example_payload(make_draft(by=alice))) == "{}"
