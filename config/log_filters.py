"""What is kept out of logs and error reports: tokens, secrets and broken lines."""

import logging
import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

TOKEN = re.compile(r"dhk(?:_|%(?:25)*5[Ff])[A-Za-z0-9_%-]+")  # also where `_` came encoded
MASK = "dhk_[hidden]"


def mask(text: str) -> str:
    """Return the text without any request URL's token."""
    return TOKEN.sub(MASK, text) if "dhk" in text else text


class MaskSecrets(logging.Filter):
    """Take tokens out of every record before a handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message; the traceback is masked by the formatter."""
        record.msg, record.args = mask(record.getMessage()), ()
        return True


class PlainRefusals(logging.Filter):
    """Take the traceback off a permission that was refused: that is an answer, not a fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the line, which names the path."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if record.name == "django.request" and isinstance(error, PermissionDenied):
            record.exc_info = record.exc_text = None
        return True


class OneLineFormatter(logging.Formatter):
    """Keep each record's message on one line, and its traceback free of tokens."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """Escape line breaks, so that a value can't forge a log line."""
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        """Mask tokens in what an exception says."""
        return mask(super().formatException(ei))


class Reporter(ExceptionReporter):
    """Take tokens out of Django's error reports: out of the path, the exception, the headers."""

    def get_traceback_html(self) -> SafeString:
        """Mask the page that is mailed or, with DEBUG, shown."""
        return SafeString(mask(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Mask the text that is mailed."""
        return SafeString(mask(super().get_traceback_text()))


class ReporterFilter(SafeExceptionReporterFilter):
    """Mask what a request sent, and its variables, in Django's error reports."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern
        + "|DATABASE_URL|REDIS_URL|BROKER|COOKIE",
        re.IGNORECASE,
    )

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        """Mask tokens inside any value, whatever its key."""
        cleansed = super().cleanse_setting(key, value)
        return mask(cleansed) if isinstance(cleansed, str) else cleansed

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """Show the names of what was sent, but no value: passwords, messages, payloads."""
        if request is None:
            return {}
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        """Show no local variables at all: they hold payloads and tokens."""
        return ()
