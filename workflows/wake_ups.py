"""Tells Celery's workers of due runs, from a thread that may wait for the broker.

The thread that commits never speaks to the broker, which may hang. What is lost on the way costs a
moment: workers look for due runs by themselves too.
"""

import logging
import queue
import threading
from typing import Any

from celery import current_app

logger = logging.getLogger("declic.runner")

TASK = "workflows.tasks.advance_run"
WAITING = 1000  # wake-ups that may wait; more are dropped
SECONDS = 0.5  # for connecting and for each answer of the broker
PAUSE = 1.0  # before a broker that failed is asked again
EXPIRES = 10  # seconds: old wake-ups are of no use, the workers have looked since


class WakeUps:
    """Send each wake-up once, without retries, over one connection."""

    def __init__(self) -> None:
        self._keys: queue.Queue[int] = queue.Queue(WAITING)
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def send(self, key: int) -> None:
        """Have a worker told of the run with this key; never waits, never raises."""
        try:
            self._keys.put_nowait(key)
        except queue.Full:
            return
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._publish, name="declic-wake-ups", daemon=True
                )
                self._thread.start()

    def _publish(self) -> None:
        while True:
            try:
                with _connection() as connection:
                    producer = current_app.amqp.Producer(connection)
                    while True:
                        _send(self._keys.get(), producer)
            except Exception as error:
                logger.warning("The broker took no wake-up: %s", type(error).__name__)
                threading.Event().wait(PAUSE)


def _connection() -> Any:
    limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
    return current_app.connection(transport_options=limits)


def _send(key: int, producer: Any) -> None:
    current_app.send_task(
        TASK, (key,), producer=producer, retry=False, ignore_result=True, expires=EXPIRES
    )


wake_ups = WakeUps()
