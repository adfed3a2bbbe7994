"""Workflows as files: read, written, and refused with the place named."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.builders import make_channel, make_guest, make_owner
from workflows.demo import FOLDER
from workflows.models import Workflow
from workflows.server.base_url import follow_server
from workflows.server.data_lock import DataLock
from workflows.services import DraftProblems
from workflows.services.files import dump_workflow, import_workflow

pytestmark = pytest.mark.django_db

TICKET = {
    "name": "New support ticket",
    "description": "",
    "icon": ":ticket:",
    "trigger": {"kind": "webhook"},
    "variables": [
        {"key": "support_ticket_link", "kind": "text", "example": "https://desk.example/4711"},
        {"key": "assigned_support_agent", "kind": "member", "example": "U123456789"},
    ],
    "steps": [
        {
            "kind": "send_message",
            "config": {
                "channel": "#support",
                "text": "New ticket {{ support_ticket_link }} for {{ assigned_support_agent }}",
            },
        }
    ],
}


def changed(**fields):
    return {**json.loads(json.dumps(TICKET)), **fields}


def read(file, by):
    return import_workflow(file if isinstance(file, str) else json.dumps(file), by=by)


def test_a_file_becomes_a_draft_with_its_variables_and_steps(alice, support):
    workflow = read(TICKET, alice)

    assert workflow.status == Workflow.Status.DRAFT
    assert [one.key for one in workflow.variables.all()] == [
        "support_ticket_link",
        "assigned_support_agent",
    ]
    assert workflow.steps.get().config["channel"] == support.channel_id


def test_export_import_export_gives_the_same_file(alice, bob, support):
    steps = [
        TICKET["steps"][0],
        {"kind": "wait", "config": {"seconds": 3600}},
        {"kind": "send_message_to_person", "config": {"person": bob.email, "text": "hi"}},
        {
            "kind": "send_message_to_person",
            "config": {"person": "{{ assigned_support_agent }}", "text": "hi"},
        },
    ]
    first = dump_workflow(read(changed(steps=steps), alice))

    assert dump_workflow(read(first, alice)) == first
    assert '"#support"' in first
    assert bob.email in first


def by_trigger(kind, **settings):
    steps = [
        {
            "kind": "send_message",
            "config": {"channel": "#support", "text": "{{ who|name }} in {{ channel }}"},
        }
    ]
    return changed(trigger={"kind": kind, **settings}, variables=[], steps=steps)


@pytest.mark.parametrize("kind", ["shortcut", "person_joins"])
def test_a_trigger_s_channel_is_kept_by_its_id_and_written_by_its_name(alice, support, kind):
    workflow = read(by_trigger(kind, channel="#support"), alice)
    first = dump_workflow(workflow)

    assert workflow.trigger_config == {"channel": support.channel_id}
    assert json.loads(first)["trigger"] == {"kind": kind, "channel": "#support"}
    assert dump_workflow(read(first, alice)) == first


@pytest.mark.parametrize(
    ("trigger", "problem"),
    [
        ({"kind": "shortcut"}, "trigger.channel: "),
        ({"kind": "shortcut", "channel": ""}, "trigger.channel: "),
        ({"kind": "shortcut", "channel": 5}, "trigger.channel: unknown channel"),
        ({"kind": "shortcut", "channel": "#nope"}, "trigger.channel: unknown channel “#nope”"),
        ({"kind": "shortcut", "channel": "#support", "x": 1}, "trigger.x: unknown field"),
        ({"kind": "person_joins", "channel": ["#support"]}, "trigger.channel: unknown channel"),
        ({"kind": "webhook", "channel": "#support"}, "trigger.channel: unknown field"),
        ({"kind": ["webhook"]}, "trigger.kind: must be text"),
    ],
)
def test_a_problem_in_the_trigger_names_its_place(alice, support, trigger, problem):
    with pytest.raises(DraftProblems) as refused:
        read({**by_trigger("shortcut"), "trigger": trigger}, alice)

    assert any(str(one).startswith(problem) for one in refused.value.problems), refused.value
    assert not Workflow.objects.exists()


def test_only_a_webhook_s_file_declares_variables(alice, support):
    file = by_trigger("shortcut", channel="#support")

    with pytest.raises(DraftProblems, match="variables: Only a workflow that a webhook starts"):
        read({**file, "variables": TICKET["variables"]}, alice)


def test_a_trigger_s_private_channel_is_unknown_to_who_is_not_in_it(alice, charlie, support):
    make_channel("secret", by=alice, is_private=True)
    file = by_trigger("person_joins", channel="#secret")

    assert read(file, alice).trigger_config
    with pytest.raises(DraftProblems, match=r"trigger\.channel: unknown channel"):
        read(file, charlie)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"nope": 1}, "nope: unknown field"),
        ({"name": 5}, "name: must be text"),
        ({"name": ""}, "name: "),
        ({"icon": "no emoji"}, "icon: "),
        ({"trigger": {"kind": "telepathy"}}, 'trigger.kind: unknown kind "telepathy"'),
        ({"trigger": {}}, "trigger.kind: missing"),
        ({"variables": [{"key": "a"}]}, "variables[0].kind: missing"),
        ({"variables": [{"key": "9a", "kind": "text"}]}, "variables[0].key: "),
        ({"variables": [{"key": "a", "kind": "song"}]}, "variables[0].kind: "),
        ({"variables": [{"key": "a", "kind": "text"}] * 2}, "variables[1].key: "),
        (
            {"variables": [{"key": f"v{n}", "kind": "text"} for n in range(21)], "steps": []},
            "variables: A workflow has at most 20 variables.",
        ),
        ({"steps": [{"kind": "fly", "config": {}}]}, 'steps[0].kind: unknown kind "fly"'),
        ({"steps": [{"kind": "wait", "config": {}}]}, "steps[0].config.seconds: "),
        ({"steps": [{"kind": "wait", "config": {"seconds": 0}}]}, "steps[0].config.seconds: "),
        (
            {"steps": [{"kind": "wait", "config": {"seconds": 1, "x": 1}}]},
            "steps[0].config.x: unknown field",
        ),
        (
            {"steps": [{"kind": "send_message", "config": {"channel": "#nope", "text": "a"}}]},
            "steps[0].config.channel: unknown channel “#nope”",
        ),
        (
            {
                "steps": [
                    {
                        "kind": "send_message",
                        "config": {"channel": "#support", "text": "{{ nope }}"},
                    }
                ]
            },
            'steps[0].config.text: unknown variable "nope"',
        ),
        (
            {
                "steps": [
                    {
                        "kind": "send_message_to_person",
                        "config": {"person": "who@example.org", "text": "a"},
                    }
                ]
            },
            "steps[0].config.person: unknown member “who@example.org”",
        ),
    ],
)
def test_a_problem_names_its_place_and_nothing_is_imported(alice, support, fields, problem):
    with pytest.raises(DraftProblems) as refused:
        read(changed(**fields), alice)

    assert any(str(one).startswith(problem) for one in refused.value.problems), refused.value
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '"a"', "[" * 100_000])
def test_what_is_no_workflow_file_is_refused(alice, text):
    with pytest.raises(DraftProblems):
        read(text, alice)


def test_a_private_channel_is_unknown_to_who_is_not_in_it(alice, charlie):
    make_channel("secret", by=alice, is_private=True)
    steps = [{"kind": "send_message", "config": {"channel": "#secret", "text": "psst"}}]

    assert read(changed(steps=steps), alice).steps.count() == 1
    with pytest.raises(DraftProblems, match="unknown channel"):
        read(changed(steps=steps), charlie)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.json")))
def test_the_demo_s_workflows_are_such_files(name):
    owner = make_owner()
    for channel in ("support", "deploys"):
        make_channel(channel, by=owner)

    assert read((FOLDER / name).read_text(), owner).steps.exists()


# --- The commands ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ticket.json"
    path.write_text(json.dumps(TICKET))
    return path


def test_import_with_json_prints_one_line(file, capsys):
    make_channel("support", by=make_owner())

    call_command("import_workflow", str(file), "--publish", "--json")

    line = json.loads(capsys.readouterr().out)
    assert set(line) == {"id", "name", "status", "request_url"}
    assert line["status"] == "live"
    assert line["request_url"].startswith("http://127.0.0.1:8000/hooks/workflows/dhk_")


def test_the_request_url_is_that_of_the_server_that_has_the_data(file, capsys, settings, tmp_path):
    make_channel("support", by=make_owner())
    settings.DECLIC_DATA_DIR, settings.IS_EMBEDDED = tmp_path, True
    settings.DECLIC_BASE_URL = "http://127.0.0.1:8000"

    with DataLock(tmp_path, "demo", "http://127.0.0.1:8765"):
        call_command("import_workflow", str(file), "--publish", "--json")

    url = json.loads(capsys.readouterr().out)["request_url"]
    assert url.startswith("http://127.0.0.1:8765/hooks/workflows/dhk_")


def test_an_address_that_was_set_wins_over_the_server_s(settings, tmp_path):
    settings.DECLIC_DATA_DIR, settings.IS_EMBEDDED = tmp_path, True
    settings.DECLIC_BASE_URL, settings.DECLIC_BASE_URL_IS_SET = "https://declic.example", True

    with DataLock(tmp_path, "serve", "http://127.0.0.1:8765"):
        follow_server()

    assert settings.DECLIC_BASE_URL == "https://declic.example"


def test_import_without_publishing_has_no_request_url(file, capsys):
    make_channel("support", by=make_owner())

    call_command("import_workflow", str(file), "--json")

    line = json.loads(capsys.readouterr().out)
    assert (line["status"], line["request_url"]) == ("draft", None)


def test_export_prints_only_the_file(file, capsys):
    make_channel("support", by=make_owner())
    call_command("import_workflow", str(file), "--json")
    key = json.loads(capsys.readouterr().out)["id"]

    call_command("export_workflow", str(key))

    assert json.loads(capsys.readouterr().out)["name"] == TICKET["name"]


def test_the_manager_can_be_named(file, alice, support, capsys):
    call_command("import_workflow", str(file), "--manager", alice.email.upper(), "--json")

    workflow = Workflow.objects.get(pk=json.loads(capsys.readouterr().out)["id"])
    assert list(workflow.managers.all()) == [alice]


def test_errors_end_with_status_one_and_name_the_place(file, tmp_path):
    owner = make_owner()
    gus = make_guest()
    with pytest.raises(CommandError, match=r"steps\[0\]\.config\.channel: unknown channel"):
        call_command("import_workflow", str(file))
    make_channel("support", by=owner)
    with pytest.raises(CommandError, match="unknown member"):
        call_command("import_workflow", str(file), "--manager", "who@example.org")
    with pytest.raises(CommandError, match="may not build"):
        call_command("import_workflow", str(file), "--manager", gus.email)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_workflow", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match="There is no workflow 99"):
        call_command("export_workflow", "99")
    assert not Workflow.objects.exists()


def test_names_may_repeat(file, capsys):
    make_channel("support", by=make_owner())
    for _ in range(2):
        call_command("import_workflow", str(file))

    assert Workflow.objects.filter(name=TICKET["name"]).count() == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name":\n  oops}', "file: This is not JSON. Look at line 2, column 3."),
        ("", "file: There is nothing in it. Look at line 1, column 1."),
        ("[" * 200 + "]" * 200, "file: It is nested too deep. Look at line 1, column 65."),
        (
            '{"a": ' + "9" * 5000 + "}",
            "file: A number in it is too long. Look at line 1, column 7.",
        ),
    ],
)
def test_a_file_that_is_no_json_is_refused_with_the_place(alice, support, text, said):
    with pytest.raises(DraftProblems) as refused:
        import_workflow(text=text, by=alice)

    assert [str(one) for one in refused.value.problems] == [said]


# --- All at once ----------------------------------------------------------------------------------

WRONG = {
    "name": "",
    "nope": 1,
    "icon": "no emoji",
    "trigger": {"kind": "telepathy"},
    "variables": [{"key": "9a", "kind": "song"}, {"kind": "text"}, 5],
    "steps": [
        {"kind": "fly", "config": {}},
        {"kind": "send_message", "config": {"channel": "#nope", "text": "{{ nope }}"}},
        {"kind": "wait", "config": {}},
        {"kind": "wait"},
    ],
}
SAID = [
    "nope: unknown field",
    "name: must not be empty",
    "icon: There is no emoji “no emoji”.",
    'trigger.kind: unknown kind "telepathy". There are: person_joins, shortcut, webhook.',
    "variables[0].key: A key begins with a letter from a to z or with “_”.",
    'variables[0].kind: unknown kind "song". There are: text, number, boolean, member.',
    "variables[1].key: missing",
    "variables[2]: must be an object",
    "steps[1].config.channel: unknown channel “#nope”",
    'steps[1].config.text: unknown variable "nope"',
    "steps[2].config.seconds: missing",
    "steps[3].config: missing",
]


def test_every_layer_of_problems_is_named_at_once(alice, support):
    with pytest.raises(DraftProblems) as refused:
        read(WRONG, alice)

    said = [str(one) for one in refused.value.problems]
    assert [one for one in said if not one.startswith("steps[0].kind")] == SAID
    (kind,) = (one for one in said if one.startswith("steps[0].kind"))
    assert kind.startswith('steps[0].kind: unknown kind "fly". There are: add_person_to_channel, ')


def test_problems_are_named_up_to_a_number(alice, support):
    with pytest.raises(DraftProblems) as refused:
        read(changed(**{f"x{number}": 1 for number in range(500)}), alice)

    assert len(refused.value.problems) == 101
    assert str(refused.value.problems[-1]) == "file: 400 more problems"


SLACK = {"source_id": "123456", "version": "1", "workflow": {"name": "T", "blueprint": {}}}


@pytest.mark.parametrize(
    ("text", "name"),
    [(json.dumps(SLACK), ""), (json.dumps(SLACK), "t.json"), ("???", "Tickets.slackworkflow")],
)
def test_a_file_of_slack_s_is_said_to_be_one(alice, text, name):
    with pytest.raises(DraftProblems, match="a workflow that Slack exported"):
        import_workflow(text, by=alice, file_name=name)


def test_the_command_names_every_place(file):
    make_owner()
    file.write_text(json.dumps(changed(nope=1, name="")))
    with pytest.raises(CommandError) as refused:
        call_command("import_workflow", str(file))

    assert str(refused.value).split("\n") == [
        "nope: unknown field",
        "name: must not be empty",
        "steps[0].config.channel: unknown channel “#support”",
    ]
