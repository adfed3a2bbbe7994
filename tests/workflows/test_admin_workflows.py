"""Django's admin for workflows: drafts for their managers, the list for every operator."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from messaging.services import archive_channel, deactivate_member
from tests.builders import (
    make_draft,
    make_live,
    make_step,
    make_variable,
    make_workspace,
    message_step,
    told,
)
from workflows.admin.forms import exported
from workflows.models import Run, Workflow
from workflows.services import (
    add_manager,
    publish_workflow,
    request_url,
    send_test_request,
    set_details,
    unpublish_workflow,
)

CHANGELIST = "/admin/workflows/workflow/"


@pytest.fixture
def desk(dana, signed_in) -> Client:
    """Dana's browser; she is a team admin."""
    return signed_in(dana)


def page(client: Client, workflow: Workflow, name="change", status=200) -> str:
    response = client.get(reverse(f"admin:workflows_workflow_{name}", args=[workflow.pk]))
    assert response.status_code == status
    return response.content.decode()


def act(client: Client, action: str, *workflows, **more):
    data = {"action": action, "_selected_action": [one.pk for one in workflows], **more}
    return client.post(CHANGELIST, data, follow=True).content.decode()


def form_of(workflow: Workflow | None, variables=(), steps=(), **changes):
    """Return what the form sends: the rows as they are, then the new ones."""
    data = {"name": "New", "description": "", "icon": ":zap:", "trigger_kind": "webhook"}
    kept_variables = list(workflow.variables.all()) if workflow else []
    kept_steps = list(workflow.steps.all()) if workflow else []
    if workflow:
        data |= {"name": workflow.name, "icon": workflow.icon}
    fill(data, "variables", kept_variables, variables, workflow)
    fill(data, "steps", kept_steps, steps, workflow)
    return {**data, **changes}


def fill(data, prefix, kept, new, workflow):
    data[f"{prefix}-INITIAL_FORMS"] = len(kept)
    data[f"{prefix}-TOTAL_FORMS"] = len(kept) + len(new)
    for number, row in enumerate(kept):
        fields = row.as_definition() | {"id": row.pk, "position": row.position}
        if prefix == "steps":
            fields["config"] = exported(row)
        put(data, f"{prefix}-{number}", {**fields, "workflow": workflow.pk})
    for number, fields in enumerate(new, len(kept)):
        put(data, f"{prefix}-{number}", fields)


def put(data, prefix, fields):
    for name, value in fields.items():
        if value is not False:
            text = json.dumps(value) if isinstance(value, dict) else value
            data[f"{prefix}-{name}"] = text


def save(client: Client, workflow: Workflow, data):
    path = reverse("admin:workflows_workflow_change", args=[workflow.pk])
    return client.post(path, data)


@pytest.fixture
def hers(dana) -> Workflow:
    """A draft that Dana manages."""
    return make_draft("Hers", by=dana)


# --- Who sees what --------------------------------------------------------------------------------


def test_the_list_names_every_published_workflow_and_ones_own_drafts(desk, hers, alice):
    live = make_live(alice, name="Live one")
    set_details(workflow=live, by=alice, name="Secret new name", description="Secret words")
    make_draft("Secret draft", by=alice)
    unpublish_workflow(workflow=make_live(alice, name="Secret off"), by=alice)
    shown = desk.get(CHANGELIST).content.decode()
    assert "Live one" in shown
    assert "Alice" in shown
    assert "Live, unpublished changes" in shown
    assert "Hers" in shown
    assert "Secret" not in shown


def test_what_one_does_not_manage_has_no_form_history_or_runs(desk, alice):
    live, draft = make_live(alice), make_draft(by=alice)
    run_id = send_test_request(workflow=live, by=alice).run_id
    for workflow in (live, draft):
        for name in ("change", "delete", "history"):
            page(desk, workflow, name, status=302 if is_hidden(workflow, name) else 404)
        assert save(desk, workflow, form_of(workflow, name="Taken")).status_code in {302, 404}
    run = Run.objects.get()
    assert run_id not in desk.get("/admin/workflows/run/").content.decode()
    path = reverse("admin:workflows_run_change", args=[run.pk])
    assert desk.get(path).status_code == 302  # to the index: “doesn't exist”
    assert not Workflow.objects.filter(name="Taken").exists()


def is_hidden(workflow: Workflow, name: str) -> bool:
    """Django answers for what its queryset leaves out by going to the index."""
    return not workflow.is_published


def test_searching_does_not_find_a_draft_by_its_new_name(desk, alice):
    live = make_live(alice, name="Known")
    set_details(workflow=live, by=alice, name="Unheard")
    assert "Known" not in desk.get(CHANGELIST, {"q": "Unheard"}).content.decode()
    assert "Known" in desk.get(CHANGELIST, {"q": "alice"}).content.decode()


def test_the_list_takes_the_same_queries_for_one_and_for_many(
    desk, alice, dana, django_assert_max_num_queries
):
    def count():
        with django_assert_max_num_queries(50) as queries:
            desk.get(CHANGELIST)
        return len(queries)

    make_live(alice)
    make_draft(by=dana)
    few = count()
    for _ in range(4):
        add_manager(workflow=make_live(alice), member=dana, by=alice)
        unpublish_workflow(workflow=make_live(dana), by=dana)
    assert count() == few


# --- Editing a draft ------------------------------------------------------------------------------


def test_saving_saves_the_draft_and_nothing_else(desk, dana, support):
    workflow = make_live(dana, channel=support, variables=[], text="live text")
    step = {"kind": "wait", "config": {"seconds": 5}}
    data = form_of(workflow, [{"key": "link", "kind": "text"}], [step], name="Renamed")
    assert save(desk, workflow, data).status_code == 302
    workflow = Workflow.objects.get(pk=workflow.pk)
    assert workflow.name == "Renamed"
    assert workflow.app.name != "Renamed"
    assert workflow.status == Workflow.Status.CHANGED
    assert [one.kind for one in workflow.steps.all()] == ["send_message", "wait"]
    assert workflow.versions.count() == 1


def test_a_new_workflow_owns_what_each_owns(desk, dana):
    path = reverse("admin:workflows_workflow_add")
    step = {"kind": "wait", "config": {"seconds": 5}}
    assert desk.post(path, form_of(None, steps=[step])).status_code == 302
    workflow = Workflow.objects.get()
    assert list(workflow.managers.all()) == [dana]
    assert workflow.app.page.endswith(f"/{workflow.app_id}")
    assert publish_workflow(workflow=workflow, by=dana).number == 1


def test_a_step_may_use_a_variable_of_the_same_page(desk, hers, support):
    step = message_step(support, "{{ fresh }}")
    assert save(desk, hers, form_of(hers, [{"key": "fresh", "kind": "text"}], [step]))
    assert hers.steps.get().config == {"channel": support.channel_id, "text": "{{ fresh }}"}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"kind": "send_message", "config": {"channel": "#no", "text": "x"}}, "channel: unknown"),
        ({"kind": "wait", "config": {"seconds": "x"}}, "seconds: "),
        ({"kind": "wait", "config": {}}, "seconds: "),
        ({"kind": "wait", "config": {"seconds": 1, "more": 1}}, "more: unknown field"),
        ({"kind": "wait", "config": "{"}, "valid JSON"),
        ({"kind": "teleport", "config": {}}, "valid choice"),
    ],
)
def test_settings_that_are_wrong_are_named_by_their_field(desk, hers, step, words):
    response = save(desk, hers, form_of(hers, steps=[step]))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not hers.steps.exists()


def test_a_private_channel_of_others_is_refused(desk, hers, secret):
    response = save(desk, hers, form_of(hers, steps=[message_step(secret)]))
    assert "unknown channel" in response.content.decode()


def test_a_step_that_went_wrong_since_does_not_keep_the_rest_from_being_saved(
    desk, hers, dana, alice, support
):
    make_step(hers, "send_message", channel=support.channel_id, text="hello")
    archive_channel(channel=support, by=alice)
    assert save(desk, hers, form_of(hers, name="Renamed")).status_code == 302


def test_settings_are_shown_for_people(desk, hers, support):
    make_step(hers, "send_message", text="hello", channel=support.channel_id)
    shown = page(desk, hers)
    assert "#support" in shown
    assert support.channel_id not in shown


def test_the_twenty_first_variable_and_a_double_key_are_refused(desk, hers):
    many = [{"key": f"key_{number}", "kind": "text"} for number in range(21)]
    assert save(desk, hers, form_of(hers, many)).status_code == 200
    double = [{"key": "same", "kind": "text"}] * 2
    assert save(desk, hers, form_of(hers, double)).status_code == 200
    assert not hers.variables.exists()
    assert save(desk, hers, form_of(hers, many[:20])).status_code == 302


def test_steps_are_put_in_the_order_that_was_dragged(desk, hers):
    first, second = make_step(hers, seconds=1), make_step(hers, seconds=2)
    changes = {"steps-0-position": "2", "steps-1-position": "1"}
    assert save(desk, hers, form_of(hers, **changes)).status_code == 302
    assert [(one.pk, one.position) for one in hers.steps.all()] == [(second.pk, 0), (first.pk, 1)]


def test_the_trigger_is_fixed_once_published(desk, dana):
    assert 'name="trigger_kind"' not in page(desk, make_live(dana))
    assert 'name="trigger_kind"' in page(desk, make_draft(by=dana))


@pytest.mark.parametrize(("field", "value"), [("icon", ":nope:"), ("name", " ")])
def test_details_are_checked_as_everywhere(desk, hers, field, value):
    assert save(desk, hers, form_of(hers, **{field: value})).status_code == 200


def test_what_a_database_cannot_store_is_replaced_or_refused(desk, hers, support):
    escaped = {"channel": "#support", "text": "a\x00\ud800b"}
    step = {"kind": "send_message", "config": json.dumps(escaped)}
    assert save(desk, hers, form_of(hers, steps=[step])).status_code == 302
    assert hers.steps.get().config["text"] == "a\ufffd\ufffdb"


def test_deleting_asks_and_keeps_messages(desk, dana):
    workflow = make_live(dana)
    send_test_request(workflow=workflow, by=dana)
    app = workflow.app
    assert "Are you sure" in page(desk, workflow, "delete")
    desk.post(reverse("admin:workflows_workflow_delete", args=[workflow.pk]), {"post": "yes"})
    assert not Workflow.objects.exists()
    assert app.messages.count() == 1


def test_deleting_several_stops_at_what_others_manage(desk, dana, alice):
    own, other = make_live(dana), make_live(alice)
    act(desk, "delete_selected", own, other, post="yes")
    assert Workflow.objects.count() == 2


# --- Actions --------------------------------------------------------------------------------------


def test_publishing_from_the_list(desk, hers, dana):
    assert "Add at least one step." in act(desk, "publish", hers)
    make_step(hers)
    act(desk, "publish", hers)
    hers.refresh_from_db()
    assert hers.is_published


def test_unpublishing_asks_first_and_tells_the_managers(desk, alice):
    workflow = make_live(alice)
    assert "Connected services get 404" in act(desk, "unpublish", workflow)
    workflow.refresh_from_db()
    assert workflow.is_published
    act(desk, "unpublish", workflow, confirmed="yes")
    workflow.refresh_from_db()
    assert not workflow.is_published
    assert "unpublished" in told(alice)[-1].text


def test_regenerating_warns_and_is_for_managers_only(desk, dana, alice):
    own, other = make_live(dana), make_live(alice)
    urls = [request_url(workflow=one) for one in (own, other)]
    assert "Connected services stop at once" in act(desk, "regenerate", own, other)
    assert [request_url(workflow=one) for one in (own, other)] == urls
    shown = act(desk, "regenerate", own, other, confirmed="yes")
    assert request_url(workflow=own) != urls[0]
    assert request_url(workflow=other) == urls[1]
    assert "is not yours to change" in shown


def test_coming_in_as_a_manager(desk, dana, alice):
    workflow = make_live(alice)
    act(desk, "add_me", workflow)
    assert dana in workflow.managers.all()
    assert "made themselves a manager" in told(alice)[-1].text
    page(desk, workflow)


def test_an_orphaned_draft_is_listed_and_handed_over(desk, dana, alice, bob, gus):
    draft = make_draft("Orphan", by=alice)
    assert "Orphan" not in desk.get(CHANGELIST).content.decode()
    deactivate_member(member=alice, by=dana)
    assert "Orphan" in desk.get(CHANGELIST).content.decode()
    assert page(desk, draft, status=404)
    asked = act(desk, "hand_over", draft)
    assert ">Bob<" in asked
    assert ">Gus<" not in asked
    act(desk, "hand_over", draft, confirmed="yes", to=bob.pk)
    assert bob in draft.managers.all()


# --- Runs and secrets -----------------------------------------------------------------------------


def test_a_run_is_read_only_and_its_secrets_hidden(desk, dana):
    workflow = make_live(dana)
    send_test_request(workflow=workflow, by=dana)
    Run.objects.update(payload='{"api_key": "very-secret", "big": 9007199254740993}')
    path = reverse("admin:workflows_run_change", args=[Run.objects.get().pk])
    shown = desk.get(path).content.decode()
    assert "very-secret" not in shown
    assert "9007199254740993" in shown
    assert "New ticket" in shown
    assert desk.post(path, {"status": "failed"}).status_code == 404
    assert desk.get(reverse("admin:workflows_run_add")).status_code == 404
    assert "body_digest" not in shown


def test_no_token_is_anywhere_in_the_admin_or_a_dump(desk, dana, tmp_path):
    workflow = make_live(dana)
    make_variable(workflow)
    act(desk, "regenerate", workflow, confirmed="yes")
    save(desk, workflow, form_of(workflow, name="Renamed"))
    row = workflow.request_urls.live().get()
    token = request_url(workflow=workflow).rpartition("/")[2]
    shown = [page(desk, workflow, name) for name in ("change", "history", "delete")]
    shown += [desk.get(path).content.decode() for path in (CHANGELIST, "/admin/")]
    shown.append(repr(list(LogEntry.objects.values())))
    for secret in (token, row.digest, row.encrypted_token):
        assert not any(secret in text for text in shown)
    assert desk.get("/admin/workflows/requesturl/").status_code == 404
    dump = tmp_path / "dump.json"
    call_command("dumpdata", output=str(dump), verbosity=0)
    assert token not in dump.read_text()


def test_who_may_not_build_adds_nothing(desk, alice, signed_in):
    make_workspace(who_may_build="chosen")
    assert desk.get(reverse("admin:workflows_workflow_add")).status_code == 200  # admins always
    assert signed_in(alice).get(reverse("admin:workflows_workflow_add")).status_code == 404
