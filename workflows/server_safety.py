"""What is refused before the server starts, and what to set instead."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

SHORTEST_SECRET = 32
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


def problems(host: str) -> list[str]:
    """Return a sentence for each reason not to serve on this host, empty where it is safe."""
    base = urlsplit(settings.DECLIC_BASE_URL)
    found = []
    if settings.DEBUG:
        found.append("DECLIC_DEBUG is on: error pages would show settings. Unset it.")
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        found.append(
            f"DECLIC_SECRET_KEY is shorter than {SHORTEST_SECRET} characters. Set a long random "
            "one, or unset it: one is made and kept in the data folder."
        )
    if base.scheme not in {"http", "https"} or not base.hostname:
        found.append(
            "DECLIC_BASE_URL is no address. Set it to the one that people type, "
            "such as https://declic.example."
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
