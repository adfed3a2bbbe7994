"""The address of a builder's link, with values in it: none leads away from the builder's host.

Where the builder typed a host, or a part of one, what a value may be depends on where it stands:

    https://{{ x }}.example/    letters, digits, hyphens and dots: a name under the builder's
    https://good.example{{ x }} nothing, or a path, a query or a fragment with its / ? #
    https://good.example:{{ x }} a port, and then the same
    https://{{ x }}             the value is the host: the builder left it open
    {{ x }}                     the value is the whole address
    https://good.example/{{ x }} anything; what no URL may hold is percent-encoded

The same holds for an e-mail address, with its @. What doesn't fit makes no link: the reader sees
the label and the text of the address. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from messaging.mrkdwn.links import IN_A_URL, MAX_URL

_OPEN_HOST = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_OPEN_MAILBOX = re.compile(r"mailto:([^?]*)", re.IGNORECASE)
_SCHEME = re.compile(r"https?", re.IGNORECASE)
_NAMES = re.compile(r"[A-Za-z0-9.-]*")
_PATH = re.compile(r"(?:[/?#].*)?", re.DOTALL)
_PORT_AND_PATH = re.compile(r"[0-9]*(?:[/?#].*)?", re.DOTALL)
_HOST_AND_PATH = re.compile(r"[^/?#@\\]*(?:[/?#].*)?", re.DOTALL)
_LOCAL_PART = re.compile(r"[^\s@?&#%,;:<>()\[\]\"/\\]*")
_NOTHING = re.compile("")
_ANYTHING = re.compile(".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inserted:
    """A value in an address, beside what the builder typed."""

    text: str


def address(pieces: Sequence[str | Inserted]) -> str | None:
    """Return the URL, or None where a value would change whose it is.

    It ends once it is too long to be one: a value may be a megabyte, and stand there often.
    """
    written = ""
    for at, piece in enumerate(pieces):
        if len(written) > MAX_URL:
            break
        if isinstance(piece, str):
            written += piece
            continue
        value = piece.text[: MAX_URL + 1] if written else piece.text.strip()
        if not _fitting(written, _typed_after(pieces, at)).fullmatch(value):
            return None
        written += _encoded(value, written)
    return written


def _typed_after(pieces: Sequence[str | Inserted], at: int) -> str:
    """Return what the builder typed next, behind this value and those beside it."""
    return next((one for one in pieces[at + 1 :] if isinstance(one, str)), "")


def _fitting(written: str, following: str) -> re.Pattern[str]:
    """Return what a value must match between what is written and what the builder typed after."""
    if not written:
        return _SCHEME if following.startswith("://") else _ANYTHING
    if host := _OPEN_HOST.fullmatch(written):
        return _of_host(host[1], following)
    if mailbox := _OPEN_MAILBOX.fullmatch(written):
        return _of_mailbox(mailbox[1], following)
    return _ANYTHING


def _of_host(typed: str, following: str) -> re.Pattern[str]:
    if following and following[0] not in "/?#":
        return _NAMES
    if not typed:
        return _HOST_AND_PATH
    return _PORT_AND_PATH if typed.endswith(":") else _PATH


def _of_mailbox(typed: str, following: str) -> re.Pattern[str]:
    if "@" not in typed:
        return _LOCAL_PART if "@" in following or typed else _ANYTHING
    if typed.endswith("@") or (following and following[0] != "?"):
        return _NAMES
    return _NOTHING


def _encoded(value: str, written: str) -> str:
    if not written:
        return value
    is_in_mail = written[:7].lower() == "mailto:" and "?" in written
    return quote(value, safe="" if is_in_mail else IN_A_URL, errors="replace")
