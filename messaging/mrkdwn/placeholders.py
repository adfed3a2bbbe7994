"""The places of variables in a builder's text: `{{ key }}`, `{{ key|name }}`, `{{ key|email }}`."""

import re
from dataclasses import dataclass

from messaging.mrkdwn.tokens import Token

KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"
_PLACEHOLDER = re.compile(rf"\{{\{{ *({KEY})(?: *\| *(name|email))? *\}}\}}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One variable's place; `start` and `end` are offsets, `format` is "", "name" or "email"."""

    start: int
    end: int
    key: str
    format: str

    @property
    def token(self) -> Token:
        """Return the token that a template's body holds for it."""
        return {"t": "var", "key": self.key, "format": self.format}


def find_placeholders(text: str) -> list[Placeholder]:
    """Return the well-formed placeholders of a text, in order; anything else stays text."""
    return [
        Placeholder(one.start(), one.end(), one[1], one[2] or "")
        for one in _PLACEHOLDER.finditer(text)
    ]
