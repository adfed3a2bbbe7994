"""The workflow pages: what managers see and do there, and what nobody sees."""

import html
import json
import re

from cryptography.fernet import Fernet
from django.test import override_settings
from django.urls import reverse

from messaging.models import Message
from tests.builders import (
    make_draft,
    make_live,
    make_step,
    make_variable,
    make_workspace,
    message_step,
    told,
)
from tests.pages import page, post
from workflows.access import IS_SCRIPT
from workflows.models import Run, Variable, Workflow
from workflows.services import (
    add_manager,
    request_url,
    set_details,
)

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


# --- The workflow's page --------------------------------------------------------------------------


def test_the_page_masks_the_url_and_reveals_it_when_asked(her, alice):
    workflow = make_live(alice)
    url = request_url(workflow=workflow)
    shown = page(her, "workflows:detail", workflow.pk)
    assert url not in shown
    assert "/hooks/workflows/dhk_••••" in shown
    assert '"$REQUEST_URL"' in html.unescape(shown)
    revealed = post(her, "workflows:reveal", workflow.pk).content.decode()
    assert f'value="{url}"' in revealed
    assert f"curl -X POST {url}" in html.unescape(revealed)


def test_a_script_gets_the_url_as_data(her, alice):
    workflow = make_live(alice)
    path = reverse("workflows:reveal", args=[workflow.pk])
    answer = her.post(path, headers={IS_SCRIPT: "1"})
    assert answer.json()["url"] == request_url(workflow=workflow)
    assert answer.json()["url"] in answer.json()["curl"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]


def test_no_page_of_it_is_kept_or_told_to_others(her, alice):
    workflow = make_live(alice)
    for response in (
        her.get(workflow.get_absolute_url()),
        post(her, "workflows:reveal", workflow.pk),
    ):
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert '<meta name="referrer" content="no-referrer">' in response.content.decode()
        assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_a_url_that_no_key_reads_says_so_and_how_to_get_another(her, alice):
    workflow = make_live(alice)
    with override_settings(DECLIC_TOKEN_KEYS=[Fernet.generate_key().decode()]):
        shown = post(her, "workflows:reveal", workflow.pk).content.decode()
        path = reverse("workflows:reveal", args=[workflow.pk])
        told_script = her.post(path, headers={IS_SCRIPT: "1"})
    assert "It still works." in shown
    assert told_script.status_code == 409


def test_a_draft_shows_what_is_left_to_correct(her, alice, support):
    workflow = make_draft(by=alice, steps=[message_step(support)])
    make_step(workflow, "send_message", channel=support.channel_id, text="{{ suport_link }}")
    make_step(workflow, "gone_kind", what="ever")
    shown = page(her, "workflows:detail", workflow.pk)
    assert "unknown variable" in shown
    assert "gone_kind" in shown
    assert "#support" in shown
    assert "Publishing makes the secret request URL" in shown


def test_a_channel_in_a_step_leads_there_for_who_may_see_it(
    her, alice, bob, charlie, secret, signed_in
):
    workflow = make_live(alice, channel=secret)
    add_manager(workflow=workflow, member=charlie, by=alice)
    link = f'<dd class="lines"><a href="{secret.get_absolute_url()}">'
    assert link in page(her, "workflows:detail", workflow.pk)
    assert secret.get_absolute_url() not in page(
        signed_in(charlie), "workflows:detail", workflow.pk
    )


def test_the_page_of_a_live_one_shows_the_command_of_a_draft_the_example(her, alice):
    checked = re.compile(r'id="(as-\w+)" checked')
    assert checked.findall(page(her, "workflows:detail", make_live(alice).pk)) == ["as-curl"]
    assert checked.findall(page(her, "workflows:detail", make_draft(by=alice).pk)) == ["as-json"]


def test_what_people_named_stays_text(her, alice, support):
    workflow = make_draft(
        HOSTILE[:80], by=alice, description=HOSTILE, steps=[message_step(support, HOSTILE)]
    )
    make_variable(workflow, "it", example=HOSTILE, default=HOSTILE)
    names = ("detail", "publish", "managers", "delete")
    paths = [reverse(f"workflows:{name}", args=[workflow.pk]) for name in names]
    pages = [her.get(path).content.decode() for path in (reverse("workflows:list"), *paths)]
    for shown in pages:
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
    assert "&lt;script&gt;alert" in pages[1]


def test_publishing_from_the_page(her, alice, support):
    workflow = make_draft(by=alice, steps=[message_step(support)])
    assert "#support" in page(her, "workflows:publish", workflow.pk)
    post(her, "workflows:publish", workflow.pk, note="First")
    workflow.refresh_from_db()
    assert workflow.is_published
    assert workflow.published_version.note == "First"


def test_publishing_what_is_not_right_lists_what_to_correct(her, alice):
    workflow = make_draft(by=alice)
    shown = post(her, "workflows:publish", workflow.pk).content.decode()
    assert "1 thing to correct first" in shown
    assert "Add at least one step." in shown


def test_unpublishing_from_the_page_asks_first(her, alice):
    workflow = make_live(alice)
    assert "Connected services get 404 from then on" in page(her, "workflows:detail", workflow.pk)
    post(her, "workflows:unpublish", workflow.pk)
    assert Workflow.objects.get().status == Workflow.Status.UNPUBLISHED


def test_a_test_request_posts_and_shows_the_answer_and_the_run(her, alice):
    workflow = make_live(alice)
    answer = post(her, "workflows:test", workflow.pk)
    run = Run.objects.get()
    assert answer.headers["Location"] == f"{workflow.get_absolute_url()}?test={run.run_id}#test"
    shown = html.unescape(her.get(answer.headers["Location"]).content.decode())
    assert '{"ok": true, "run": "' + run.run_id in shown
    assert run.get_absolute_url() in shown
    assert Message.objects.filter(app=workflow.app).count() == 1
    refused = html.unescape(post(her, "workflows:test", workflow.pk).content.decode())
    assert "The sender would have got 429" in refused


def test_the_export_is_the_draft_as_a_file(her, alice, support):
    workflow = make_live(alice, channel=support)
    response = her.get(reverse("workflows:export", args=[workflow.pk]))
    assert "attachment" in response.headers["Content-Disposition"]
    assert json.loads(response.content)["steps"][0]["config"]["channel"] == "#support"
    assert b"dhk_" not in response.content


def test_copying_and_deleting_from_the_page(her, alice):
    workflow = make_live(alice, name="Tickets")
    post(her, "workflows:copy", workflow.pk)
    assert Workflow.objects.filter(name="Copy of Tickets").exists()
    assert (
        "This is not its name."
        in post(her, "workflows:delete", workflow.pk, name="x").content.decode()
    )
    post(her, "workflows:delete", workflow.pk, name="Tickets")
    assert not Workflow.objects.filter(name="Tickets").exists()


# --- Managers -------------------------------------------------------------------------------------


def test_managers_are_added_by_name_or_address_and_told(her, alice, bob, gus):
    workflow = make_draft(by=alice)
    post(her, "workflows:managers", workflow.pk, person="Bob")
    assert list(workflow.managers.order_by("pk")) == [alice, bob]
    assert len(told(bob)) == 1
    refused = post(her, "workflows:managers", workflow.pk, person=gus.email).content.decode()
    assert "cannot manage workflows" in html.unescape(refused)


def test_the_last_manager_cannot_leave(her, alice):
    workflow = make_draft(by=alice)
    shown = post(her, "workflows:remove_manager", workflow.pk, alice.member_id).content.decode()
    assert "The last manager cannot be removed. Add another one first." in shown
    assert workflow.managers.exists()


def test_after_a_refused_removal_add_adds(her, alice, bob):
    workflow = make_draft(by=alice)
    shown = post(her, "workflows:remove_manager", workflow.pk, alice.member_id).content.decode()
    here = reverse("workflows:managers", args=[workflow.pk])
    form = re.search(r'<form class="people-add"[^>]*>', shown)[0]
    assert f'action="{here}"' in form
    assert f'href="{here}" data-close>Stay' in shown
    her.post(re.search(r'action="([^"]+)"', form)[1], {"person": "Bob"})
    assert list(workflow.managers.order_by("pk")) == [alice, bob]


def test_a_manager_is_added_by_what_the_list_of_names_offers(her, alice, bob):
    workflow = make_draft(by=alice)
    offered = "Bob, bob@example.org"
    assert f'<option value="{offered}">' in page(her, "workflows:managers", workflow.pk)
    post(her, "workflows:managers", workflow.pk, person=offered)
    assert bob in workflow.managers.all()
    post(her, "workflows:managers", workflow.pk, person=offered)
    assert "Bob was a manager already." in page(her, "workflows:managers", workflow.pk)
    assert len(told(bob)) == 1


def test_who_is_removed_is_told_and_who_leaves_is_not(her, alice, bob, signed_in):
    workflow = make_draft("Tickets", by=alice)
    add_manager(workflow=workflow, member=bob, by=alice)
    assert "Bob can then no longer see or edit this workflow" in page(
        her, "workflows:managers", workflow.pk
    )
    post(her, "workflows:remove_manager", workflow.pk, bob.member_id)
    assert "Alice removed you from the managers" in told(bob)[-1].text
    page(signed_in(bob), "workflows:managers", workflow.pk, code=404)
    add_manager(workflow=workflow, member=bob, by=alice)
    answer = post(her, "workflows:remove_manager", workflow.pk, alice.member_id)
    assert answer.headers["Location"] == reverse("workflows:list")
    assert told(alice) == []


def test_who_loses_the_right_to_build_keeps_managing(her, alice):
    workflow = make_live(alice, name="Tickets")
    make_workspace(who_may_build="chosen", who_may_build_webhooks="chosen")
    for name in ("detail", "edit", "publish", "versions", "managers", "regenerate", "runs"):
        page(her, f"workflows:{name}", workflow.pk)
    set_details(workflow=workflow, by=alice, name="Changed")
    post(her, "workflows:publish", workflow.pk)
    workflow.refresh_from_db()
    assert workflow.published_version.number == 2
    post(her, "workflows:copy", workflow.pk)
    assert Workflow.objects.count() == 1


def test_an_admin_comes_in_through_the_page_about_it(alice, dana, signed_in):
    workflow, his = make_live(alice), signed_in(dana)
    page(his, "workflows:detail", workflow.pk, code=404)
    assert "Add me as a manager" in page(his, "workflows:about", workflow.app_id)
    post(his, "workflows:join", workflow.pk)
    page(his, "workflows:detail", workflow.pk)


# --- About ----------------------------------------------------------------------------------------


def test_the_page_about_it_shows_members_what_is_live_and_no_secret(alice, charlie, signed_in):
    workflow = make_live(alice, name="Live name", description="Live words")
    set_details(workflow=workflow, by=alice, name="Draft name", description="Draft words")
    shown = page(signed_in(charlie), "workflows:about", workflow.app_id)
    assert "Live name" in shown
    assert "Live words" in shown
    assert "Alice" in shown
    assert "Draft" not in shown
    assert "hooks/workflows" not in shown
    assert "Add me as a manager" not in shown


def test_the_page_about_a_deleted_one_still_says_what_posted(her, alice, charlie, signed_in):
    workflow = make_live(alice, name="Tickets")
    app = workflow.app
    post(her, "workflows:delete", workflow.pk, name="Tickets")
    assert "This workflow was deleted." in page(signed_in(charlie), "workflows:about", app.pk)


def test_declic_itself_is_no_workflow(her, alice):
    page(her, "workflows:about", make_workspace().app.pk, code=404)


def test_keys_beyond_the_database_are_not_found(her):
    for name in ("detail", "publish", "runs", "about"):
        page(her, f"workflows:{name}", 10**30, code=404)


def test_every_kind_of_variable_has_a_word(her, alice):
    workflow = make_draft(by=alice)
    for kind in Variable.Kind.values:
        make_variable(workflow, kind=kind)
    shown = page(her, "workflows:detail", workflow.pk)
    assert all(str(label) in shown for label in Variable.Kind.labels)
    assert re.search(r"4\s+of 20", shown)
