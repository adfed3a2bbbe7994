"""A request URL as pages show it: masked, until a manager asks for it."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from workflows.models import Workflow
from workflows.services import request_urls

MASKED = "dhk_••••••••••••"


def masked_url() -> str:
    """Return what stands in a URL's place until it is asked for."""
    return f"{settings.DECLIC_BASE_URL}/hooks/workflows/{MASKED}"


def unreadable() -> str:
    """Return what a manager is told where the keys no longer read the URL."""
    return _(
        "This URL can no longer be shown: it was encrypted with a key that is not in "
        "DECLIC_TOKEN_KEYS any more. It still works. To get one that can be copied, "
        "regenerate it."
    )


@sensitive_variables("url")
def url_context(workflow: Workflow, url: str = "") -> dict[str, Any]:
    """Return what a page with the request URL needs: masked, unless it is given in the clear."""
    urls = request_urls(workflow=workflow)
    return {
        "urls": urls,
        "url_row": urls.live,
        "shown_url": url or masked_url(),
        "is_revealed": bool(url),
    }
