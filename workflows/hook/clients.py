"""Which kind of client sent a request: `GitHub-Hookshot`, `curl`, never more than that."""

import re

from django.http import HttpRequest

PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._ -]{0,63}")


def client_kind(request: HttpRequest) -> str:
    """Return the product's name from the User-Agent header; empty where there is none."""
    found = PRODUCT.match(request.META.get("HTTP_USER_AGENT", "").strip())
    return found[0].strip() if found else ""
