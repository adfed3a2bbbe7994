"""How other processes hear of a change at once: one word through Redis, which may be lost."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger("declic.live")

TOPIC = "declic:live"
SECONDS = 0.5  # for connecting and for each answer of Redis
PAUSE = 1.0  # before Redis is tried again
LISTEN_SECONDS = 1.0  # how long a listener waits before it looks whether it should end


def _connect(**options: Any) -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, **options
    )


class Publisher:
    """Tell the topic of changes, from a thread of its own, many of them as one.

    The thread that commits never speaks to Redis, which may hang.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Have the word sent soon."""
        self._event.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._publish, name="declic-live-publisher", daemon=True
                )
                self._thread.start()

    def _publish(self) -> None:
        client = _connect()
        while True:
            self._event.wait()
            self._event.clear()
            try:
                client.publish(TOPIC, b"")
            except redis.RedisError as error:
                logger.warning("Redis did not take a wake-up: %s", type(error).__name__)
                threading.Event().wait(PAUSE)


publisher = Publisher()


def listen(on_word: Callable[[], None], should_stop: threading.Event) -> None:
    """Call `on_word` at each word of the topic until told to stop (runs in its own thread)."""
    while not should_stop.is_set():
        try:
            with _connect() as client, client.pubsub(ignore_subscribe_messages=True) as topic:
                topic.subscribe(TOPIC)
                on_word()  # What was said while nobody listened.
                while not should_stop.is_set():
                    if topic.get_message(timeout=LISTEN_SECONDS) is not None:
                        on_word()
        except redis.RedisError as error:
            logger.warning("Redis does not say what is new: %s", type(error).__name__)
            should_stop.wait(PAUSE)
