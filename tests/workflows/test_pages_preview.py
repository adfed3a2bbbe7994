"""The preview's page and pane: which values, what is sent, who may."""

import pytest

from messaging.models import Member, Message
from tests.builders import make_channel, make_live, make_variable, make_workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(alice, support):
    return make_workflow(alice, channel=support)


@pytest.fixture
def page(alice, draft, signed_in):
    client = signed_in(alice)

    def ask(path="preview", **data):
        answer = client.post(f"/workflows/{draft.pk}/{path}", data)
        assert answer.status_code == 200
        return answer.content.decode()

    return ask


def test_the_examples_fill_the_variables_at_first(page):
    assert "New ticket Example text" in page()


def test_pasted_json_fills_them(page):
    html = page(fill="json", pasted='{"support_ticket_link": "from the service"}')

    assert "New ticket from the service" in html


def test_what_is_no_json_is_named_and_kept(page):
    html = page(fill="json", pasted='{"a": 1,\n{nope')

    assert "This is not JSON. Look at line 2, column 1." in html
    assert "{nope" in html


def test_an_earlier_run_fills_them(alice, support, signed_in):
    from workflows.services import send_test_request

    live = make_live(
        alice, channel=support, variables=[{"key": "a", "kind": "text"}], text="{{ a }}"
    )
    live.variables.update(example="of that day")
    run_id = send_test_request(workflow=live, by=alice).run_id
    live.variables.update(example="another")

    html = signed_in(alice).post(f"/workflows/{live.pk}/preview", {"fill": run_id}).content.decode()

    assert "Example text</p>" in html


def test_another_workflow_s_run_is_not_found(alice, draft, support, signed_in):
    from workflows.services import send_test_request

    other = make_live(alice, channel=support)
    run_id = send_test_request(workflow=other, by=alice).run_id

    answer = signed_in(alice).post(f"/workflows/{draft.pk}/preview", {"fill": run_id})

    assert answer.status_code == 404


def test_a_test_is_sent_to_oneself_and_linked(page, alice):
    html = page("preview/test")

    message = Message.objects.get()
    assert message.channel.is_direct
    assert message.get_absolute_url() in html


def test_a_test_can_not_go_to_the_live_channel(page, support):
    html = page("preview/test", to=support.channel_id)

    assert "posts in this channel for real" in html
    assert not Message.objects.exists()


def test_a_test_can_not_go_where_one_is_not(alice, bob, draft, signed_in):
    hidden = make_channel(by=bob, is_private=True)

    answer = signed_in(alice).post(f"/workflows/{draft.pk}/preview/test", {"to": hidden.channel_id})

    assert answer.status_code == 404
    assert not Message.objects.exists()


def test_tests_are_bounded(page, monkeypatch):
    monkeypatch.setattr("workflows.builder.preview_views.TEST_RATE", "1/h")
    page("preview/test")

    assert "Wait a minute" in page("preview/test")
    assert Message.objects.count() == 1


def test_a_member_without_an_example_is_whom_the_example_json_names(alice, bob, support, client):
    workflow = make_workflow(alice, channel=support, text="For", variables=[])
    make_variable(workflow, "agent", kind="member")
    step = workflow.steps.get()
    step.config["text"] = "For {{ agent }}"
    step.save()
    client.force_login(alice)
    address = f"/workflows/{workflow.pk}/edit"

    shown = client.get(address).content.decode()
    assert "For U123456789" in shown.partition('id="preview-form"')[2]

    Member.objects.filter(pk=bob.pk).update(member_id="U123456789")
    shown = client.get(address).content.decode()
    assert "@Bob" in shown.partition('id="preview-form"')[2]
    assert '"mention": "@Bob"' in shown
