"""Who gets in: the token, and the flood gate behind it. Nothing of the body is read here."""

import hashlib
import time
from typing import NoReturn

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django_ratelimit.core import is_ratelimited

from messaging.requests.addresses import client_address
from workflows.hook.refusals import Refusal
from workflows.runs import store
from workflows.runs.store import FoundURL
from workflows.url_tokens import PREFIX, digest

FOUND_EARLY = "declic.found_early"  # in the environ: a FoundURL, or the Refusal of a wrong token
COUNTED_PART = 64  # bodies below this part of a second's bytes are left to the count of requests


def find_url(request: HttpRequest, token: str) -> FoundURL:
    """Return what the token leads to; count a wrong one for its address and refuse it.

    A good token never meets that limit. For a large body the server has asked already, before it
    held any of it (config/early.py).
    """
    early = request.META.get(FOUND_EARLY)
    if isinstance(early, Refusal):
        raise early
    if isinstance(early, FoundURL):
        return early
    found = store.find_url(digest(token)) if token.startswith(PREFIX) else None
    if found is None:
        _refuse_wrong_token(request)
    return found


def _refuse_wrong_token(request: HttpRequest) -> NoReturn:
    limit, seconds = settings.DECLIC_WRONG_TOKENS
    key = hashlib.sha256(client_address(request).encode()).hexdigest()
    count = _add_up("tokens", key, 1, seconds)
    raise Refusal("rate_limited" if count > limit else "workflow_not_found")


def check_flood(request: HttpRequest, found: FoundURL) -> None:
    """Refuse what comes faster than anything could be accepted, before it costs anything."""
    if is_ratelimited(
        request,
        group="hooks",
        key=lambda _group, _request: str(found.request_url),
        rate=settings.DECLIC_FLOOD_RATE,
        method="POST",
        increment=True,
    ):
        raise Refusal("rate_limited")
    size, most = body_length(request), settings.DECLIC_FLOOD_BYTES
    if size * COUNTED_PART > most:
        second = int(time.time())
        if _add_up("flood", f"bytes:{found.request_url}:{second}", size, 2) > most:
            raise Refusal("rate_limited")


def body_length(request: HttpRequest) -> int:
    """Return how long the body is, as its header says; 0 where that is no number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _add_up(cache_name: str, key: str, count: int, seconds: int) -> int:
    """Add to a counter and return it; 0 while the cache is lost."""
    cache = caches[cache_name]
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key, count) or 0
    except ValueError:  # it expired between the two
        return count
