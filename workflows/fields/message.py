"""The text of a message: mrkdwn that may hold `{{ variables }}`."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import mrkdwn
from messaging.directory import Directory
from messaging.mrkdwn.tokens import Body
from workflows.fields.base import SettingField
from workflows.fields.scope import EditScope, Posted, RunContext, RunReading, plain_lines
from workflows.text import template_text
from workflows.text.problems import Problem, Wrong

MAX_TEXT = 12_000


class MessageTextField(SettingField):
    """What is posted; a run fills the variables with inert values."""

    template = "workflows/builder/controls/message.html"
    missing = gettext_lazy("Write the message.")
    is_message = True
    max_length = MAX_TEXT

    def check(self, value: Any, scope: EditScope) -> str:
        """Return the text; refuse an unknown variable and too long a text."""
        if not isinstance(value, str):
            raise Wrong(Problem("", _("must be text")))
        if not value.strip():
            raise self.is_missing()
        if len(value) > MAX_TEXT:
            raise Wrong(_too_long(len(value)))
        found = template_text.check(value, scope.variables)
        if found:
            raise Wrong(*(one.problem for one in found))
        return value.replace("\r\n", "\n")

    def read(self, posted: Posted) -> str:
        """Take the text as it is, with the line ends that are stored."""
        return plain_lines(posted.typed)

    def lines(self, stored: Any, scope: EditScope) -> list[str]:
        """Compare the text's own lines."""
        return stored.splitlines() if isinstance(stored, str) else super().lines(stored, scope)

    def prepare(self, stored: str) -> Body:
        """Parse the builder's text, before any value is near it."""
        return template_text.compile_text(stored)

    def fill(self, prepared: Body, context: RunContext) -> Body:
        """Put the values in as opaque tokens."""
        return template_text.fill(prepared, context.values)

    def record(self, filled: Body) -> str:
        """Show the message as plain text."""
        return mrkdwn.plain_text(mrkdwn.cut(filled), Directory.of(filled).names())

    def unfilled(self, stored: Any, reading: RunReading) -> str:
        """Return the text with the run's values."""
        filled = mrkdwn.cut(template_text.fill(self.prepare(str(stored)), reading.filled))
        return mrkdwn.plain_text(filled, Directory.of(filled).names())


def _too_long(length: int) -> Problem:
    values = {"max": MAX_TEXT, "over": length - MAX_TEXT}
    sentence = _("A message has at most %(max)s characters: cut %(over)s of them.") % values
    return Problem("", _("at most %(max)s characters") % values, sentence=sentence)
