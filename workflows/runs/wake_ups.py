"""Tells Celery's workers of due runs, from a thread that may wait for the broker.

The thread that commits never speaks to the broker, which may hang. What is lost on the way costs a
moment: workers look for due runs by themselves too.
"""

import contextlib
import logging
import queue
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

from messaging.background import BackgroundThread

logger = logging.getLogger("declic.runner")

TASK = "workflows.tasks.advance_run"
WAITING = 1000  # wake-ups that may wait; more are dropped
SECONDS = 0.5  # for connecting and for each answer of the broker
EXPIRES = 10  # seconds: old wake-ups are of no use, the workers have looked since
EXPECTED = (OperationalError, OSError)  # the broker is lost: no traceback


class WakeUps:
    """Send each wake-up once, without retries, over one connection."""

    def __init__(self) -> None:
        self._keys: queue.Queue[int] = queue.Queue(WAITING)
        self._thread = BackgroundThread(
            "declic-wake-ups", self._publish, logger=logger, expected=EXPECTED
        )

    def send(self, key: int) -> None:
        """Have a worker told of the run with this key; never waits, never raises."""
        try:
            self._keys.put_nowait(key)
        except queue.Full:
            return
        self._thread.start()
        self._thread.wake()

    def _publish(self) -> float:
        with _connection() as connection:
            producer = current_app.amqp.Producer(connection)
            while not self._thread.should_stop:
                self._send_all(producer)
                self._thread.rest()
        return 0.0

    def _send_all(self, producer: Any) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                _send(self._keys.get_nowait(), producer)


def _connection() -> Any:
    limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
    return current_app.connection(transport_options=limits)


def _send(key: int, producer: Any) -> None:
    current_app.send_task(
        TASK, (key,), producer=producer, retry=False, ignore_result=True, expires=EXPIRES
    )


wake_ups = WakeUps()
