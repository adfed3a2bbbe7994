"""Who is told of what is new: a committed change wakes the hub of every process."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from messaging.live.fan_out import publisher

_listeners: set[Callable[[], None]] = set()
_guard = threading.Lock()


def wake() -> None:
    """Tell the hubs that changes were committed; cheap, never waits, never raises.

    A wake-up that is lost costs a moment: hubs look for changes by themselves too.
    """
    for listener in tuple(_listeners):
        listener()
    if settings.REDIS_URL:
        publisher.wake()


def wake_on_commit() -> None:
    """Wake the hubs once the transaction is committed."""
    transaction.on_commit(wake, robust=True)


def listen(listener: Callable[[], None]) -> None:
    """Call the listener, from any thread, at each wake-up of this process."""
    with _guard:
        _listeners.add(listener)


def stop_listening(listener: Callable[[], None]) -> None:
    """Call the listener no more."""
    with _guard:
        _listeners.discard(listener)
