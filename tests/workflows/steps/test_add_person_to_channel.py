"""The step that adds a person to a channel."""

import json

import pytest
from django.test import Client

from tests.builders import TICKET_VARIABLES, hook_path, make_live
from workflows.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(alice, support):
    config = {"person": "{{ assigned_support_agent }}", "channel": support.channel_id}
    steps = [{"kind": "add_person_to_channel", "config": config}]
    return make_live(alice, variables=TICKET_VARIABLES, steps=steps)


def start(live, agent):
    body = json.dumps({"assigned_support_agent": agent})
    assert Client().post(hook_path(live), body, content_type="application/json").status_code == 200
    return Run.objects.get()


def test_the_person_is_in_the_channel_afterwards(live, support, charlie):
    run = start(live, charlie.email)

    assert support.has_member(charlie)
    assert run.step_runs.get().output == {"is_new": True}


def test_who_is_in_it_already_stays(live, support, bob):
    run = start(live, bob.member_id)

    assert run.step_runs.get().output == {"is_new": False}


def test_a_stranger_s_name_fails_the_run_with_a_sentence(live, support):
    run = start(live, "nobody")

    assert run.status == Run.Status.FAILED
    assert "nobody" in run.error_sentence
