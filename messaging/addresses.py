"""From which address a request comes, as far as proxies can be trusted."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the sender's address; only trusted proxies' own entries in X-Forwarded-For count."""
    direct = request.META.get("REMOTE_ADDR", "") or "unknown"
    hops = settings.DECLIC_TRUSTED_PROXIES
    if not hops:
        return direct
    forwarded = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
    return forwarded[-hops] if len(forwarded) >= hops and forwarded[-hops] else direct
