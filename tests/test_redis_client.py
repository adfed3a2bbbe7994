"""A Redis that hangs costs one time-out, whatever asks how often."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches

from config import redis_client
from config.redis_client import BriefRedis
from config.settings import redis_cache


class Silent:
    """Takes connections, counts what arrives, and never answers."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self.listener.close()
        for one in self.taken:
            one.close()


@pytest.fixture
def silent(settings: Any) -> Iterator[Silent]:
    found = Silent()
    cache = redis_cache(found.url, "silent")
    cache["OPTIONS"] |= {"SOCKET_TIMEOUT": 0.05, "SOCKET_CONNECT_TIMEOUT": 0.05}
    settings.CACHES = {**django_settings.CACHES, "silent": cache}
    BriefRedis.leave_alone(0)
    yield found
    BriefRedis.leave_alone(0)
    found.close()


def test_it_is_asked_once_and_then_left_alone(silent):
    cache = caches["silent"]

    assert [cache.add("a", 0), cache.get("a"), cache.get("b")] == [None, None, None]
    assert cache.incr("a") is None

    assert len(silent.taken) == 1


def test_it_is_asked_again_after_the_pause(silent, monkeypatch):
    monkeypatch.setattr(redis_client, "PAUSE", 0.0)

    for _ in range(2):
        caches["silent"].get("a")

    assert len(silent.taken) == 2
