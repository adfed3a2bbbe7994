"""Request-URL tokens: made, looked up by digest, kept besides only encrypted."""

import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PREFIX = "dhk_"  # so that secret scanners find it
RANDOM_BYTES = 32


class TokenUnreadable(Exception):
    """Raised where no key in DECLIC_TOKEN_KEYS reads the token; the hook itself still works."""


def new_token() -> str:
    """Return a new token: the prefix and 256 random bits, URL-safe."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest(token: str) -> str:
    """Return the SHA-256 by which the token is looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def encrypt(token: str) -> str:
    """Return the token encrypted with the first key, so that managers can copy it again."""
    return _keys().encrypt(token.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Return the token; any of the keys may read it, so that keys can be changed.

    Raise TokenUnreadable where none does.
    """
    try:
        return _keys().decrypt(encrypted.encode()).decode()
    except (InvalidToken, UnicodeError):
        # The cause is cut off: it could hold what it tried to read.
        raise TokenUnreadable from None


def request_address(token: str) -> str:
    """Return the URL that services post to."""
    return f"{settings.DECLIC_BASE_URL}/hooks/workflows/{token}"


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.DECLIC_TOKEN_KEYS])
