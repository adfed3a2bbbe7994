"""The request URL on the pages: Edit, Regenerate, Copy, Save; then the old one until it ends."""

import datetime

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from tests.builders import hook_path, make_draft, make_live, told
from tests.pages import page, post
from tests.workflows.runs import let_a_second_pass
from workflows.access import IS_SCRIPT
from workflows.models import RequestURL
from workflows.services import add_manager, request_url, request_urls
from workflows.services.request_urls import address_of


@pytest.fixture
def live(alice, support):
    return make_live(alice, channel=support, name="Tickets", variables=[], text="hello")


def send(path, **headers):
    return Client().post(path, "{}", content_type="application/json", headers=headers)


def pending_of(workflow) -> RequestURL:
    found = request_urls(workflow=workflow).pending
    assert found is not None
    return found


def path_of(row) -> str:
    return "/hooks/" + address_of(row).partition("/hooks/")[2]


def replace_url(client, workflow, old="now", **data):
    post(client, "workflows:regenerate", workflow.pk, **data)
    pending = pending_of(workflow)
    post(client, "workflows:save_url", workflow.pk, pending=pending.pk, old=old)
    return pending


def later(**delta):
    return time_machine.travel(timezone.now() + datetime.timedelta(**delta), tick=False)


def test_looking_at_the_page_makes_nothing(her, live):
    assert "Regenerate URL" in page(her, "workflows:regenerate", live.pk)
    assert live.request_urls.count() == 1


def test_nothing_changes_before_save(her, live):
    path = hook_path(live)
    answer = post(her, "workflows:regenerate", live.pk)
    assert answer.headers["Location"] == reverse("workflows:regenerate", args=[live.pk])
    shown = page(her, "workflows:regenerate", live.pk)
    assert "Connected services stop when you save" in shown
    assert "Not accepted yet. Gone today at" in shown
    assert hook_path(live) == path
    assert send(path_of(pending_of(live))).status_code == 404
    assert send(path).status_code == 200


def test_the_new_url_is_masked_until_it_is_asked_for(her, live):
    post(her, "workflows:regenerate", live.pk)
    new = address_of(pending_of(live))
    assert new not in page(her, "workflows:regenerate", live.pk)
    revealed = post(her, "workflows:reveal_pending", live.pk)
    assert f'value="{new}"' in revealed.content.decode()
    assert revealed.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in revealed.headers["Cache-Control"]
    path = reverse("workflows:reveal_pending", args=[live.pk])
    assert her.post(path, headers={IS_SCRIPT: "1"}).json() == {"url": new}


def test_a_pending_url_that_no_key_reads_says_so(her, live):
    post(her, "workflows:regenerate", live.pk)
    with override_settings(DECLIC_TOKEN_KEYS=[Fernet.generate_key().decode()]):
        assert (
            "can no longer be shown"
            in post(her, "workflows:reveal_pending", live.pk).content.decode()
        )


def test_save_makes_it_live_and_the_old_one_stops_at_once(her, live):
    old = hook_path(live)
    pending = replace_url(her, live)
    assert hook_path(live) == path_of(pending) != old
    assert send(old).status_code == 404
    assert send(hook_path(live)).status_code == 200
    assert request_url(workflow=live) not in page(
        her, "workflows:detail", live.pk
    )  # nor in the toast


def test_the_old_one_works_as_long_as_was_chosen(her, live):
    old = hook_path(live)
    replace_url(her, live, old="day")
    assert send(old).status_code == 200
    let_a_second_pass()  # on PostgreSQL the rate goes by the database's own clock
    with later(hours=23, minutes=59):
        assert send(old).status_code == 200
    let_a_second_pass()
    with later(hours=24, seconds=1):
        assert send(old).status_code == 404
        assert send(hook_path(live)).status_code == 200


def test_both_urls_share_one_request_a_second(her, live):
    old = hook_path(live)
    replace_url(her, live, old="hour")
    assert send(old).status_code == 200
    assert send(hook_path(live)).status_code == 429
    let_a_second_pass()
    assert send(hook_path(live)).status_code == 200
    assert send(old).status_code == 429


def test_the_page_says_by_whom_the_old_one_is_still_used(her, live):
    old = hook_path(live)
    replace_url(her, live, old="day")
    assert "Old URL never used." in page(her, "workflows:detail", live.pk)
    send(old, **{"User-Agent": "GitHub-Hookshot/044aadd"})
    for name in ("detail", "edit"):
        shown = page(her, f"workflows:{name}", live.pk)
        assert "Old URL still used" in shown
        assert "just now by GitHub-Hookshot" in shown
        assert "It stops tomorrow at" in shown
    with later(hours=7):
        her.force_login(live.managers.get())
        assert "Old URL not used for 7 hours." in page(her, "workflows:detail", live.pk)


def test_the_old_one_is_ended_before_its_time(her, live, bob, alice):
    add_manager(workflow=live, member=bob, by=alice)
    old = hook_path(live)
    replace_url(her, live, old="week")
    assert "End the old URL now?" in page(her, "workflows:detail", live.pk)
    post(her, "workflows:end_old_url", live.pk)
    assert send(old).status_code == 404
    assert "Old URL" not in page(her, "workflows:detail", live.pk)
    assert "Alice ended the old request URL of “Tickets”." in told(bob)[-1].text
    retired = RequestURL.objects.get(digest=live.request_urls.earliest("pk").digest)
    assert retired.retired_by == alice
    post(her, "workflows:end_old_url", live.pk)
    assert len(told(bob)) == 3  # as manager, of the new URL, of the end


def test_a_second_one_inside_the_overlap_is_confirmed_and_ends_the_first(her, live):
    oldest = hook_path(live)
    replace_url(her, live, old="week")
    second = hook_path(live)
    post(her, "workflows:regenerate", live.pk)
    assert request_urls(workflow=live).pending is None
    assert "Another new one ends it as soon as you save." in page(
        her, "workflows:regenerate", live.pk
    )
    post(her, "workflows:regenerate", live.pk, ends_old="yes")
    assert "The URL before it ends when you save." in page(her, "workflows:regenerate", live.pk)
    assert send(oldest).status_code == 200
    post(her, "workflows:save_url", live.pk, pending=pending_of(live).pk, old="hour")
    let_a_second_pass()
    assert send(oldest).status_code == 404
    assert send(second).status_code == 200
    let_a_second_pass()
    assert send(hook_path(live)).status_code == 200


def test_cancel_deletes_what_was_pending(her, live):
    path = hook_path(live)
    post(her, "workflows:regenerate", live.pk)
    pending = pending_of(live)
    post(her, "workflows:cancel_url", live.pk)
    assert live.request_urls.count() == 1
    post(her, "workflows:save_url", live.pk, pending=pending.pk)
    assert hook_path(live) == path


def test_after_an_hour_the_pending_one_cannot_be_saved(her, live, alice):
    path = hook_path(live)
    post(her, "workflows:regenerate", live.pk)
    pending = pending_of(live)
    with later(minutes=61):
        her.force_login(alice)
        post(her, "workflows:save_url", live.pk, pending=pending.pk)
        assert hook_path(live) == path
        assert "is gone. Nothing changed." in page(her, "workflows:regenerate", live.pk)
        post(her, "workflows:regenerate", live.pk)
        assert pending_of(live).pk != pending.pk
        assert live.request_urls.count() == 2


def test_managers_share_the_one_that_is_pending(her, live, alice, bob, signed_in):
    add_manager(workflow=live, member=bob, by=alice)
    post(her, "workflows:regenerate", live.pk)
    pending = pending_of(live)
    his = signed_in(bob)
    post(his, "workflows:regenerate", live.pk)
    assert pending_of(live) == pending
    assert "Made by Alice." in page(his, "workflows:regenerate", live.pk)
    assert "A new URL waits to be saved." in page(his, "workflows:detail", live.pk)


def test_the_others_are_told_how_long_the_old_one_works(her, live, alice, bob):
    add_manager(workflow=live, member=bob, by=alice)
    post(her, "workflows:regenerate", live.pk)
    assert len(told(bob)) == 1  # of being a manager
    post(her, "workflows:save_url", live.pk, pending=pending_of(live).pk, old="day")
    assert "The old one works for one more day" in told(bob)[-1].text
    assert "dhk_" not in repr([one.body for one in told(bob)])
    assert told(alice) == []


@pytest.mark.parametrize("sent", [{"old": "month"}, {"pending": "x"}, {"pending": "9" * 40}])
def test_a_form_that_says_something_else_changes_nothing(her, live, sent):
    path = hook_path(live)
    post(her, "workflows:regenerate", live.pk)
    post(her, "workflows:save_url", live.pk, **{"pending": pending_of(live).pk, **sent})
    assert hook_path(live) == path


def test_a_draft_has_no_url_to_regenerate(her, alice):
    draft = make_draft(by=alice)
    page(her, "workflows:regenerate", draft.pk, code=404)
    assert post(her, "workflows:regenerate", draft.pk).status_code == 404


def test_who_no_longer_manages_it_sees_and_changes_nothing(live, alice, charlie, signed_in):
    path = hook_path(live)
    his = signed_in(charlie)
    for name in ("regenerate", "reveal_pending", "save_url", "cancel_url", "end_old_url"):
        assert post(his, f"workflows:{name}", live.pk).status_code == 404
    assert hook_path(live) == path
