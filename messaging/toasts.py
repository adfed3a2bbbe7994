"""Toasts: what was done, said on the next page, with Undo where there is one."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


def say(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say on the next page what was done; `undo` is a local path that takes it back by POST."""
    messages.success(request, text, extra_tags=undo)


def undo_of(message: Message) -> str:
    """Return the path that undoes it, or nothing."""
    tags = message.extra_tags or ""
    return tags if tags.startswith("/") else ""
