"""What each kind of step takes, stores, shows and gives back."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from messaging.services import archive_channel, deactivate_member, direct_channel
from tests.builders import make_live
from tests.workflows.runs import AGENT, WAIT, say, start, tell_person, texts
from workflows.fields.base import clean_config
from workflows.fields.scope import EditScope, RunContext, StepFailed
from workflows.registry import step_kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(alice):
    return EditScope(member=alice, variables={"link": "text", "agent": "member"})


def clean(kind, scope, **config):
    return clean_config(step_kinds.find(kind), config, scope)


def refusal(kind, scope, **config):
    with pytest.raises(ValidationError) as refused:
        clean(kind, scope, **config)
    return refused.value.message_dict


# --- Settings, when they are saved ----------------------------------------------------------------


@pytest.mark.parametrize("given", ["#support", "support", "SUPPORT", " #Support "])
def test_a_channel_is_taken_by_name_and_kept_by_id(scope, support, given):
    cleaned = clean("send_message", scope, channel=given, text="hello")

    assert cleaned == {"channel": support.channel_id, "text": "hello"}


def test_a_channel_is_taken_by_id_too(scope, support):
    cleaned = clean("send_message", scope, channel=support.channel_id, text="hello")

    assert cleaned["channel"] == support.channel_id


def test_a_channel_that_is_unknown_archived_or_hidden_is_refused_alike(
    alice, bob, charlie, support, secret
):
    scope = EditScope(member=charlie, variables={})
    archive_channel(channel=support, by=alice)
    direct = direct_channel(member=alice, other=bob)

    for given in ("#nope", "#secret", secret.channel_id, direct.channel_id, 5, None, []):
        assert set(refusal("send_message", scope, channel=given, text="x")) == {"channel"}
    unknown, hidden = (
        refusal("send_message", scope, channel=given, text="x")["channel"]
        for given in ("#nope", "#secret")
    )
    assert unknown == [hidden[0].replace("secret", "nope")]
    assert "archived" in refusal("send_message", scope, channel="#support", text="x")["channel"][0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "required"),
        (" \n", "required"),
        ("{{ nope }}", 'unknown variable "nope"'),
        ("{{ link|name }}", "link"),
        ("x" * 12_001, "at most 12000 characters"),
        (None, "required"),
        (["x"], "text"),
    ],
    ids=["empty", "blank", "unknown", "format", "long", "null", "list"],
)
def test_a_text_that_cannot_be_is_refused(scope, support, text, says):
    (problem,) = refusal("send_message", scope, channel="#support", text=text)["text"]

    assert says in problem


def test_a_text_keeps_its_variables_and_its_lines(scope, support):
    text = "{{ link }}\r\n{{ agent }} {{ agent|email }}"

    cleaned = clean("send_message", scope, channel="#support", text=text)

    assert cleaned["text"] == text.replace("\r\n", "\n")


def test_a_person_is_kept_by_member_id_or_as_the_variable(scope, bob):
    for given, kept in [
        (bob.email, bob.member_id),
        (bob.email.upper(), bob.member_id),
        (bob.member_id, bob.member_id),
        ("{{agent}}", "{{ agent }}"),
    ]:
        assert clean("send_message_to_person", scope, person=given, text="x")["person"] == kept


@pytest.mark.parametrize(
    "given", ["", "nobody@example.org", "U999999999", "{{ nope }}", "{{ link }}", "{{ agent }}!", 5]
)
def test_a_person_who_cannot_be_is_refused(scope, given):
    assert set(refusal("send_message_to_person", scope, person=given, text="x")) == {"person"}


def test_a_person_who_left_is_refused(scope, bob, dana):
    deactivate_member(member=bob, by=dana)

    assert "person" in refusal("send_message_to_person", scope, person=bob.email, text="x")


@pytest.mark.parametrize("seconds", [1, 3600, "60", 365 * 86400])
def test_a_wait_is_whole_seconds_up_to_a_year(scope, seconds):
    assert clean("wait", scope, seconds=seconds) == {"seconds": int(seconds)}


@pytest.mark.parametrize("seconds", [0, -1, 1.5, True, "1.5", "soon", None, 365 * 86400 + 1, []])
def test_a_wait_of_anything_else_is_refused(scope, seconds):
    assert set(refusal("wait", scope, seconds=seconds)) == {"seconds"}


def test_unknown_and_missing_settings_are_named(scope):
    assert set(refusal("wait", scope, minutes=1)) == {"minutes", "seconds"}
    with pytest.raises(ValidationError, match="object"):
        clean_config(step_kinds.find("wait"), ["seconds"], scope)


# --- What a run shows and gives -------------------------------------------------------------------


def test_a_message_shows_where_and_what_and_gives_its_key(alice, support):
    variables = [{"key": "link", "kind": "text"}]
    step = say(support, "*See* {{ link }}")

    run = start(make_live(alice, variables=variables, steps=[step]), link="*https://x.example*")

    (row,) = run.step_runs.all()
    assert row.input == {"channel": "#support", "text": "See *https://x.example*"}
    assert row.output == {"message": support.messages.get().pk}
    assert texts(support) == ["See *https://x.example*"]


def test_a_message_to_a_person_shows_whom_and_gives_its_key(alice, bob):
    live = make_live(alice, variables=[AGENT], steps=[tell_person("{{ agent }}")])

    run = start(live, agent=bob.member_id)

    (row,) = run.step_runs.all()
    direct = direct_channel(member=bob, other=live.app)
    assert row.input == {"person": "Bob", "text": "Hello"}
    assert row.output == {"message": direct.messages.get().pk}


def test_a_wait_shows_how_long(alice):
    run = start(make_live(alice, steps=[WAIT]))

    assert (run.step_runs.get().input, run.step_runs.get().output) == ({"seconds": 60}, {})


@pytest.mark.parametrize("kind", ["send_message", "send_message_to_person", "wait"])
def test_a_step_gives_what_it_declares(alice, bob, support, kind):
    config = {
        "send_message": say(support, "x"),
        "send_message_to_person": tell_person(bob.email),
        "wait": WAIT,
    }[kind]

    run = start(make_live(alice, steps=[config]))

    assert set(run.step_runs.get().output) == set(step_kinds.find(kind).outputs)


def test_settings_are_exported_as_a_file_has_them(scope, bob, support):
    for kind, config in [
        ("send_message", {"channel": "#support", "text": "x"}),
        ("send_message_to_person", {"person": "{{ agent }}", "text": "x"}),
        ("send_message_to_person", {"person": bob.email, "text": "x"}),
        ("wait", {"seconds": 5}),
    ]:
        found = step_kinds.find(kind)

        assert found.exported(clean_config(found, config, scope)) == config


def test_a_member_variable_that_names_nobody_reaches_nobody():
    context = RunContext(run_id="R", app=None, publisher=None, values={}, now=timezone.now())
    field = step_kinds.find("send_message_to_person").fields()["person"]

    with pytest.raises(StepFailed) as failed:
        field.fill(field.prepare("{{ agent }}"), context)

    assert str(failed.value.sentence).endswith("“agent” was empty.")


def test_a_wait_pauses_and_other_steps_do_not(alice):
    wait = step_kinds.find("wait")

    now = timezone.now()
    assert wait.resume_at({"seconds": 90}, now) - now == datetime.timedelta(seconds=90)
    assert step_kinds.find("send_message").resume_at({}, now) is None
