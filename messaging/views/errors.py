"""Pages for what went wrong: each says what it is and the way out."""

import logging
import sys

from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from messaging.requests import page_time
from messaging.requests.reader import member_of

RETRY_SECONDS = 5
WRONG_ADDRESS_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

logger = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer alike for what does not exist and for what is not for the reader.

    Who is not signed in is sent to sign-in, as for every page.
    """
    if member_of(request) is None:
        return redirect_to_login(request.get_full_path())
    return render(request, "messaging/nothing_here.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say the same as for what does not exist."""
    return not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Refuse what can't be read; nothing here looks at the form again, it would raise again."""
    page = render_to_string("messaging/bad_request.html")
    return HttpResponse(page, status=400, headers={"Cache-Control": "no-store"})


def not_allowed_page() -> str:
    """Return the page for an address that only takes what a form sends."""
    return render_to_string("messaging/not_allowed.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault; nothing here asks the database or the request."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return database_unavailable(request)
    return HttpResponse(render_to_string("messaging/server_error.html"), status=500)


def database_unavailable(request: HttpRequest) -> HttpResponse:
    """Ask to come back soon, or for less; nothing here asks the database."""
    name = "page_too_slow" if page_time.is_over() else "database_unavailable"
    page = render_to_string(f"messaging/{name}.html")
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form that didn't come from our own page, or from one that is too old."""
    return HttpResponse(render_to_string("messaging/csrf_failure.html"), status=403)


def wrong_address(request: HttpRequest) -> HttpResponse:
    """Name the setting to change; show neither the configured address nor the asked one."""
    logger.warning("Refused a request for a host that DECLIC_BASE_URL does not name.")
    with translation.override(translation.get_language_from_request(request)):
        page = render_to_string("messaging/wrong_address.html")
    return HttpResponse(page, status=400, headers=WRONG_ADDRESS_HEADERS)
