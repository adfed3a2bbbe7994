"""How often somebody may try to sign in, or to guess the first run's code.

Two counters of failures: by e-mail address and network address together, and by network address
alone. None counts by e-mail address alone: a stranger must not be able to lock a member out.
"""

from django.http import HttpRequest
from django_ratelimit.core import get_usage

from messaging.addresses import client_address

PER_PAIR = "10/5m"
PER_ADDRESS = "40/5m"


def seconds_to_wait(request: HttpRequest, name: str) -> int:
    """Return for how long no further try is answered; 0: go on."""
    usages = _usages(request, name, increment=False)
    return max(
        (max(1, one["time_left"]) for one in usages if one["count"] >= one["limit"]), default=0
    )


def count_failure(request: HttpRequest, name: str) -> None:
    """Count a try that failed."""
    _usages(request, name, increment=True)


def _usages(request: HttpRequest, name: str, *, increment: bool) -> list[dict[str, int]]:
    address = client_address(request)
    pair = f"{name.strip().casefold()} {address}"
    found = [
        get_usage(
            request,
            group=group,
            key=lambda _group, _request, value=value: value,
            rate=rate,
            increment=increment,
        )
        for group, value, rate in (
            ("sign-in-pair", pair, PER_PAIR),
            ("sign-in-address", address, PER_ADDRESS),
        )
    ]
    return [one for one in found if one is not None]
