"""How often somebody may try to sign in, or to guess the first run's code.

Two counters of failures put tries off: by e-mail address and network address together, and by
network address alone. None does by e-mail address alone: a stranger must not be able to lock a
member out. An account that is being guessed at from many addresses only becomes slow to answer.
"""

import threading
import time

from django.http import HttpRequest
from django_ratelimit.core import get_usage

from messaging.requests.addresses import client_address

PER_PAIR = "10/5m"
PER_ADDRESS = "40/5m"
BRAKED_FROM = "20/h"  # failures of one account, from wherever
BRAKE = 1.0  # seconds
AT_ONCE = 2  # as many threads of a process may stand and wait

_waiting = threading.BoundedSemaphore(AT_ONCE)


def seconds_to_wait(request: HttpRequest, name: str) -> int:
    """Return for how long no further try is answered; 0: go on."""
    usages = _usages(request, _counters(request, name), increment=False)
    return max(
        (max(1, one["time_left"]) for one in usages if one["count"] >= one["limit"]), default=0
    )


def brake(request: HttpRequest, name: str) -> int:
    """Hold the try back for a moment where the account had many failures; it is never refused.

    Return 0: go on. With too many held at once it is the caller who waits: the seconds until then.
    """
    usages = _usages(request, [_account(name)], increment=False)
    if not any(one["count"] >= one["limit"] for one in usages):
        return 0
    if not _waiting.acquire(blocking=False):
        return max(1, round(BRAKE))
    try:
        time.sleep(BRAKE)
    finally:
        _waiting.release()
    return 0


def count_failure(request: HttpRequest, name: str) -> None:
    """Count a try that failed."""
    _usages(request, [*_counters(request, name), _account(name)], increment=True)


Counter = tuple[str, str, str]  # the group, what is counted in it, the rate


def _counters(request: HttpRequest, name: str) -> list[Counter]:
    address = client_address(request)
    pair = f"{name.strip().casefold()} {address}"
    return [("sign-in-pair", pair, PER_PAIR), ("sign-in-address", address, PER_ADDRESS)]


def _account(name: str) -> Counter:
    return "sign-in-account", name.strip().casefold(), BRAKED_FROM


def _usages(
    request: HttpRequest, counters: list[Counter], *, increment: bool
) -> list[dict[str, int]]:
    found = [
        get_usage(
            request,
            group=group,
            key=lambda _group, _request, value=value: value,
            rate=rate,
            increment=increment,
        )
        for group, value, rate in counters
    ]
    return [one for one in found if one is not None]
