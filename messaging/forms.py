"""What people fill in: sign-in, first run, settings, channels, messages."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from messaging.models import Channel, Member, Workspace

MESSAGE_LIMIT = 12_000


def time_zones() -> list[tuple[str, Any]]:
    """Return the time zones for a select, in groups by continent."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        region, slash, place = name.partition("/")
        if slash and region not in {"Etc", "SystemV", "US"}:
            groups.setdefault(region, []).append((name, place.replace("_", " ")))
    return [("UTC", "UTC"), *groups.items()]


class TimeZoneField(forms.ChoiceField):
    """A select of time zones; a page's script proposes the browser's."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Time zone"))
        super().__init__(choices=time_zones, **options)

    def valid_value(self, value: str) -> bool:
        """Take every zone that Python knows, also those that the select leaves out."""
        return value in available_timezones()


class SignInForm(forms.Form):
    """The door."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    stay = forms.BooleanField(label=_("Stay signed in on this device"), required=False)


def _password_advice() -> str:
    return " ".join(password_validators_help_texts())


class FirstRunForm(forms.Form):
    """Makes the workspace's owner."""

    code = forms.CharField(
        label=_("One-time code"),
        max_length=64,
        help_text=_("The server printed it when it started."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "class": "mono"}
        ),
    )
    workspace_name = forms.CharField(
        label=_("Name of the workspace"),
        max_length=80,
        help_text=_("Your team or company, for example. You can change it later."),
    )
    display_name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        help_text=lazy(_password_advice, str)(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    time_zone = TimeZoneField(widget=forms.Select(attrs={"data-guess-zone": ""}), initial="UTC")

    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules, with the name and the address at hand."""
        cleaned = super().clean() or {}
        if password := cleaned.get("password"):
            person = Member(
                email=cleaned.get("email", ""), display_name=cleaned.get("display_name", "")
            )
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class ProfileForm(forms.ModelForm):
    """What members say of themselves."""

    time_zone = TimeZoneField()

    class Meta:
        model = Member
        fields = ["display_name", "language", "time_zone", "theme"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language: Any = self.fields["language"]
        language.choices = [("", _("As the browser asks")), *language.choices[1:]]
        language.help_text = ""


class MessageField(forms.CharField):
    """A text whose line breaks are one character each; what is empty around it is dropped."""

    def to_python(self, value: Any) -> str:
        """Undo what forms do to line breaks before anything is counted."""
        text = (
            (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        )
        return text if text.strip() else ""


class MessageForm(forms.Form):
    """What somebody writes."""

    text = MessageField(
        max_length=MESSAGE_LIMIT,
        strip=False,
        error_messages={
            "required": _("Write something first."),
            "max_length": format_lazy(
                _("This message is too long: at most {limit} characters. Make it shorter."),
                limit=f"{MESSAGE_LIMIT:,}".replace(",", " "),
            ),
        },
    )


class ChannelForm(forms.Form):
    """A new channel."""

    name = forms.CharField(
        label=_("Name"),
        max_length=81,
        help_text=_("Lower-case letters, digits, hyphens and underscores."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    topic = forms.CharField(
        label=_("Topic"),
        max_length=250,
        required=False,
        help_text=_("What it is for, in one sentence."),
    )
    kind = forms.ChoiceField(
        label=_("Who may read it"),
        choices=[(Channel.Kind.PUBLIC, ""), (Channel.Kind.PRIVATE, "")],
        initial=Channel.Kind.PUBLIC,
        widget=forms.RadioSelect,
    )


class TopicForm(forms.Form):
    """A channel's topic."""

    topic = forms.CharField(label=_("Topic"), max_length=250, required=False)


class RenameForm(forms.Form):
    """A channel's name."""

    name = forms.CharField(
        label=_("Name"),
        max_length=81,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class InviteForm(forms.Form):
    """Somebody to add to a channel, by e-mail address, member ID or name."""

    person = forms.CharField(
        label=_("Add a person"),
        max_length=254,
        help_text=_("Name, e-mail address or member ID."),
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_person(self) -> Member:
        """Find exactly one active member."""
        given = self.cleaned_data["person"].strip()
        _name, comma, address = given.rpartition(", ")
        if comma and "@" in address:  # as lists of names offer it: “Bob, bob@example.org”
            given = address
        found = list(
            Member.objects.visible_to(self.by)
            .active()
            .filter(
                Q(email__iexact=given)
                | Q(member_id=given.upper())
                | Q(display_name__iexact=given.removeprefix("@"))
            )[:2]
        )
        if not found:
            raise ValidationError(_("Nobody here has this name, address or ID."))
        if len(found) > 1:
            raise ValidationError(_("Several people have this name: write the e-mail address."))
        return found[0]


class WorkspaceForm(forms.ModelForm):
    """What holds for everybody: the name, and who may build."""

    class Meta:
        model = Workspace
        fields = ["name", "who_may_build", "who_may_build_webhooks"]
        labels = {"name": _("Name of the workspace")}
        widgets = {"who_may_build": forms.RadioSelect, "who_may_build_webhooks": forms.RadioSelect}


class ChannelChoiceForm(forms.Form):
    """A channel that there is, by its name."""

    channel = forms.CharField(
        label=_("Add a channel"),
        max_length=81,
        widget=forms.TextInput(attrs={"list": "channels", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_channel(self) -> Channel:
        """Find the channel among those that the reader may see."""
        given = self.cleaned_data["channel"].strip().removeprefix("#")
        found = Channel.objects.visible_to(self.by).named().filter(name__iexact=given).first()
        if found is None:
            raise ValidationError(
                _("There is no channel “%(name)s”."), params={"name": f"#{given}"}
            )
        return found
