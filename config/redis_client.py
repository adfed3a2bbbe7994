"""Redis as caches speak to it: one that hangs or is gone is left alone for a few seconds."""

import threading
import time
from typing import Any, ClassVar

import redis
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import TimeoutError as TooSlowError

PAUSE = 5.0  # seconds in which it is not asked again


class BriefRedis(redis.Redis):
    """A client that waits for one time-out, and then for none until the pause is over.

    A hook asks its caches several times; without this each of them would wait for a Redis that
    hangs, and hold its thread.
    """

    _left_alone_until: ClassVar[float] = 0.0
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command, or raise at once while Redis is left alone."""
        if time.monotonic() < BriefRedis._left_alone_until:
            raise NotConnectedError("Redis is left alone after an error.")
        try:
            return super().execute_command(*args, **options)
        except (NotConnectedError, TooSlowError):
            BriefRedis.leave_alone(PAUSE)
            raise

    @classmethod
    def leave_alone(cls, seconds: float) -> None:
        """Have nobody ask for so long; 0: ask again."""
        with cls._guard:
            BriefRedis._left_alone_until = time.monotonic() + seconds if seconds else 0.0
