"""Bad input, family C: what a value may not do, from the request to what is shown and told."""

import json
import logging

import pytest

from messaging.models import Channel, Membership, Message
from messaging.mrkdwn.tokens import leaves
from messaging.services import deactivate_member
from tests.builders import hook_path, make_live, make_member, told
from tests.robustness.conftest import Hook
from tests.serving import request_bytes
from workflows.models import Run

pytestmark = pytest.mark.served

CALLS = (
    *("@channel", "@here", "@everyone", "<!channel>", "<!here|here>", "<!subteam^S1>"),
    *("＠channel", "@alice", "@Alice", "<@{id}>", "<@{id}|Alice>", "&lt;@{id}&gt;", "{{ agent }}"),
    *(
        "<#{channel}>",
        "*bold* _it_ `code` ~s~ :ticket:",
        "<https://evil.example|https://good.example>",
    ),
)


def test_a_text_value_calls_nobody_and_names_no_place(hook: Hook, alice, subtests) -> None:  # C38
    for call in CALLS:
        value = (
            call.format(id=alice.member_id, channel=hook.channel.channel_id)
            if "{{" not in call
            else call
        )
        with subtests.test(value=value):
            assert (
                hook.stored(hook.request(json.dumps({"link": value}).encode())) == f"{value} for "
            )
            tokens = list(leaves(Message.objects.latest("pk").body))
            assert {one["t"] for one in tokens} <= {"text", "value"}
    with hook.served.client(alice) as client:
        page = client.get(hook.channel.get_absolute_url()).text
    assert "at-me" not in page
    assert 'href="https://evil.example"' not in page or ">https://good.example</a>" not in page


def test_nothing_that_the_body_says_is_more_than_a_value(hook: Hook, alice, bob) -> None:  # C39
    other = Channel.objects.create(name="other", created_by=bob)
    extra = {
        **{"channel": other.channel_id, "channel_id": other.channel_id, "user": bob.member_id},
        **{"username": "root", "icon_url": "https://x/y.png", "icon_emoji": ":x:", "as_user": True},
        **{"workflow_id": 1, "thread_ts": "1", "parent": 1, "text": "no", "body": [], "app": 1},
        **{"created_at": "2001-01-01", "run": "R1", "version": 1, "blocks": [], "attachments": []},
    }

    hook.stored(hook.request(json.dumps({"link": "x", **extra}).encode()))

    message = Message.objects.get()
    assert (message.channel, message.app, message.member) == (hook.channel, hook.workflow.app, None)
    assert message.parent is None
    assert message.created_at.year > 2001
    run = Run.objects.get()
    assert (run.workflow, run.version) == (hook.workflow, hook.workflow.published_version)


def test_whoever_a_member_value_names_nobody_learns_who_has_an_account(
    hook: Hook, alice, bob, dana, secret, subtests
) -> None:  # C40
    """All of them are answered alike; only who may see the channel is called."""
    gone = make_member("Gone")
    deactivate_member(member=gone, by=dana)
    charlie, twin = make_member("Charlie"), make_member("Charlie", email="twin@example.org")
    workflow = make_live(
        alice,
        channel=secret,
        variables=[{"key": "agent", "kind": "member"}],
        text="for {{ agent }}",
    )
    path = hook_path(workflow)
    bodies = {}
    for value, text, is_called in (
        ("U999999999", "U999999999", False),
        ("nobody@example.org", "nobody@example.org", False),
        (gone.member_id, "@Gone", False),
        (gone.email, "@Gone", False),
        (charlie.member_id, "@Charlie", False),
        (twin.email.upper(), "@Charlie", False),
        (bob.member_id, "@Bob", True),
        ("Charlie", "Charlie", False),
        ("@bob", "@bob", False),
        ("<@" + bob.member_id + ">", "<@" + bob.member_id + ">", False),
        ("", "", False),
        ("42", "42", False),
        ("' OR 1=1 --", "' OR 1=1 --", False),
    ):
        with subtests.test(value=value):
            request = request_bytes("POST", path, json.dumps({"agent": value}).encode())
            answer = hook.raw(request)
            message = Message.objects.filter(channel=secret).latest("pk")
            assert answer.status == 200
            bodies[value] = set(answer.json())
            assert message.text.replace("@", "") == f"for {text}".replace("@", "")
            called = [one for one in leaves(message.body) if one["t"] == "user"]
            assert [one for one in called if one["as"] == "mention"] == called * is_called
    assert all(keys == {"ok", "run"} for keys in bodies.values())
    assert set(
        Membership.objects.filter(channel=secret).values_list("member__display_name", flat=True)
    ) == {
        "Alice",
        "Bob",
    }


def test_a_value_with_line_breaks_begins_no_header_and_no_line_of_the_log(
    hook: Hook, caplog
) -> None:  # C44
    value = "x\r\nSet-Cookie: a=b\r\nBcc: all@example.org\n2026-01-01 INFO declic.audit: forged"
    caplog.set_level(logging.DEBUG)

    hook.stored(hook.request(json.dumps({"link": value}).encode()))
    answer = hook.send(json.dumps({"link": [value], value: value}).encode(), Idempotency_Key="k")

    assert answer.status == 422
    assert "bcc" not in str(answer.headers).lower()
    assert "forged" not in caplog.text


def test_a_failing_run_says_what_it_must_on_one_line(hook: Hook, alice, caplog) -> None:  # C44
    live = make_live(
        alice,
        variables=[{"key": "who", "kind": "member"}],
        steps=[{"kind": "send_message_to_person", "config": {"person": "{{ who }}", "text": "x"}}],
    )
    value = "nobody\r\n2026-01-01 INFO declic.audit: forged <!channel> <@U1>"
    body = json.dumps({"who": value}).encode()
    caplog.set_level(logging.DEBUG)

    assert hook.raw(request_bytes("POST", hook_path(live), body)).status == 200

    assert Run.objects.get(workflow=live).status == Run.Status.FAILED
    assert "forged" not in caplog.text
    (notice,) = told(alice)
    assert {one["t"] for one in leaves(notice.body)} <= {"text", "value", "link", "br"}


def test_the_name_of_a_file_that_is_sent_is_no_ones_choice(hook: Hook, alice, signed_in) -> None:
    """C44: names of workflows stand in no header."""
    hook.workflow.name = 'a"\r\nSet-Cookie: x=y'
    hook.workflow.save()
    for name in ("file", "runs.csv"):
        answer = signed_in(alice).get(f"/workflows/{hook.workflow.pk}/{name}")
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"].startswith("attachment")


def test_no_cell_of_the_exported_runs_is_a_formula(hook: Hook, alice, signed_in) -> None:  # C33
    for value in ("=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\n=1", " =1", "＝1"):
        hook.stored(hook.request(json.dumps({"link": value}).encode()))

    exported = signed_in(alice).get(f"/workflows/{hook.workflow.pk}/runs.csv")
    text = (
        b"".join(exported.streaming_content).decode()
        if exported.streaming
        else exported.content.decode()
    )

    import csv
    import io

    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) > 40
    assert [one for one in cells if one.strip(" \t\n").startswith(("=", "+", "@", "＝"))] == []
