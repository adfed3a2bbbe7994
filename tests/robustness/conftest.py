"""What the cases of bad input start from: a live workflow behind a socket, answers held to it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from messaging.models import Channel, Member, Message
from tests.builders import hook_path, make_live
from tests.faults.stage import Stage
from tests.robustness.answers import hold_to_contract
from tests.serving import RawAnswer, ServedApp, request_bytes
from tests.workflows.runs import let_a_second_pass
from workflows.models import Run, Workflow

GOOD = b'{"link": "x", "agent": "U1"}'
VARIABLES = [{"key": "link", "kind": "text"}, {"key": "agent", "kind": "member"}]
JSON = {"Content_Type": "application/json"}


class Hook:
    """The request URL of a live workflow, posted to over a socket; the second is always over."""

    def __init__(self, served: ServedApp, workflow: Workflow, channel: Channel) -> None:
        self.served = served
        self.workflow = workflow
        self.channel = channel
        self.path = hook_path(workflow)
        self.token = self.path.rpartition("/")[2]

    def request(self, body: bytes = GOOD, **headers: str) -> bytes:
        """Return the request; its type is JSON unless headers say so."""
        return request_bytes("POST", self.path, body, **{**JSON, **headers})

    def raw(self, request: bytes) -> RawAnswer:
        """Send the bytes, and hold whatever is answered against the contract."""
        let_a_second_pass()
        answer = self.served.raw(request)
        hold_to_contract(answer)
        assert self.token.encode() not in answer.body
        return answer

    def send(self, body: bytes = GOOD, **headers: str) -> RawAnswer:
        return self.raw(self.request(body, **headers))

    def messages(self) -> list[str]:
        return [one.text for one in Message.objects.filter(channel=self.channel)]

    def stored(self, request: bytes) -> str:
        """Send it; return the text of the one message that came of it."""
        before = len(self.messages())
        answer = self.raw(request)
        assert answer.status == 200, answer.body
        run = Run.objects.get(run_id=answer.json()["run"])
        assert run.status == Run.Status.SUCCEEDED
        texts = self.messages()
        assert len(texts) == before + 1
        return texts[-1]

    def refused(self, request: bytes) -> tuple[int, str]:
        """Send it; return status and error of the refusal, which left nothing behind."""
        before = self._rows()
        answer = self.raw(request)
        assert answer.status >= 400, answer.body
        assert self._rows() == before, "something was stored"
        return answer.status, answer.json()["error"]

    def _rows(self) -> tuple[int, int]:
        return Run.objects.count(), Message.objects.count()


@pytest.fixture
def hook(served_app: ServedApp, settings: Any, alice: Member, support: Channel) -> Hook:
    """A live workflow with the variables `link` and `agent` that posts to #support."""
    settings.DECLIC_FLOOD_RATE = "100000/s"
    settings.DECLIC_FLOOD_BYTES = 1 << 40
    workflow = make_live(
        alice, channel=support, variables=VARIABLES, text="{{ link }} for {{ agent }}"
    )
    return Hook(served_app, workflow, support)


@pytest.fixture
def as_json() -> Callable[[Any], bytes]:
    """Return how a document is sent."""
    return lambda document: json.dumps(document).encode()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """One server process on SQLite; not started yet."""
    stage = Stage(tmp_path / "data")
    yield stage
    stage.end()
