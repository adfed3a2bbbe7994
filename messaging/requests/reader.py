"""In which language, time zone and theme somebody reads: the member's, else the device's."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from messaging.models import Member

THEME_COOKIE = "declic_theme"
YEAR = 365 * 24 * 3600


def member_of(request: HttpRequest) -> Member | None:
    """Return who is signed in; None without a session (pages on errors ask so too)."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Member) and user.is_authenticated else None


def theme_of(request: HttpRequest) -> str:
    """Return the member's theme, else the one chosen on this device."""
    member = member_of(request)
    chosen = member.theme if member else request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in Member.Theme.values else Member.Theme.AUTO.value


def remember(response: HttpResponse, request: HttpRequest, cookie: str, value: str) -> None:
    """Keep a choice that was made before signing in on this device."""
    response.set_cookie(
        cookie,
        value,
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )


def read_as(member: Member) -> None:
    """Show the rest of this request in the member's language and time zone."""
    if member.language:
        translation.activate(member.language)
    timezone.activate(member.zone)


def forget() -> None:
    """Leave no reader's language behind: the hook shares the thread and never sets its own."""
    translation.deactivate()
    timezone.deactivate()
