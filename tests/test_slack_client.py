"""Slack's own client for webhook triggers works against the hook unchanged."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from messaging.models import Channel, Member, Message
from tests.builders import hook_path, make_live
from tests.serving import ServedApp

pytestmark = [pytest.mark.node, pytest.mark.served]

SCRIPT = Path(__file__).with_name("node") / "send.cjs"


def send(url: str, body: dict[str, Any]) -> dict[str, Any]:
    ran = subprocess.run(
        ["node", str(SCRIPT), url, json.dumps(body)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_it_takes_our_yes_for_a_yes(
    served_app: ServedApp, alice: Member, bob: Member, support: Channel
) -> None:
    url = served_app.url + hook_path(make_live(alice, channel=support))
    body = {"support_ticket_link": "Exemple de texte", "assigned_support_agent": bob.member_id}

    said = send(url, body)

    assert said["answer"]["ok"] is True
    assert Message.objects.get(channel=support).text == "New ticket Exemple de texte for @Bob"


def test_it_takes_our_no_for_its_http_error(served_app: ServedApp) -> None:
    said = send(f"{served_app.url}/hooks/workflows/dhk_nothing", {})

    assert said == {"code": "slack_webhook_http_error", "status": 404}
