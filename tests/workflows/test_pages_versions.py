"""Publishing from its review, the list of versions, what differs, and one put into the draft."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from messaging.models import Member
from messaging.services import archive_channel
from tests.builders import (
    make_channel,
    make_draft,
    make_live,
    make_step,
    make_variable,
    make_workflow,
    message_step,
    told,
)
from tests.pages import page, post
from tests.workflows.runs import WAIT, start
from workflows.models import Step, Variable, Workflow
from workflows.services import (
    DraftChanged,
    add_manager,
    draft_digest,
    publish_workflow,
    restore_version,
    set_details,
    set_steps,
    unpublish_workflow,
)


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support, name="Tickets", text="First text")


# --- The review -----------------------------------------------------------------------------------


def test_the_first_publication_says_what_it_makes_and_fixes(her, alice, support):
    draft = make_workflow(alice, channel=support)
    shown = page(her, "workflows:publish", draft.pk)
    assert "What version 1 does" in shown
    assert "#support" in shown
    assert "2 members." in shown
    assert "Makes the secret request URL." in shown
    assert "What starts it is fixed from then on." in shown


def test_a_shortcut_has_no_word_on_a_url(her, alice, support):
    trigger = {"trigger_kind": "shortcut", "trigger_config": {"channel": support.channel_id}}
    shortcut = make_live(alice, variables=[], text="hi", channel=support, **trigger)
    pages = [
        page(her, f"workflows:{route}", shortcut.pk) for route in ("publish", "detail", "delete")
    ]
    unpublish_workflow(workflow=shortcut, by=alice)
    pages.append(page(her, "workflows:publish", shortcut.pk))
    for shown in pages:
        assert "URL" not in shown
    assert "It leaves the shortcuts of its channel." in pages[1]


def test_a_change_says_who_waits_who_is_told_and_what_stays(her, alice, bob, support):
    live = make_live(alice, channel=support, steps=[WAIT])
    add_manager(workflow=live, member=bob, by=alice)
    start(live)
    set_steps(workflow=live, by=alice, steps=[message_step(support, "New")])
    shown = page(her, "workflows:publish", live.pk)
    assert "What changes with version 2" in shown
    assert "The request URL stays the same." in shown
    assert "1 run that is waiting finishes on version 1." in shown
    assert "Told of it: Bob." in shown


def test_problems_lead_to_their_places_and_there_is_no_publish_button(her, alice, support):
    draft = make_workflow(alice, channel=support)
    archive_channel(channel=support, by=alice)
    step = draft.steps.get()
    shown = page(her, "workflows:publish", draft.pk)
    assert "1 thing to correct first" in shown
    assert f'href="/workflows/{draft.pk}/edit#s{step.pk}-channel"' in shown
    assert "Correct it" in shown
    assert '<button class="btn btn-primary"' not in shown


def test_each_problem_names_its_step_or_variable_and_leads_there(her, alice, support):
    draft = make_draft("Tickets", by=alice)
    row = make_variable(draft, "weight", kind="number", default="heavy")
    first = make_step(draft, "send_message", channel=support.channel_id, text="hi")
    second = make_step(draft, "wait", seconds=None)
    text = make_step(draft, "send_message", channel=support.channel_id)
    shown = page(her, "workflows:publish", draft.pk)
    edit = f"/workflows/{draft.pk}/edit"
    listed = re.findall(rf'<li><a href="({edit}#[^"]*)">([^<]*)</a></li>', shown)
    assert listed == [
        (f"{edit}#v{row.pk}-default", "Variable weight: “heavy” is not of the kind “Number”."),
        (f"{edit}#s{second.pk}-seconds", "Step 2: Say how long."),
        (f"{edit}#s{text.pk}-text", "Step 3: Write the message."),
    ]
    assert f"#s{first.pk}" not in shown


def test_a_required_variable_can_be_made_optional_from_the_warning(her, live):
    variable = make_variable(live, "order_number", required=True)
    assert "Make it optional" in page(her, "workflows:publish", live.pk)
    post(her, "workflows:make_optional", live.pk, variable.pk)
    variable.refresh_from_db()
    assert not variable.required
    assert "Senders may break." not in page(her, "workflows:publish", live.pk)


def test_nothing_to_publish_is_said(her, live):
    shown = page(her, "workflows:publish", live.pk)
    assert "The draft is the same as version 1." in shown
    assert '<button class="btn btn-primary"' not in shown


def test_what_was_unpublished_is_published_again_as_it_was(her, alice, live):
    unpublish_workflow(workflow=live, by=alice)
    assert '<button class="btn btn-primary"' in page(her, "workflows:publish", live.pk)
    post(her, "workflows:publish", live.pk)
    live.refresh_from_db()
    assert live.is_published


def test_the_other_managers_are_told_of_each_publication_once(her, alice, bob, live):
    add_manager(workflow=live, member=bob, by=alice)
    set_details(workflow=live, by=alice, name="Tickets", description="x")
    post(her, "workflows:publish", live.pk, note="Shorter\nthan before")
    notices = [one.text for one in told(bob)][1:]
    assert len(notices) == 1
    assert "Alice published version 2 of “Tickets”: Shorter than before" in notices[0]
    assert told(alice) == []


def test_a_draft_that_changed_since_the_review_is_not_published(her, alice, live):
    set_details(workflow=live, by=alice, name="Tickets", description="seen")
    reviewed = draft_digest(live)
    set_details(workflow=live, by=alice, name="Tickets", description="not seen")
    shown = post(her, "workflows:publish", live.pk, reviewed=reviewed).content.decode()
    assert "The draft was changed while you looked at it." in shown
    assert "not seen" in shown
    assert live.versions.count() == 1
    post(her, "workflows:publish", live.pk, reviewed=draft_digest(live))
    assert live.versions.count() == 2


def test_a_note_that_is_too_long_is_said(her, alice, live):
    set_details(workflow=live, by=alice, name="Tickets", description="x")
    shown = post(her, "workflows:publish", live.pk, note="x" * 251).content.decode()
    assert "at most 250 characters" in shown
    assert live.versions.count() == 1


def test_the_review_costs_the_same_whatever_the_draft_holds(
    her, alice, live, support, django_assert_max_num_queries
):
    def count():
        with django_assert_max_num_queries(100) as queries:
            page(her, "workflows:publish", live.pk)
        return len(queries)

    set_steps(workflow=live, by=alice, steps=[message_step(support, "x")])
    page(her, "workflows:publish", live.pk)
    few = count()
    channels = [make_channel(by=alice) for _number in range(8)]
    set_steps(workflow=live, by=alice, steps=[message_step(one) for one in channels])
    for number in range(8):
        make_variable(live, f"more_{number}")
        publish_workflow(workflow=live, by=alice)
    set_steps(workflow=live, by=alice, steps=[message_step(one, "y") for one in channels])
    assert count() == few


# --- Versions -------------------------------------------------------------------------------------


def second_version(workflow, by, support):
    set_steps(workflow=workflow, by=by, steps=[message_step(support, "Second text")])
    return publish_workflow(workflow=workflow, by=by, note="Another text")


def test_versions_are_listed_with_who_when_and_note(her, alice, live, support):
    second_version(live, alice, support)
    shown = page(her, "workflows:versions", live.pk)
    for word in ("Version 2", "Version 1", "Live", "Today", "Alice", "Another text"):
        assert word in shown
    assert reverse("workflows:restore_version", args=[live.pk, 1]) in shown
    assert reverse("workflows:restore_version", args=[live.pk, 2]) not in shown


def test_two_versions_are_compared(her, alice, live, support):
    second_version(live, alice, support)
    shown = page(her, "workflows:versions", live.pk, **{"from": "1", "to": "2"})
    assert "From version 1 to version 2" in shown
    assert "<b>First</b> text" in shown
    assert "<b>Second</b> text" in shown


def test_a_version_is_compared_with_the_draft(her, alice, live):
    set_details(workflow=live, by=alice, name="Other name")
    shown = page(her, "workflows:versions", live.pk, **{"from": "1", "to": "draft"})
    assert "From version 1 to the draft" in shown
    assert "Other" in shown
    assert "There is no difference." in page(
        her, "workflows:versions", live.pk, **{"from": "1", "to": "1"}
    )


@pytest.mark.parametrize(
    "asked", [{"from": "9"}, {"from": "x"}, {"from": "1", "to": "7"}, {"from": "9" * 40}]
)
def test_versions_that_there_are_not_are_not_found(her, live, asked):
    page(her, "workflows:versions", live.pk, code=404, **asked)


def test_many_versions_come_page_by_page(her, alice, live):
    for number in range(25):
        set_details(workflow=live, by=alice, name=f"Name {number}")
        publish_workflow(workflow=live, by=alice)
    assert "Version 6<" not in page(her, "workflows:versions", live.pk)
    assert "Version 6<" in page(her, "workflows:versions", live.pk, before="7")
    page(her, "workflows:versions", live.pk, before="x" * 30)


# --- Restoring ------------------------------------------------------------------------------------


def test_restoring_puts_a_version_into_the_draft_and_leaves_what_is_live(her, alice, live, support):
    first = live.published_version
    second = second_version(live, alice, support)
    answer = post(her, "workflows:restore_version", live.pk, 1)
    assert answer.headers["Location"] == reverse("workflows:edit", args=[live.pk])
    live = Workflow.objects.get()
    assert live.definition() == first.definition
    assert live.published_version == second
    assert live.status == Workflow.Status.CHANGED


def test_the_review_says_what_the_draft_loses(her, alice, live, support):
    second_version(live, alice, support)
    assert "Nothing is lost" in page(her, "workflows:restore_version", live.pk, 1)
    set_details(workflow=live, by=alice, name="Tickets", description="unpublished")
    shown = page(her, "workflows:restore_version", live.pk, 1)
    assert "The draft holds changes that no version has." in shown
    assert "unpublished" in shown
    assert Workflow.objects.get().description == "unpublished"


def test_what_somebody_saved_meanwhile_is_not_overwritten(her, alice, live, support):
    second_version(live, alice, support)
    reviewed = draft_digest(live)
    set_details(workflow=live, by=alice, name="Tickets", description="saved meanwhile")
    shown = post(her, "workflows:restore_version", live.pk, 1, reviewed=reviewed).content.decode()
    assert "Nothing was restored." in shown
    assert Workflow.objects.get().description == "saved meanwhile"
    with pytest.raises(DraftChanged):
        restore_version(workflow=live, version=live.published_version, by=alice, reviewed=reviewed)


def test_variables_that_stay_keep_their_rows_and_others_come_and_go(alice, live):
    kept = live.variables.get(key="support_ticket_link")
    make_variable(live, "new")
    live.variables.get(key="assigned_support_agent").delete()
    Variable.objects.filter(pk=kept.pk).update(kind="number", typed_key="can't be")
    restore_version(workflow=live, version=live.published_version, by=alice)
    kept.refresh_from_db()
    assert (kept.kind, kept.typed_key, kept.saved_by) == ("text", None, alice)
    assert [one.key for one in live.variables.all()] == [
        "support_ticket_link",
        "assigned_support_agent",
    ]
    live = Workflow.objects.get()
    assert live.definition() == live.published_version.definition


def test_a_version_whose_channel_is_gone_is_restored_and_not_published(her, alice, live, support):
    archive_channel(channel=support, by=alice)
    live.steps.all().delete()
    post(her, "workflows:restore_version", live.pk, 1)
    assert Step.objects.get().config["channel"] == support.channel_id
    assert "is archived" in page(her, "workflows:publish", live.pk)


def test_who_is_not_in_a_private_channel_neither_sees_nor_publishes_it_by_restoring(
    alice, bob, charlie, secret, support, signed_in
):
    live = make_live(alice, channel=secret)
    second_version(live, alice, support)
    add_manager(workflow=live, member=charlie, by=alice)
    his = signed_in(charlie)
    assert "secret" not in page(his, "workflows:restore_version", live.pk, 1)
    assert "secret" not in page(his, "workflows:versions", live.pk, **{"from": "1", "to": "2"})
    post(his, "workflows:restore_version", live.pk, 1)
    assert "You cannot post in this channel." in page(his, "workflows:publish", live.pk)
    post(his, "workflows:publish", live.pk)
    assert live.versions.count() == 2


def test_only_managers_restore(live, charlie, dana):
    for stranger in (charlie, dana):
        with pytest.raises(PermissionDenied):
            restore_version(workflow=live, version=live.published_version, by=stranger)


def test_a_version_of_another_workflow_is_not_found(her, alice, live, support):
    other = make_live(alice, channel=support)
    second_version(other, alice, support)
    page(her, "workflows:restore_version", live.pk, 2, code=404)


def test_steps_are_written_as_the_reader_s_language_writes_them(her, alice, support):
    draft = make_draft(by=alice)
    set_steps(workflow=draft, by=alice, steps=[message_step(support, "<b>&")])
    Member.objects.update(language="fr")
    shown = her.get(f"/workflows/{draft.pk}/publish").content.decode()
    assert "Étape 1\N{NO-BREAK SPACE}: Envoyer un message dans un canal" in shown
