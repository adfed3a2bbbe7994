"""What every page is made of: icons, faces, panels."""

from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, Select
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from messaging.models import App, Member
from messaging.panels import panels
from messaging.toasts import undo_of

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "i") -> SafeString:
    """Draw a symbol of logo.svg; always hidden from screen readers: words stand beside it.

    `{% icon "copy" %}`, smaller `{% icon "copy" "i i-s" %}`.
    """
    return _symbol(f"i-{name}", classes)


@register.simple_tag
def logo() -> SafeString:
    """Draw the mark."""
    return _symbol("mark", "logo")


@register.simple_tag
def wordmark() -> SafeString:
    """Draw the name beside the mark."""
    return _symbol("wordmark", "wordmark")


def _symbol(name: str, classes: str) -> SafeString:
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        static("messaging/logo.svg"),
        name,
    )


@register.simple_tag
def face(sender: Member | App | None, *, small: bool = False) -> SafeString:
    """Draw who it is: members are round, workflows are square."""
    if isinstance(sender, Member):
        return format_html(
            '<span class="av {}{}" aria-hidden="true">{}</span>',
            sender.avatar_class,
            " av-s" if small else "",
            sender.initial,
        )
    return format_html(
        '<span class="tile{}" aria-hidden="true">{}</span>',
        " tile-s" if small else "",
        sender.icon_character if sender else "",
    )


@register.inclusion_tag("_field.html")
def field(bound: BoundField, label_class: str = "form-label") -> dict[str, Any]:
    """Show a field with its label, help and errors; the first wrong one has the focus."""
    widget = bound.field.widget
    classes = "form-select" if isinstance(widget, Select) else "form-control"
    attrs: dict[str, Any] = {
        "class": " ".join(filter(None, (classes, widget.attrs.get("class"))))
        + (" is-invalid" if bound.errors else "")
    }
    if bound.errors:
        attrs["autofocus"] = next(iter(bound.form.errors)) == bound.name
    elif bound.form.is_bound and bound.form.errors:
        attrs["autofocus"] = False
    return {"field": bound, "widget": bound.as_widget(attrs=attrs), "label_class": label_class}


@register.simple_tag
def undo(message: Message) -> str:
    """Return the address that undoes what the message says (messaging/toasts.py)."""
    return undo_of(message)


@register.simple_tag(takes_context=True)
def panel(context: template.Context, place: str, subject: Any = None) -> SafeString:
    """Show what other apps add to this place (messaging/panels.py)."""
    request: HttpRequest = context["request"]
    return mark_safe("".join(panels.show(place, request, subject)))
