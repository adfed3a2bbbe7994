"""What is refused before the server starts, and what to set instead."""

import ipaddress
import re
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings

SHORTEST_SECRET = 32
RATE = re.compile(r"[0-9]+/[0-9]*[smhd]")  # as django-ratelimit reads it
ENGINES = {"config.sqlite", "django.db.backends.postgresql"}
LOCAL_ENDINGS = (".localhost", ".local", ".lan", ".internal", ".home.arpa", ".test")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches the host."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public_name(host: str) -> bool:
    """Tell whether the host is one that others on the internet may reach."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.lower().endswith(LOCAL_ENDINGS)


def is_token_key(key: str) -> bool:
    """Tell whether request URLs can be encrypted with the key."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def problems(host: str) -> list[str]:
    """Return a sentence for each reason not to serve on this host, empty where it is safe."""
    return [*_of_secrets(), *_of_values(), *_of_address(host)]


def _of_secrets() -> list[str]:
    found = []
    if settings.DEBUG:
        found.append("DECLIC_DEBUG is on: error pages would show settings. Unset it.")
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        found.append(
            f"DECLIC_SECRET_KEY is shorter than {SHORTEST_SECRET} characters. Set a long random "
            "one, or unset it: one is made and kept in the data folder."
        )
    if not all(is_token_key(key) for key in settings.DECLIC_TOKEN_KEYS):
        found.append(
            "DECLIC_TOKEN_KEYS holds what is no Fernet key. Set keys, separated by commas, or "
            "unset it: one is made and kept in the data folder."
        )
    return found


def _of_values() -> list[str]:
    found = []
    if settings.DATABASES["default"]["ENGINE"] not in ENGINES:
        found.append(
            "DATABASE_URL is not for PostgreSQL. Set it to postgres://user:password@host:5432/name,"
            " or unset it: SQLite in the data folder is used then."
        )
    if not RATE.fullmatch(settings.DECLIC_FLOOD_RATE):
        found.append(
            f"DECLIC_FLOOD_RATE ({settings.DECLIC_FLOOD_RATE}) is no rate. Set it to one such as "
            "20/s, or unset it."
        )
    return found


def _of_address(host: str) -> list[str]:
    base = urlsplit(settings.DECLIC_BASE_URL)
    found = []
    if base.scheme not in {"http", "https"} or not base.hostname:
        found.append(
            "DECLIC_BASE_URL is no address. Set it to the one that people type, "
            "such as https://declic.example."
        )
    elif base.path or base.query or base.fragment:
        found.append(
            f"DECLIC_BASE_URL ({settings.DECLIC_BASE_URL}) goes on after the host, but Declic "
            f"answers only at the root of its host. Set it to {base.scheme}://{base.netloc}."
        )
    elif not settings.DECLIC_BASE_URL_IS_SET and not is_loopback(host):
        found.append(
            f"--host {host} can be reached from other machines, but DECLIC_BASE_URL is not set. "
            "Set it to the address that people type, such as https://declic.example."
        )
    elif base.scheme == "http" and is_public_name(base.hostname):
        found.append(
            f"DECLIC_BASE_URL ({settings.DECLIC_BASE_URL}) has no https: passwords and request "
            "URLs would travel in the clear. Put a proxy with a certificate in front, and set "
            "DECLIC_BASE_URL to its https:// address."
        )
    return found
