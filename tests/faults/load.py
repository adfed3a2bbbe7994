"""Senders that post all the time, and what must have come of it."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.serving import HOST, PATIENCE

PAUSE = 0.1  # seconds before a request that was not accepted is sent again


@dataclass
class Sent:
    """One delivery: each answer that it got (0: none), and the run that it started."""

    number: str
    statuses: list[int] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)

    @property
    def is_accepted(self) -> bool:
        return 200 in self.statuses


def post(port: int, path: str, number: str, *, delivery: str | None = None) -> tuple[int, dict]:
    """Post once; (0, {}) where no answer came."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    headers = {"Content-Type": "application/json", "Idempotency-Key": delivery or number}
    try:
        connection.request("POST", path, json.dumps({"number": number}), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


class Load:
    """One sender for each path; a request is sent again until it is accepted, like good services.

    `ports` are those of the servers, used in turn; `is_stubborn=False` sends each request once.
    """

    def __init__(
        self, ports: Sequence[int], paths: Sequence[str], *, is_stubborn: bool = True
    ) -> None:
        self.ports = itertools.cycle(ports)
        self.is_stubborn = is_stubborn
        self.sent: list[Sent] = []
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(place, path), daemon=True)
            for place, path in enumerate(paths)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send nothing new; wait until what was begun is accepted."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "A request was never accepted."

    def _send(self, place: int, path: str) -> None:
        for count in itertools.count():
            if self._is_over.is_set():
                return
            sent = Sent(f"{place}-{count}")
            self.sent.append(sent)
            self._send_one(path, sent)

    def _send_one(self, path: str, sent: Sent) -> None:
        while not sent.is_accepted:
            status, body = post(next(self.ports), path, sent.number)
            sent.statuses.append(status)
            if status == 200:
                sent.runs.add(body["run"])
            elif not self.is_stubborn:
                return
            else:
                time.sleep(PAUSE)

    @property
    def accepted(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.is_accepted]

    def statuses(self) -> Counter[int]:
        return Counter(status for sent in self.sent for status in sent.statuses)


def wait_until(condition: Callable[[], bool], says: Callable[[], object] = lambda: "") -> None:
    """Wait for what other processes do."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"It did not come to pass. {says()}"
        time.sleep(0.05)
