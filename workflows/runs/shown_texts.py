"""A run's texts as its page shows them: secrets hidden, each cut as a message is, all bounded."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from messaging.mrkdwn.tokens import MESSAGE_LIMIT
from workflows.payload.redaction import Secrets, redact_text

PAGE_LIMIT = 200_000  # characters of all texts of a run
AFTER_THAT = 200  # characters of each one more


class ShownTexts:
    """What one page may still show; `values` are the run's variables."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._secrets = Secrets(values)
        self._left = PAGE_LIMIT

    def show(self, text: str) -> str:
        """Return the text as the page shows it."""
        hidden = self._secrets.hide(text)
        room = min(MESSAGE_LIMIT, max(AFTER_THAT, self._left))
        shown = redact_text(hidden[: 2 * MESSAGE_LIMIT])
        if len(shown) > room:
            shown = f"{shown[:room]}… {_('(message cut)')}"
        self._left -= len(shown)
        return shown
