"""Sentences that are stored now and read later, each reader in their own language."""

from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext


@dataclass(frozen=True)
class Sentence:
    """A message ID (marked with `gettext_noop` where it is written) and the values in it."""

    msgid: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the sentence in the active language."""
        text = gettext(self.msgid) if self.msgid else ""
        return text % self.values if self.values else text

    def as_json(self) -> dict[str, Any]:
        """Return what a JSON field keeps."""
        return {"text": self.msgid, "values": self.values}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return the sentence that a JSON field kept; an empty one for an empty field."""
        return cls(kept.get("text", ""), kept.get("values", {}))
