"""Whoever is not in a private channel learns its name nowhere, a manager neither (PRODUCT §5)."""

import pytest
from django.urls import reverse

from messaging.services import archive_channel, post_message
from tests.builders import make_channel, make_live, told
from tests.workflows.runs import start
from workflows.models import Run
from workflows.payload.body import dump
from workflows.runs.starting import find_shortcut, start_shortcut
from workflows.services import add_manager, create_workflow, publish_workflow
from workflows.services.draft_test import send_draft_test

pytestmark = pytest.mark.django_db

NAME = "merger-talks"
MANAGED = (
    *("detail", "edit", "preview", "publish", "versions", "runs", "managers", "delete"),
    *("regenerate", "export", "runs_csv"),
)


@pytest.fixture
def private(alice, bob):
    return make_channel(NAME, by=alice, members=(bob,), is_private=True)


@pytest.fixture
def workflow(alice, charlie, private, support):
    """Alice's workflow posts to a private channel; Charlie manages it too, but isn't in there."""
    steps = [
        {"kind": "send_message", "config": {"channel": private.channel_id, "text": "Hush"}},
        {
            "kind": "send_message",
            "config": {"channel": support.channel_id, "text": f"See <#{private.channel_id}>"},
        },
    ]
    made = make_live(alice, steps=steps, variables=[])
    add_manager(workflow=made, member=charlie, by=alice)
    publish_workflow(workflow=made, by=alice, note="again")
    return made


def pages_of(client, workflow, *more):
    names = [one for one in MANAGED if one != "regenerate" or workflow.request_urls.exists()]
    paths = [reverse(f"workflows:{name}", args=[workflow.pk]) for name in names]
    paths += [
        path
        for run in Run.objects.filter(workflow=workflow)
        for path in (
            reverse("workflows:run", args=[workflow.pk, run.run_id]),
            reverse("workflows:preview", args=[workflow.pk]) + f"?fill={run.run_id}",
        )
    ]
    paths += [
        reverse("workflows:list"),
        reverse("workflows:about", args=[workflow.app_id]),
        reverse("workflows:new"),
        reverse("workflows:list") + f"?q={NAME[:6]}",
        *more,
    ]
    for path in paths:
        answer = client.get(path, follow=True)
        content = (
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        ).decode()
        assert answer.status_code == 200, path
        yield path, content.replace(f"?q={NAME[:6]}", "")


def leaks(client, workflow, *more):
    return [path for path, content in pages_of(client, workflow, *more) if NAME in content]


def test_a_manager_outside_of_a_private_channel_is_not_told_its_name(
    workflow, alice, charlie, private, support, signed_in
):
    start(workflow)
    post_message(channel=support, sender=alice, text=f"Look at <#{private.channel_id}>")
    channel = support.get_absolute_url()
    hers = signed_in(alice)
    assert NAME in hers.get(reverse("workflows:detail", args=[workflow.pk])).content.decode()

    found = leaks(signed_in(charlie), workflow, channel, f"{channel}/members", "/channels")

    assert found == []


def test_nor_by_a_run_that_fails(workflow, alice, bob, charlie, private, signed_in):
    archive_channel(channel=private, by=alice)
    start(workflow)

    assert Run.objects.get().status == Run.Status.FAILED
    assert leaks(signed_in(charlie), workflow) == []
    assert [one.text for one in told(charlie) if NAME in one.text] == []


def test_nor_does_a_team_admin_learn_it_from_a_published_workflow(
    workflow, dana, private, signed_in
):
    start(workflow)
    client = signed_in(dana)
    pages = [reverse("workflows:published"), reverse("workflows:about", args=[workflow.app_id])]
    assert [page for page in pages if NAME in client.get(page).content.decode()] == []

    client.post(reverse("workflows:join", args=[workflow.pk]))

    assert leaks(client, workflow) == []


def test_nor_does_a_test_in_another_channel_tell_it(workflow, alice, private, support):
    sandbox = make_channel("sandbox", by=alice)

    sent = send_draft_test(workflow=workflow, by=alice, document={}, channel=sandbox)
    own = send_draft_test(workflow=workflow, by=alice, document={})

    assert [one.text for one in sent.messages if NAME in one.text] == []
    assert len(sent.messages) == 2
    assert NAME in own.messages[0].text


def test_nor_by_naming_it(alice, charlie, private, signed_in):
    """Whether there is such a channel is told neither by an import nor by a saved step."""
    client = signed_in(charlie)
    mine = create_workflow(name="Mine", by=charlie, steps=[])
    answers = {}
    for name in (NAME, "no-such-one"):
        file = (
            '{"name": "x", "trigger": {"kind": "webhook"}, "steps": [{"kind": "send_message",'
            f' "config": {{"channel": "#{name}", "text": "x"}}}}]}}'
        )
        answers[name] = client.post(reverse("workflows:import"), {"text": file}).content.decode()
    assert answers[NAME].replace(NAME, "") == without_token(
        answers["no-such-one"].replace("no-such-one", ""), answers[NAME]
    )
    assert mine.steps.count() == 0


def without_token(page, other):
    import re

    token = re.compile(r'(csrfmiddlewaretoken" value=)"(\w+)"')
    return token.sub(rf'\1"{token.search(other)[2]}"', page)


@pytest.fixture
def listener(alice, charlie, private, support):
    """Alice's shortcut in a private channel says in a public one where it was picked."""
    text = "In {{ channel }} ({{ who|name }}) `{{ channel }}` <https://x.example/{{ channel }}|T>"
    made = make_live(
        alice,
        trigger_kind="shortcut",
        trigger_config={"channel": private.channel_id},
        variables=[],
        steps=[{"kind": "send_message", "config": {"channel": support.channel_id, "text": text}}],
    )
    add_manager(workflow=made, member=charlie, by=alice)
    return made


def test_nor_by_the_channel_in_which_it_was_started(
    listener, alice, bob, charlie, private, support, signed_in
):
    run = start_shortcut(shortcut=find_shortcut(pk=listener.pk, member=bob), member=bob)
    channel = support.get_absolute_url()

    found = leaks(signed_in(charlie), listener, channel)

    assert found == []
    assert NAME not in f"{run.values} {run.payload} {support.messages.get().text}"


def test_who_is_in_it_reads_its_name(listener, alice, bob, private, support, signed_in):
    run = start_shortcut(shortcut=find_shortcut(pk=listener.pk, member=bob), member=bob)
    hers = signed_in(alice)

    run_page = hers.get(reverse("workflows:run", args=[listener.pk, run.run_id]))
    csv = hers.get(reverse("workflows:runs_csv", args=[listener.pk]))

    assert f"#{NAME}" in run_page.content.decode()
    assert f"#{NAME}" in b"".join(csv.streaming_content).decode()
    assert f"#{NAME}" in hers.get(support.get_absolute_url()).content.decode()
    preview = hers.get(reverse("workflows:preview", args=[listener.pk]))
    assert f"#{NAME}" in preview.content.decode()


def test_nor_by_the_runs_that_an_older_version_stored(listener, charlie, bob, signed_in):
    run = start_shortcut(shortcut=find_shortcut(pk=listener.pk, member=bob), member=bob)
    old = {"who": bob.member_id, "channel": f"#{NAME}"}
    Run.objects.filter(pk=run.pk).update(values=old, payload=dump(old))

    assert leaks(signed_in(charlie), listener) == []


def test_nor_by_a_step_that_could_not_be_filled(listener, alice, bob, charlie, support, signed_in):
    archive_channel(channel=support, by=alice)
    run = start_shortcut(shortcut=find_shortcut(pk=listener.pk, member=bob), member=bob)

    assert run.status == Run.Status.FAILED
    assert leaks(signed_in(charlie), listener) == []
