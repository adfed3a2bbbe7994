"""From which address a request comes, as far as proxies can be trusted, and who shares one."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from django.conf import settings
from django.http import HttpRequest

MAX_LENGTH = 100  # of what a proxy wrote that is no address
NETWORK = (1 << 128) - (1 << 64)  # a subscriber has a whole /64

_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d+)?")
_WITH_PORT = re.compile(r"([0-9.]+):\d+")


def client_address(request: HttpRequest) -> str:
    """Return the sender's address, as limits count it: alike for all that one client may write.

    Only trusted proxies' own entries in X-Forwarded-For count.
    """
    direct = request.META.get("REMOTE_ADDR", "") or "unknown"
    hops = settings.DECLIC_TRUSTED_PROXIES
    if not hops:
        return counted(direct)
    forwarded = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
    return counted(forwarded[-hops] if len(forwarded) >= hops and forwarded[-hops] else direct)


def counted(written: str) -> str:
    """Return the one way to write an address: IPv6 by its /64, IPv4 within it as IPv4, no port."""
    address = written.strip().strip('"')
    if found := _BRACKETED.fullmatch(address) or _WITH_PORT.fullmatch(address):
        address = found[1]
    try:
        return str(IPv4Address(address))
    except AddressValueError:
        pass
    try:
        inner = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return address[:MAX_LENGTH]
    if inner.ipv4_mapped:
        return str(inner.ipv4_mapped)
    return f"{IPv6Address(int(inner) & NETWORK)}/64"
