"""The first run: who has the code that the server printed makes the owner, once."""

import stat

import pytest
from django.contrib.auth import SESSION_KEY

from messaging import first_run
from messaging.models import Channel, Member, Workspace
from messaging.requests.throttle import PER_PAIR
from tests.builders import make_member, make_owner

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.DECLIC_DATA_DIR = tmp_path


@pytest.fixture
def answers():
    return {
        "code": first_run.ensure_code(),
        "workspace_name": "Harbour Bikes",
        "display_name": "Alice",
        "email": "Alice@Example.org",
        "password": "a rather long one",
        "time_zone": "Europe/Paris",
    }


def test_the_code_is_kept_for_the_servers_user_only_and_stays_the_same(settings):
    code = first_run.ensure_code()

    path = settings.DECLIC_DATA_DIR / "first_run_code"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(code.replace("-", "")) == 16
    assert first_run.ensure_code() == code


def test_no_code_is_made_where_somebody_has_an_account(settings):
    first_run.ensure_code()
    make_member()

    assert first_run.ensure_code() is None
    assert not (settings.DECLIC_DATA_DIR / "first_run_code").exists()


def test_every_page_leads_to_the_first_run_while_nobody_has_an_account(client):
    response = client.get("/", follow=True)

    assert response.redirect_chain[-1] == ("/welcome", 302)
    assert "One-time code" in response.content.decode()


def test_the_code_makes_the_owner_general_and_the_name(
    client, answers, settings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/welcome", answers)

    owner = Member.objects.get()
    assert response["Location"] == "/welcome/done"
    assert client.session[SESSION_KEY] == str(owner.pk)
    assert owner.is_owner
    assert (owner.display_name, owner.time_zone) == ("Alice", "Europe/Paris")
    assert Workspace.zone().key == "Europe/Paris"
    general = Channel.objects.get()
    assert (general.name, general.has_member(owner)) == ("general", True)
    assert Workspace.current().name == "Harbour Bikes"
    assert list(Workspace.current().default_channels.all()) == [general]
    assert not (settings.DECLIC_DATA_DIR / "first_run_code").exists()
    assert "Welcome, Alice" in client.get("/welcome/done").content.decode()


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", " "), str.strip])
def test_the_code_may_be_written_carelessly(client, answers, change):
    client.post("/welcome", {**answers, "code": f" {change(answers['code'])} "})

    assert Member.objects.exists()


@pytest.mark.parametrize("code", ["AAAA-AAAA-AAAA-AAAA", "é", "", "\0"])
def test_another_code_makes_nobody(client, answers, code):
    response = client.post("/welcome", {**answers, "code": code})

    assert response.status_code == 200
    assert not Member.objects.exists()


def test_no_code_no_owner(client, answers):
    first_run.forget_code()

    client.post("/welcome", {**answers, "code": ""})
    client.post("/welcome", answers)

    assert not Member.objects.exists()


def test_guessing_the_code_is_put_off(client, answers):
    for _ in range(int(PER_PAIR.partition("/")[0])):
        client.post("/welcome", {**answers, "code": "AAAA-AAAA-AAAA-AAAA"})

    response = client.post("/welcome", answers)

    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert not Member.objects.exists()


def test_a_weak_password_is_refused_with_its_reason(client, answers):
    response = client.post("/welcome", {**answers, "password": "alice"})

    assert response.context["form"].errors["password"]
    assert not Member.objects.exists()


def test_who_comes_second_makes_nobody(client, answers):
    del answers["code"]
    make_member()

    with pytest.raises(first_run.AlreadySetUp):
        first_run.set_up_workspace(**answers)


def test_the_page_is_gone_once_somebody_has_an_account(client, answers):
    make_member("Bob")

    response = client.post("/welcome", answers)

    assert response["Location"] == "/"
    assert Member.objects.count() == 1


def test_the_welcome_is_for_the_owner(signed_in, alice):
    assert signed_in(alice).get("/welcome/done")["Location"] == "/"


def test_the_welcome_leads_into_the_ready_workflow_and_back(signed_in):
    olivia = make_owner()
    her = signed_in(olivia)
    shown = her.get("/welcome/done").content.decode()
    assert 'action="/workflows/new/ready"' in shown
    edit = her.post("/workflows/new/ready", {"ready": "support_ticket"}).headers["Location"]
    assert 'href="/welcome/done"' in her.get(edit).content.decode()
    again = her.get("/welcome/done").content.decode()
    assert f'href="{edit}"' in again
    assert "” is a draft. Choose “My own direct messages”" in again
