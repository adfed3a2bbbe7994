"""Who may listen to the live updates: the session's member, asked outside Django's chain."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.models import Session
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from messaging.models import Member
from messaging.requests.sessions import SessionStore, stored_key


class Listener(NamedTuple):
    """A member on one session, and the password's hash that the session was checked with."""

    session_key: str
    member: int
    password: str


def is_own_address(host: str, origin: str) -> bool:
    """Tell whether the request came to an address of ours, and from a page of ours."""
    name, _port = split_domain_port(host)
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return False
    if not origin or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    sent = urlsplit(origin)
    return sent.scheme in {"http", "https"} and sent.netloc.lower() == host.lower()


def session_key_in(cookies: str) -> str:
    """Return the session's key from the Cookie header, empty without one."""
    return str(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, ""))


def find_listener(session_key: str) -> Listener | None:
    """Return who the session belongs to, None where nobody is signed in (in a pool thread).

    Django's own check: the member must be active, and the session newer than the password.
    """
    if not session_key:
        return None
    store = SessionStore(session_key)
    request = HttpRequest()
    request.session = store
    member: Any = auth.get_user(request)
    if not member.is_authenticated or store.session_key != session_key:
        return None
    return Listener(session_key, member.pk, member.password)


def lost(listeners: Sequence[Listener]) -> set[Listener]:
    """Return the listeners who lost their right: signed out, deactivated, or a new password.

    Two queries for all of them.
    """
    sessions = set(
        Session.objects.filter(
            session_key__in={stored_key(listener.session_key) for listener in listeners},
            expire_date__gt=timezone.now(),
        ).values_list("session_key", flat=True)
    )
    passwords = _passwords(listener.member for listener in listeners)
    return {
        listener
        for listener in listeners
        if stored_key(listener.session_key) not in sessions
        or passwords.get(listener.member) != listener.password
    }


def _passwords(members: Iterable[int]) -> dict[int, str]:
    active = Member.objects.active().filter(pk__in=set(members))
    return dict(active.values_list("pk", "password"))
