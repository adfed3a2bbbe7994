"""What stands around every page: its address, its database, its reader."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import patch_vary_headers

from messaging.requests import reader
from messaging.views.errors import database_unavailable, not_allowed_page, wrong_address

logger = logging.getLogger(__name__)

REPLACED = "\N{REPLACEMENT CHARACTER}"
GetResponse = Callable[[HttpRequest], HttpResponse]


class WrongHostMiddleware:
    """Answer a host that the settings don't allow with a page that names the setting."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check the host before anything else looks at the request."""
        try:
            if not self._is_file(request):
                request.get_host()
            return self.get_response(request)
        except DisallowedHost:
            return wrong_address(request)
        finally:
            reader.forget()

    def _is_file(self, request: HttpRequest) -> bool:
        """Tell whether it is a file that the page itself needs."""
        return request.path_info.startswith(settings.STATIC_URL)


class StorableTextMiddleware:
    """Replace NUL in addresses and forms, as the hook does in payloads.

    PostgreSQL takes no text with NUL, not even to look for it; SQLite does.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the view what any database can store."""
        if has_nul(request.GET):
            request.GET = without_nul(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and has_nul(request.POST):
            request.POST = without_nul(request.POST)  # type: ignore[assignment]
        return self.get_response(request)


def has_nul(fields: QueryDict) -> bool:
    """Tell whether a value holds NUL (names are compared, never stored)."""
    return any("\0" in value for values in fields.lists() for value in values[1])


def without_nul(fields: QueryDict) -> QueryDict:
    """Return the fields with U+FFFD for each NUL."""
    clean = fields.copy()
    for name, values in fields.lists():
        clean.setlist(name, [value.replace("\0", REPLACED) for value in values])
    clean._mutable = False  # as Django's own are
    return clean


class DatabaseUnavailableMiddleware:
    """Answer 503 and when to come back, where the database is down, locked, full or too slow."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; views' exceptions come back by `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn the database's own errors into a page, leave the others alone."""
        if isinstance(exception, OperationalError | InterfaceError):
            logger.warning("The database is not available: %s", exception)
            return database_unavailable(request)
        return None


class NotAllowedMiddleware:
    """Show a page where an address was opened that only takes forms: Django's answer is empty."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Fill an empty 405."""
        response = self.get_response(request)
        if response.status_code == 405 and not response.streaming and not response.content:
            response.content = not_allowed_page()
        return response


class ReaderMiddleware:
    """Show the page in its reader's language and time zone, and to nobody else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Find the reader; keep shared caches away from what they get."""
        try:
            member = reader.member_of(request)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database is not available: %s", error)
            return database_unavailable(request)
        if member is not None:
            reader.read_as(member)
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        patch_vary_headers(response, ["Cookie"])
        return response
