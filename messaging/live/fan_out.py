"""How other processes hear of a change at once: one word through Redis, which may be lost."""

import logging
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings

from messaging.background import BackgroundThread

logger = logging.getLogger("declic.live")

TOPIC = "declic:live"
SECONDS = 0.5  # for connecting and for each answer of Redis
LISTEN_SECONDS = 1.0  # how long a listener waits before it looks whether it should end
EXPECTED = (redis.RedisError, OSError)  # Redis is lost: no traceback


def _connect(**options: Any) -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, **options
    )


class Publisher:
    """Tell the topic of changes, from a thread of its own, many of them as one.

    The thread that commits never speaks to Redis, which may hang.
    """

    def __init__(self) -> None:
        self._thread = BackgroundThread(
            "declic-live-publisher", self._publish, logger=logger, expected=EXPECTED
        )
        self._client: redis.Redis | None = None

    def wake(self) -> None:
        """Have the word sent soon."""
        self._thread.start()
        self._thread.wake()

    def _publish(self) -> None:
        if self._client is None:
            self._client = _connect()
        self._client.publish(TOPIC, b"")


publisher = Publisher()


def make_listener(on_word: Callable[[], None]) -> BackgroundThread:
    """Return a thread that calls `on_word` at each word of the topic, until it is stopped."""

    def listen() -> float:
        with _connect() as client, client.pubsub(ignore_subscribe_messages=True) as topic:
            topic.subscribe(TOPIC)
            on_word()  # What was said while nobody listened.
            while not thread.should_stop:
                if topic.get_message(timeout=LISTEN_SECONDS) is not None:
                    on_word()
        return 0.0

    thread = BackgroundThread("declic-live-listener", listen, logger=logger, expected=EXPECTED)
    return thread
