"""How each field of a step's or trigger's form stands on the builder's page, and is read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Member
from workflows.builder_flags import Flag, flags_of, is_channel_id
from workflows.draft_checks import renamed
from workflows.known import DIRECT_ID, hidden_channel, my_direct_messages
from workflows.lengths import UNIT_LABELS, join_length, split_length
from workflows.services.editing import Typed, as_text
from workflows.step_fields import MAX_TEXT, OWN_DIRECT
from workflows.steps.base import Configured, EditScope


@dataclass(frozen=True)
class Control:
    """One field: what is shown in it, what it held (its base), what is left to correct."""

    name: str
    id: str
    label: str
    help: str
    control: str
    value: str
    base: str
    flags: list[Flag] = field(default_factory=list)
    note: str = ""
    unit: str = ""
    widget: SafeString | str = ""
    takes_own_direct: bool = False  # a channel field that offers one's own direct messages
    part: str = ""  # "step 2": whose field it is, for the labels of its buttons

    @property
    def template(self) -> str:
        """The template that draws it."""
        return f"workflows/builder/controls/{self.control}.html"

    @property
    def units(self) -> list[tuple[str, Any]]:
        """The units of time that it can be given in."""
        return list(UNIT_LABELS.items())

    @property
    def length(self) -> int:
        """How many characters its text has."""
        return len(self.value)

    @property
    def max_length(self) -> int:
        """How many a message may have."""
        return MAX_TEXT


@dataclass(frozen=True)
class Drawing:
    """What drawing a form needs besides the form: who edits, and what is known of channels."""

    scope: EditScope
    sizes: Mapping[str, int]  # members in a channel, by channel ID
    live_channels: frozenset[str]  # where the live version posts


def controls(
    kind: Configured, config: Mapping[str, Any], prefix: str, part: str, drawing: Drawing
) -> list[Control]:
    """Return the fields of the kind's form, with what the settings hold."""
    form = kind.ConfigForm(scope=drawing.scope)
    return [
        _control(name, one, config.get(name), f"{prefix}-{name}", part, drawing)
        for name, one in form.fields.items()
    ]


def _control(name: str, field: Any, stored: Any, id: str, part: str, drawing: Drawing) -> Control:
    control = getattr(field, "control", "plain")
    flags = flags_of(field, stored, drawing.scope)
    shown, unit = shown_value(control, stored, drawing.scope), ""
    if control == "time":
        shown, unit = split_length(stored) if stored not in ("", None) else ("", "minutes")
    return Control(
        name=name,
        id=id,
        label=str(field.label or name),
        help="" if control == "time" else str(field.help_text),
        control=control,
        value=shown,
        base=as_text(stored),
        flags=flags,
        note=_channel_note(stored, drawing) if control == "channel" and not flags else "",
        unit=unit,
        widget=_widget(field, name, stored, id, flags) if control == "plain" else "",
        takes_own_direct=getattr(field, "takes_own_direct", False),
        part=part,
    )


def shown_value(control: str, stored: Any, scope: EditScope) -> str:
    """Return what a field shows of a stored setting: names instead of IDs."""
    text = as_text(stored)
    known = scope.known_for(text)
    if control == "channel":
        direct = known.direct(text)
        if direct is not None:
            return str(direct)
        channel = known.channel(text)
        if channel is None:
            return hidden_channel() if is_channel_id(text) else text
        return f"#{channel.name}"
    if control == "person":
        member = known.member(text.strip())
        return f"{member.display_name}, {member.email}" if member else text
    return text


def _channel_note(stored: Any, drawing: Drawing) -> str:
    if drawing.scope.known_for(str(stored)).direct(str(stored)) is not None:
        return _("Only you read them: good for trying it out before it goes to a channel.")
    size = drawing.sizes.get(str(stored))
    if size is None:
        return ""
    note = ngettext("%(count)d member is in it.", "%(count)d members are in it.", size)
    note %= {"count": size}
    if stored in drawing.live_channels:
        note += " " + _("This workflow posts there already.")
    return note


def _widget(field: forms.Field, name: str, stored: Any, id: str, flags: list[Flag]) -> SafeString:
    widget = field.widget
    look = "form-select" if isinstance(widget, forms.Select) else "form-control"
    if isinstance(widget, forms.CheckboxInput):
        look = "form-check-input"
    attrs = {"id": id, "class": f"{look} is-invalid" if flags else look}
    if flags:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{id}-flags"}
    return widget.render(f"f-{name}", field.prepare_value(stored), attrs)


def read_fields(kind: Configured | None, data: Any, reader: Member) -> dict[str, Typed]:
    """Return the fields that a form of the page sent to this reader, each with its base."""
    fields = kind.ConfigForm().fields if kind else {}
    return {
        name: Typed(_read(one, name, data, reader), plain_lines(data[f"base-{name}"]))
        for name, one in fields.items()
        if f"base-{name}" in data
    }


def _read(field: forms.Field, name: str, data: Any, reader: Member) -> Any:
    control, sent = getattr(field, "control", "plain"), data.get(f"f-{name}", "")
    if control == "message":
        return _with_suggestion(plain_lines(sent), name, data)
    if control == "time":
        return join_length(sent, data.get(f"unit-{name}", ""))
    if control == "person":
        before, _comma, address = sent.strip().rpartition(", ")
        person = address if before and "@" in address else sent.strip()
        return _with_suggestion(person, name, data)
    if control == "channel":
        return _read_channel(sent.strip(), data[f"base-{name}"], reader)
    return field.widget.value_from_datadict(data, MultiValueDict(), f"f-{name}")


def _read_channel(sent: str, base: str, reader: Member) -> str:
    """Return what was typed, or what stands behind the words that the field showed."""
    if sent == my_direct_messages():
        return OWN_DIRECT
    if sent == hidden_channel():
        return base
    scope = EditScope(member=reader, variables={})
    if DIRECT_ID.match(base) and sent == shown_value("channel", base, scope):
        return base
    return sent


def _with_suggestion(text: str, name: str, data: Any) -> str:
    """Return the text as the button wants it that was pressed: `text|suport|support`."""
    where, _bar, rest = data.get("use", "").partition("|")
    wrong, _bar, right = rest.partition("|")
    if where != name or not (wrong and right):
        return text
    return str(renamed(text, wrong, right))


def plain_lines(text: str) -> str:
    """Return the text with the line ends that are stored; forms send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
