"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from messaging.live.position import current_position
from messaging.models import Member, Workspace
from messaging.requests.reader import theme_of
from messaging.sidebar import Sidebar


def workspace(request: HttpRequest) -> dict[str, Any]:
    """Offer the workspace, the sidebar and the reader's theme; looked up only where shown."""
    found: dict[str, Any] = {
        "workspace": SimpleLazyObject(Workspace.current),
        "base_url": settings.DECLIC_BASE_URL,
        "base_host": settings.DECLIC_BASE_URL.partition("://")[2],
        "theme": SimpleLazyObject(lambda: theme_of(request)),
    }
    member = getattr(request, "user", None)
    if isinstance(member, Member):
        found["sidebar"] = SimpleLazyObject(lambda: _sidebar(request, member))
        found["newest_change"] = SimpleLazyObject(newest_change)
    return found


def newest_change() -> str:
    """Return how far the page already shows the changes; live updates go on from there."""
    return str(current_position())


def _sidebar(request: HttpRequest, member: Member) -> Sidebar:
    match = request.resolver_match
    current = match.kwargs.get("channel_id", "") if match else ""
    return Sidebar.of(member, current=current)
