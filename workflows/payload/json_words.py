"""Why a text can't be read as JSON, in the reader's language: the wire says it in English."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.payload import body
from workflows.payload.body import InvalidJSON

REASONS: Mapping[str, Promise] = {
    body.NOT_UTF_8: gettext_lazy("This is not UTF-8."),
    body.EMPTY: gettext_lazy("There is nothing in it."),
    body.TOO_DEEP: gettext_lazy("It is nested too deep."),
    body.TOO_MANY_DIGITS: gettext_lazy("A number in it is too long."),
    body.BEYOND_RANGE: gettext_lazy("A number in it is too large."),
}


def why_not_json(error: InvalidJSON) -> str:
    """Return what is wrong, and where."""
    why = str(REASONS.get(error.reason) or _("This is not JSON."))
    if error.place is None:
        return why
    line, column = error.place
    said = _("%(why)s Look at line %(line)s, column %(column)s.")
    return said % {"why": why, "line": line, "column": column}
