"""Which addresses may become links, where bare ones stand, which labels look like one; pure."""

import functools
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from linkify_it import LinkifyIt

IN_A_URL = "!#$%&'()*+,/:;=?@[]~"  # what stays as it is in a value that was put into an address
MAX_URL = 4_096
# linkify-it looks at the rest of a word from each `://` in it, so many in one word cost the
# square of its length: such a word gets no links.
MAX_SCHEMES_IN_A_WORD = 16

_WORD = re.compile(r"\S+")
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f\\<>\"]")
_MAILBOX = re.compile(r"[^@]{1,64}@[^@]+")
# A name with a dot in it and letters at its end, as browsers read it: other dots are dots too.
_HOST_LIKE = re.compile(r"(?:[^\W_][\w-]{0,62}[.\u3002\uff0e\uff61]){1,10}[^\W\d_]{2,24}(?![\w-])")
_LABEL = 1_000  # characters of a label that are looked at; a longer one is shown with its target


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A bare address in a text: where it stands and what it leads to."""

    start: int
    end: int
    url: str


def safe_url(url: str) -> str:
    """Return the URL where it may become a link (http, https, mailto; with a host), else "".

    One with a name before its host is none: `https://good.example@evil.example` reads as another.
    """
    if len(url) > MAX_URL or _UNFIT.search(url):
        return ""
    scheme, _, rest = url.partition(":")
    scheme = scheme.lower()
    if scheme == "mailto":
        return url if _MAILBOX.fullmatch(rest.partition("?")[0]) else ""
    if scheme not in ("http", "https") or not rest.startswith("//"):
        return ""
    try:
        parts = urlsplit(url)
        return url if parts.hostname and parts.port != 0 and "@" not in parts.netloc else ""
    except ValueError:  # half an IPv6 address, a port that is none
        return ""


def looks_like_another(label: str, url: str) -> bool:
    """Tell whether the label of a link reads as an address, and not as the one it leads to."""
    label, target = label.strip().lower(), url.lower()
    if label == target or f"mailto:{label}" == target:
        return False
    if len(label) > _LABEL or "://" in label:
        return label.rstrip("/") != target.rstrip("/")
    hosts = {one[0].removeprefix("www.") for one in _HOST_LIKE.finditer(label)}
    if target.startswith("mailto:"):
        mailbox = target.removeprefix("mailto:").partition("?")[0]
        return bool(hosts or "@" in label) and mailbox not in label
    return bool(hosts - {(urlsplit(target).hostname or "").removeprefix("www.")})


def find_links(text: str) -> list[FoundLink]:
    """Return the bare http, https and mailto addresses and e-mail addresses of a text, in order."""
    if "://" not in text and "@" not in text:
        return []
    found = _linkify().match(_WORD.sub(_without_hostile_word, text)) or []
    return [FoundLink(one.index, one.last_index, one.url) for one in found if safe_url(one.url)]


def _without_hostile_word(word: re.Match[str]) -> str:
    hostile = word[0].count("://") > MAX_SCHEMES_IN_A_WORD
    return " " * len(word[0]) if hostile else word[0]


@functools.cache
def _linkify() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": True, "fuzzy_ip": False})
    finder.add("ftp:", None).add("//", None)
    finder.tlds([r"[a-z]{2,24}"])  # an e-mail address may be of any domain, also an inner one
    return finder
