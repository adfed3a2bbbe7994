"""Saving a draft as it is typed: wrong settings are kept, and nobody's work is undone unseen."""

import html
import json

import pytest
from django.utils import translation

from tests.builders import make_channel, make_draft, make_live, make_step, make_variable
from tests.workflows.draft_edits import SCRIPT, message, of, save, wait
from workflows.services import add_manager, set_variables
from workflows.services.arranging import remove_part


@pytest.fixture
def workflow(alice, bob, support):
    """A draft of Alice and Bob with a message and a wait."""
    made = make_draft("Tickets", by=alice)
    add_manager(workflow=made, member=bob, by=alice)
    make_variable(made, "link", example="https://desk.example/1")
    make_variable(made, "agent", kind="member")
    make_step(made, "send_message", channel=support.channel_id, text="New {{ link }}")
    make_step(made, seconds=3600)
    return made


@pytest.fixture
def his(signed_in, bob):
    """The browser of Bob."""
    return signed_in(bob)


# --- Steps ----------------------------------------------------------------------------------------


def test_a_field_is_saved_with_who_and_when(her, alice, workflow):
    answer = save(her, workflow, of(message(workflow)), text=("New {{ link }}", "Hello\r\nyou"))
    step = message(workflow)
    assert step.config["text"] == "Hello\nyou"
    assert step.saved_by == alice
    assert answer["stored"]["text"]["base"] == "Hello\nyou"
    assert "Draft saved" in answer["state"]
    assert answer["flags"] == {}


def test_a_wrong_setting_is_stored_and_flagged_never_lost(her, workflow):
    step = message(workflow)
    base = step.config["channel"]
    answer = save(her, workflow, of(step), channel=(base, "#nowhere"))
    assert message(workflow).config == {"channel": "#nowhere", "text": "New {{ link }}"}
    assert "There is no channel “#nowhere”" in answer["flags"][f"s{step.pk}-channel"]
    assert "1 thing to correct" in answer["state"]


def test_what_names_a_channel_or_person_is_stored_by_its_id_and_shown_by_its_name(
    her, workflow, alice, charlie
):
    other = make_channel("tickets", by=alice)
    step = message(workflow)
    answer = save(her, workflow, of(step), channel=(step.config["channel"], "tickets"))
    assert message(workflow).config["channel"] == other.channel_id
    assert answer["stored"]["channel"] == {
        "base": other.channel_id,
        "shown": "#tickets",
        "unit": "",
    }
    assert answer["notes"][f"s{step.pk}-channel"].startswith("1 member is in it.")
    person = make_step(workflow, "send_message_to_person", text="Hi")
    for typed in ("Charlie, charlie@example.org", "CHARLIE@example.org", charlie.member_id):
        person.config = {"text": "Hi"}
        person.save()
        save(her, workflow, of(person), person=("", typed))
        person.refresh_from_db()
        assert person.config["person"] == charlie.member_id
    save(her, workflow, of(person), person=(charlie.member_id, "{{agent}}"))
    person.refresh_from_db()
    assert person.config["person"] == "{{ agent }}"


def test_an_emptied_field_is_not_chosen_any_more(her, workflow):
    step = message(workflow)
    save(her, workflow, of(step), channel=(step.config["channel"], ""))
    assert message(workflow).config == {"text": "New {{ link }}"}


@pytest.mark.parametrize(
    ("typed", "unit", "stored", "shown"),
    [
        ("90", "minutes", 5400, ("90", "minutes")),
        ("1.5", "hours", 5400, ("90", "minutes")),
        ("1,5", "hours", 5400, ("90", "minutes")),
        ("2", "days", 172_800, ("2", "days")),
        ("45", "seconds", 45, ("45", "seconds")),
        ("0.3", "seconds", "0.3 seconds", ("0.3", "seconds")),
        ("soon", "hours", "soon hours", ("soon", "hours")),
        ("1e9999", "hours", "1e9999 hours", ("1e9999", "hours")),
        ("9" * 40, "hours", "9" * 40 + " hours", ("9" * 40, "hours")),
        ("NaN", "hours", "NaN hours", ("NaN", "hours")),
        ("", "hours", None, ("", "")),
    ],
)
def test_a_length_of_time_keeps_its_meaning(her, workflow, typed, unit, stored, shown):
    step = wait(workflow)
    data = {"base-seconds": "3600", "f-seconds": typed, "unit-seconds": unit}
    path = f"/workflows/{workflow.pk}/edit/{of(step)}"
    answer = her.post(path, data, headers=SCRIPT).json()["stored"]["seconds"]
    assert wait(workflow).config.get("seconds") == stored
    assert (answer["shown"], answer["unit"]) == shown


def test_the_button_of_a_guess_applies_it(her, workflow):
    step = message(workflow)
    data = {
        "base-text": step.config["text"],
        "f-text": "{{ linc }} and {{linc|name}}, {{ link }}",
        "use": "text|linc|link",
    }
    answer = her.post(f"/workflows/{workflow.pk}/edit/{of(step)}", data)
    assert answer.headers["Location"] == f"/workflows/{workflow.pk}/edit#s{step.pk}"
    assert message(workflow).config["text"] == "{{ link }} and {{ link|name }}, {{ link }}"


def test_characters_that_no_database_stores_are_replaced(her, workflow):
    step = message(workflow)
    save(her, workflow, of(step), text=(step.config["text"], "a\x00b"))
    assert message(workflow).config["text"] == "a\ufffdb"


def test_a_channel_that_the_editor_may_not_see_stays_as_it_is(
    workflow, alice, bob, charlie, signed_in, secret
):
    step = message(workflow)
    step.config["channel"] = secret.channel_id
    step.save()
    add_manager(workflow=workflow, member=charlie, by=alice)
    data = {
        "base-channel": secret.channel_id,
        "f-channel": "a channel that you are not in",
        "shown-channel": "a channel that you are not in",
        "base-text": step.config["text"],
        "f-text": "Changed",
    }
    signed_in(charlie).post(f"/workflows/{workflow.pk}/edit/{of(step)}", data)
    assert message(workflow).config == {"channel": secret.channel_id, "text": "Changed"}


# --- Two people -----------------------------------------------------------------------------------


def test_the_second_save_shows_what_the_other_changed(her, his, workflow):
    step = message(workflow)
    was = step.config["text"]
    save(his, workflow, of(step), text=(was, "New {{ link }}\nFrom Bob"))
    answer = save(her, workflow, of(step), 409, text=(was, "New {{ link }}\nFrom Alice"))
    assert message(workflow).config["text"] == "New {{ link }}\nFrom Bob"
    conflict = html.unescape(answer["conflict"])
    assert "Bob saved step 1 while you were writing" in conflict
    assert "From Alice" in conflict
    assert "From Bob" in conflict
    assert "Keep mine" in conflict
    assert "Take theirs" in conflict


def test_keep_mine_saves_over_what_was_seen(her, his, workflow):
    step = message(workflow)
    save(his, workflow, of(step), text=(step.config["text"], "Bob's"))
    save(her, workflow, of(step), text=("Bob's", "Alice's"))
    assert message(workflow).config["text"] == "Alice's"


def test_the_same_words_and_other_fields_are_no_conflict(her, his, workflow):
    step, other = message(workflow), make_channel("tickets")
    save(his, workflow, of(step), text=(step.config["text"], "Same"))
    save(her, workflow, of(step), text=(step.config["text"], "Same"))
    save(her, workflow, of(step), channel=(step.config["channel"], "#tickets"))
    assert message(workflow).config == {"channel": other.channel_id, "text": "Same"}


def test_what_is_no_conflict_is_saved_beside_one_that_is(her, his, workflow):
    step, other = message(workflow), make_channel("tickets")
    save(his, workflow, of(step), text=(step.config["text"], "Bob's"))
    fields = {
        "text": (step.config["text"], "Alice's"),
        "channel": (step.config["channel"], "#tickets"),
    }
    save(her, workflow, of(step), 409, **fields)
    assert message(workflow).config == {"channel": other.channel_id, "text": "Bob's"}


def test_without_a_script_the_page_shows_the_conflict_with_real_buttons(her, his, workflow):
    step = message(workflow)
    save(his, workflow, of(step), text=(step.config["text"], "Bob's"))
    data = {"base-text": step.config["text"], "f-text": "Alice's"}
    answer = her.post(f"/workflows/{workflow.pk}/edit/{of(step)}", data)
    assert answer.status_code == 409
    page = html.unescape(answer.content.decode())
    assert "Bob saved step 1 while you were writing" in page
    assert 'name="base-text" value="Bob\'s"' in page
    data = {"base-text": "Bob's", "f-text": "Alice's"}
    assert her.post(f"/workflows/{workflow.pk}/edit/{of(step)}", data).status_code == 302
    assert message(workflow).config["text"] == "Alice's"


def test_a_length_of_time_in_a_conflict_keeps_its_unit(her, his, workflow):
    path = f"/workflows/{workflow.pk}/edit/{of(wait(workflow))}"
    mine = {"base-seconds": "3600", "f-seconds": "2", "unit-seconds": "days"}
    his.post(path, {**mine, "f-seconds": "3"}, headers=SCRIPT)
    conflict = her.post(path, mine, headers=SCRIPT).json()["conflict"]
    assert "2 days" in conflict
    assert "3 days" in conflict
    assert 'name="unit-seconds"' in conflict


def test_a_part_that_was_removed_meanwhile_is_said_so(her, bob, workflow):
    step = message(workflow)
    remove_part(workflow=workflow, part="step", key=step.pk, by=bob)
    answer = save(her, workflow, of(step), 410, text=(step.config["text"], "Late"))
    assert "Bob removed this step while you were writing." in answer["gone"]
    assert "Bring it back with my changes" in answer["gone"]
    variable = workflow.variables.get(key="link")
    remove_part(workflow=workflow, part="variable", key=variable.pk, by=bob)
    answer = save(her, workflow, of(variable), 410, key=("link", "lin"))
    assert "Bob removed this variable" in answer["gone"]
    data = {"base-key": "link", "f-key": "lin"}
    plain = her.post(f"/workflows/{workflow.pk}/edit/{of(variable)}", data, follow=True)
    assert "Bob removed this variable" in plain.content.decode()
    assert "Undo" in plain.content.decode()


# --- Variables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "Give it a key"),
        ("agent", "Another variable has the key “agent”."),
        ("1st", "A key begins with a letter"),
        ("my link", "A key holds only the letters"),
        ("lién", "A key holds only the letters"),
        ("x" * 65, "at most 64 characters"),
    ],
)
def test_what_can_be_no_key_is_kept_as_typed_and_the_last_good_one_counts(
    her, workflow, key, sentence
):
    row = workflow.variables.get(key="link")
    answer = save(her, workflow, of(row), key=("link", key))
    row.refresh_from_db()
    assert (row.key, row.typed_key) == ("link", key)
    assert sentence in html.unescape(answer["flags"][f"v{row.pk}-key"])
    assert '"link"' in answer["example"]
    answer = save(her, workflow, of(row), key=(key, "url"))
    row.refresh_from_db()
    assert (row.key, row.typed_key) == ("url", None)
    assert f"v{row.pk}-key" not in answer["flags"]


def test_a_near_key_is_proposed_and_taken_by_its_button(her, workflow):
    row = workflow.variables.get(key="link")
    answer = save(her, workflow, of(row), key=("link", "the link!"))
    assert 'value="the_link"' in answer["flags"][f"v{row.pk}-key"]
    data = {"base-key": "the link!", "f-key": "the link!", "use": "the_link"}
    her.post(f"/workflows/{workflow.pk}/edit/{of(row)}", data)
    row.refresh_from_db()
    assert row.key == "the_link"


def test_kind_example_default_and_required_are_saved(her, workflow):
    row = workflow.variables.get(key="link")
    answer = save(
        her,
        workflow,
        of(row),
        kind=("text", "number"),
        example=("https://desk.example/1", "7"),
        default=("", "many"),
        required=("false", "on"),
    )
    row.refresh_from_db()
    assert (row.kind, row.example, row.default, row.required) == ("number", "7", "many", True)
    assert "is not of the kind" in answer["flags"][f"v{row.pk}-default"]
    assert '"link": 7' in answer["example"]
    save(her, workflow, of(row), required=("true", None))
    row.refresh_from_db()
    assert row.required is False


def test_two_people_on_one_variable_conflict_by_field(her, his, workflow):
    row = workflow.variables.get(key="link")
    save(his, workflow, of(row), required=("false", "on"), default=("", "b"))
    answer = save(her, workflow, of(row), 409, default=("", "a"))
    assert "Bob saved the variable link while you were writing" in answer["conflict"]
    save(her, workflow, of(row), required=("false", "on"))


def test_a_renamed_key_is_offered_to_be_written_into_the_steps(her, workflow):
    row = workflow.variables.get(key="link")
    answer = save(her, workflow, of(row), key=("link", "url"))
    assert "Step 1 still uses link." in answer["offer"]
    assert "There is no variable “link”." in answer["flags"][f"s{message(workflow).pk}-text"]
    her.post(f"/workflows/{workflow.pk}/edit/rename", {"old": "link", "new": "url"})
    assert message(workflow).config["text"] == "New {{ url }}"


def test_without_a_script_the_offer_is_on_the_page(her, workflow):
    row = workflow.variables.get(key="link")
    data = {"base-key": "link", "f-key": "url"}
    page = her.post(f"/workflows/{workflow.pk}/edit/{of(row)}", data, follow=True)
    assert "Step 1 still uses link." in page.content.decode()
    assert "Write url there too" in page.content.decode()


def test_nothing_is_renamed_to_what_is_no_variable(her, workflow):
    her.post(f"/workflows/{workflow.pk}/edit/rename", {"old": "link", "new": "}} <b>"})
    assert message(workflow).config["text"] == "New {{ link }}"


# --- Name, icon, trigger --------------------------------------------------------------------------


def test_name_description_and_icon_are_saved_and_bad_ones_refused(her, workflow):
    answer = save(her, workflow, "details", name=("Tickets", "Shop tickets"), icon=(":zap:", "🎫"))
    workflow.refresh_from_db()
    assert (workflow.name, workflow.icon) == ("Shop tickets", "🎫")
    assert "Shop tickets" in answer["title"]
    assert "name" in save(her, workflow, "details", 422, name=("Shop tickets", " "))["errors"]
    assert "icon" in save(her, workflow, "details", 422, icon=("🎫", ":nope:"))["errors"]
    workflow.refresh_from_db()
    assert (workflow.name, workflow.icon) == ("Shop tickets", "🎫")
    data = {"base-name": "Shop tickets", "f-name": "x" * 81}
    plain = her.post(f"/workflows/{workflow.pk}/edit/details", data)
    assert plain.status_code == 422
    assert "x" * 81 in plain.content.decode()


def test_two_names_conflict(her, his, workflow):
    save(his, workflow, "details", name=("Tickets", "Bob's"))
    answer = save(her, workflow, "details", 409, name=("Tickets", "Alice's"))
    assert "Bob saved the name" in answer["conflict"]


def test_a_triggers_channel_is_saved_as_typed(her, alice, support):
    workflow = make_draft(by=alice, trigger_kind="shortcut")
    save(her, workflow, "trigger", channel=("", "#support"))
    workflow.refresh_from_db()
    assert workflow.trigger_config == {"channel": support.channel_id}
    answer = save(her, workflow, "trigger", channel=(support.channel_id, "#nope"))
    assert "trigger-channel" in answer["flags"]
    workflow.refresh_from_db()
    assert workflow.trigger_config == {"channel": "#nope"}


def test_the_trigger_changes_until_the_first_publication(her, alice, workflow):
    path = f"/workflows/{workflow.pk}/edit/trigger/kind"
    her.post(path, {"kind": "shortcut"})
    workflow.refresh_from_db()
    assert workflow.trigger_kind == "shortcut"
    live = make_live(alice)
    page = her.post(f"/workflows/{live.pk}/edit/trigger/kind", {"kind": "shortcut"}, follow=True)
    assert "The trigger is fixed since the workflow was published." in page.content.decode()
    live.refresh_from_db()
    assert live.trigger_kind == "webhook"


# --- What is sent back ----------------------------------------------------------------------------


def test_the_answer_carries_no_request_url_and_no_markup_of_values(her, alice, support):
    live = make_live(alice, channel=support)
    step = live.steps.get()
    evil = "<img src=x onerror=alert(1)>"
    answer = save(her, live, of(step), channel=(step.config["channel"], evil))
    assert "<img" not in json.dumps(answer["flags"])
    assert "$REQUEST_URL" in answer["curl"]
    assert "/hooks/" not in json.dumps(answer)


def test_sentences_come_in_the_readers_language(her, alice, workflow):
    with translation.override("fr"):
        answer = save(her, workflow, of(wait(workflow)), seconds=("3600", ""))
    assert answer["flags"]


def test_a_draft_saved_by_other_means_is_no_conflict_for_nobody(her, alice, workflow):
    set_variables(workflow=workflow, by=alice, variables=[{"key": "link", "kind": "text"}])
    row = workflow.variables.get()
    save(her, workflow, of(row), 409, example=("https://desk.example/1", "x"))
