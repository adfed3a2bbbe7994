"""The origin of forms on pages that send no referrer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class OwnOriginMiddleware:
    """Tell Django's CSRF protection what the browser tells in another header.

    From a page with `Referrer-Policy: no-referrer` browsers post a form with `Origin: null`, which
    Django refuses. They then still say truly whether the form was ours, in `Sec-Fetch-Site`, which
    no page can forge (https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header). The form's
    token is asked for in any case.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Name our own origin where the browser says that the form was ours."""
        meta = request.META
        if meta.get("HTTP_ORIGIN") == "null" and meta.get("HTTP_SEC_FETCH_SITE") == "same-origin":
            meta["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        return self.get_response(request)
