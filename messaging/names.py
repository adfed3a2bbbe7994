"""Names that people give: on one line, seen by everybody, and changing nothing around them."""

import re
import unicodedata

# Controls, marks that turn the direction of what follows, and what has no width: with them one
# name passes for another. Joiners stay, for they shape letters and emoji.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters by their category that show nothing


def clean_name(text: str) -> str:
    """Return the name on one line without what can't be seen; empty where nothing is left."""
    name = UNSEEN.sub("", " ".join(text.split())).strip()
    return name if any(map(_is_seen, name)) else ""


def _is_seen(character: str) -> bool:
    return character not in BLANK and unicodedata.category(character)[0] in "LNPS"
