"""Refused requests in words: what was wrong, and what the sender or a manager can do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.models import RefusalSample
from workflows.payload.variable_values import ProblemCode

CAUSES: Mapping[str, Any] = {  # by the wire's code, for counts
    "invalid_json": gettext_lazy("Not JSON"),
    "invalid_payload": gettext_lazy("Neither an object nor a list"),
    "invalid_signature": gettext_lazy("Signature missing or wrong"),
    "unsupported_media_type": gettext_lazy("Neither JSON nor a form"),
    "invalid_variables": gettext_lazy("A variable missing or wrong"),
    "rate_limited": gettext_lazy("More than one request in a second"),
    "quota_exceeded": gettext_lazy("More than it takes in a day"),
}
SENTENCES: Mapping[str, Any] = {
    "invalid_json": gettext_lazy("The body could not be read as JSON."),
    "invalid_payload": gettext_lazy("The body was JSON, but neither an object nor a list."),
    "invalid_signature": gettext_lazy("The signature was missing, wrong or too old."),
    "unsupported_media_type": gettext_lazy("The body was neither JSON nor a form."),
    "invalid_variables": gettext_lazy("A variable was missing or held what it can’t."),
    "rate_limited": gettext_lazy("It came within a second of the one before."),
    "quota_exceeded": gettext_lazy("The workflow was sent all that it takes in a day."),
}
ADVICE: Mapping[str, Any] = {
    "invalid_json": gettext_lazy(
        "Ask the sender to send JSON in UTF-8, without a byte order mark."
    ),
    "invalid_payload": gettext_lazy("Ask the sender to put its values into an object: {…}"),
    "invalid_signature": gettext_lazy("Compare the signing secret with the sender’s."),
    "unsupported_media_type": gettext_lazy(
        "Ask the sender for the content type application/json, not compressed."
    ),
    "invalid_variables": gettext_lazy(
        "Ask the sender to correct it, or change the variable in the builder."
    ),
    "rate_limited": gettext_lazy(
        "A workflow takes one request in a second. The sender was told to try again after one."
    ),
    "quota_exceeded": gettext_lazy(
        "It takes requests again after midnight (UTC). Ask the sender to send less, or whoever "
        "runs Declic to allow more (DECLIC_DAILY_BYTES)."
    ),
}
PROBLEMS: Mapping[str, Any] = {
    ProblemCode.MISSING: gettext_lazy("The required variable %(key)s was missing."),
    ProblemCode.NOT_TEXT: gettext_lazy(
        "The variable %(key)s was neither a text nor a number, true or false."
    ),
    ProblemCode.NOT_A_NUMBER: gettext_lazy("The variable %(key)s was not a number."),
    ProblemCode.NOT_A_BOOLEAN: gettext_lazy("The variable %(key)s was neither true nor false."),
    ProblemCode.NOT_A_MEMBER: gettext_lazy(
        "The variable %(key)s was not a member ID, an e-mail address or another text."
    ),
}


def cause(error: str) -> str:
    """Return the cause in a few words; a code that is not known as it is."""
    return str(CAUSES.get(error, error))


@dataclass(frozen=True)
class RefusedLine:
    """One refused request, as a list and its own page show it."""

    refused: RefusalSample

    is_refused = True

    @property
    def key(self) -> str:
        """What tells it from every other line."""
        return f"refused-{self.refused.pk}"

    @property
    def sentences(self) -> list[SafeString]:
        """What was wrong, one sentence for each variable."""
        found = [one for one in map(_problem, self._details) if one]
        return found or [conditional_escape(SENTENCES.get(self.refused.error, self.refused.error))]

    @property
    def reason(self) -> SafeString:
        """What was wrong, with the status that the sender got."""
        sentences = format_html_join(" ", "{}", ((one,) for one in self.sentences))
        return format_html(_("{status}: {why}"), status=self.refused.status, why=sentences)

    @property
    def advice(self) -> str:
        """What can be done about it."""
        return str(ADVICE.get(self.refused.error, ""))

    @property
    def where(self) -> str:
        """Where the body stopped being JSON, as the answer says it; empty for other causes."""
        detail = self.refused.answer.get("detail", "")
        return detail if isinstance(detail, str) and self.refused.error == "invalid_json" else ""

    @property
    def answer(self) -> str:
        """The answer that the sender got, in its order (a database may keep another)."""
        kept = self.refused.answer
        first = {name: kept[name] for name in ("ok", "error") if name in kept}
        return json.dumps({**first, **kept})

    @property
    def _details(self) -> list[Any]:
        details = self.refused.answer.get("details", [])
        return details if isinstance(details, list) else []

    def get_absolute_url(self) -> str:
        """Return the path of its page, for the workflow's managers."""
        return reverse("workflows:refusal", args=[self.refused.workflow_id, self.refused.pk])


def _problem(detail: Any) -> SafeString:
    if not isinstance(detail, dict):
        return SafeString("")
    return problem_sentence(str(detail.get("key", "")), str(detail.get("problem", "")))


def problem_sentence(key: str, problem: str) -> SafeString:
    """Say what was wrong with a variable's value, never the value; empty for an unknown code."""
    sentence = PROBLEMS.get(problem)
    if sentence is None:
        return SafeString("")
    chip = format_html('<span class="chip">{}</span>', key)
    return mark_safe(conditional_escape(sentence) % {"key": chip})
