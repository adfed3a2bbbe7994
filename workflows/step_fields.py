"""The fields of steps' forms: what each takes, stores, and becomes when a run fills it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from messaging import mrkdwn
from messaging.directory import Directory
from messaging.message_store import channel_for_posting
from messaging.models import Channel, Member
from messaging.services import direct_channel
from messaging.tokens import Body
from workflows import template_text
from workflows.steps.base import RunContext, StepFailed, StepField
from workflows.template_text import MemberValue

MAX_TEXT = 12_000
OWN_DIRECT = "@me"  # in files and where it is typed: one's own direct messages
ONE_VARIABLE = re.compile(r"\A\{\{\s*([A-Za-z_][A-Za-z0-9_-]{0,63})\s*\}\}\Z")


class ChannelField(StepField):
    """A channel: taken as `#name` or channel ID, stored as channel ID.

    A private one only from somebody who is in it, when saved and at each run (for the member who
    published the running version). With `takes_own_direct` also the direct messages of that member
    with themselves, taken as `@me`, for trying a workflow out.
    """

    widget = forms.TextInput
    control = "channel"
    missing = gettext_lazy("Choose a channel.")

    def __init__(self, *, takes_own_direct: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.takes_own_direct = takes_own_direct

    def clean(self, value: Any) -> str:
        """Return the channel ID; raise ValidationError for an unknown or archived channel."""
        given = super().clean(value)
        if not isinstance(given, str):
            raise ValidationError(_("unknown channel"))
        own = self._own_direct(given) if self.takes_own_direct else ""
        if own:
            return own
        found = self.scope.known_for(given).channel(given)
        if found is None:
            raise ValidationError(_("unknown channel “%(name)s”"), params={"name": given})
        if found.is_archived:
            raise ValidationError(_("%(name)s is archived"), params={"name": found})
        return found.channel_id

    def _own_direct(self, given: str) -> str:
        """Return the ID of the editor's own direct messages, where these are meant."""
        member = self.scope.member
        if member is not None and given.strip() == OWN_DIRECT:
            return direct_channel(member=member, other=member).channel_id
        found = self.scope.known_for(given).direct(given)
        return given if found is not None and found.is_readers else ""

    def fill(self, prepared: str, context: RunContext) -> Channel:
        """Return the channel, asking for the right to post anew (one query)."""
        channel, is_inside = channel_for_posting(prepared, context.publisher)
        if channel is None or (channel.is_direct and not self.takes_own_direct):
            raise StepFailed(gettext_noop("The channel does not exist any more."))
        if channel.is_direct and not is_inside:
            raise StepFailed(
                gettext_noop(
                    "The workflow posts in the direct messages of who published it, who left the "
                    "workspace."
                )
            )
        if channel.is_private and not is_inside:
            raise StepFailed(
                gettext_noop(
                    "The workflow may no longer post in its channel: who published it "
                    "is not in that private channel."
                )
            )
        if channel.is_archived and channel.is_private:  # managers outside don't learn its name
            raise StepFailed(
                gettext_noop("This channel was archived: nothing can be posted any more.")
            )
        if channel.is_archived:
            raise StepFailed(gettext_noop("#%(name)s is archived."), name=channel.name)
        return channel

    def record(self, filled: Channel) -> str:
        """Show the channel's name; `@me` for the direct messages of who published."""
        return OWN_DIRECT if filled.is_direct else f"#{filled.name}"

    def export(self, value: str) -> str:
        """Write `#name`, or the ID of a channel that is gone."""
        found = Channel.objects.named().filter(channel_id=value).first()
        return f"#{found.name}" if found else value


class MessageTextField(StepField):
    """The text of a message: mrkdwn that may hold `{{ variables }}`, filled with inert values."""

    widget = forms.Textarea
    control = "message"
    missing = gettext_lazy("Write the message.")

    def clean(self, value: Any) -> str:
        """Return the text; raise ValidationError for an unknown variable or too long a text."""
        text = super().clean(value)
        if not isinstance(text, str):
            raise ValidationError(_("must be text"))
        if not text.strip():
            raise ValidationError(self.error_messages["required"], code="required")
        if len(text) > MAX_TEXT:
            raise ValidationError(_("at most %(max)s characters"), params={"max": MAX_TEXT})
        problems = template_text.check(text, self.scope.variables)
        if problems:
            raise ValidationError([one.short for one in problems])
        return text.replace("\r\n", "\n")

    def prepare(self, value: str) -> Body:
        """Parse the builder's text, before any value is near it."""
        return template_text.compile_text(value)

    def fill(self, prepared: Body, context: RunContext) -> Body:
        """Put the values in as opaque tokens."""
        return template_text.fill(prepared, context.values)

    def record(self, filled: Body) -> str:
        """Show the message as plain text."""
        return mrkdwn.plain_text(mrkdwn.cut(filled), Directory.of(filled).names())


class PersonField(StepField):
    """A person: a member ID, an e-mail address, or `{{ key }}` of a member variable."""

    widget = forms.TextInput
    control = "person"
    missing = gettext_lazy("Choose a person.")

    def clean(self, value: Any) -> str:
        """Return a member ID or `{{ key }}`; raise ValidationError for an unknown one."""
        given = super().clean(value)
        if not isinstance(given, str):
            raise ValidationError(_("unknown member"))
        variable = ONE_VARIABLE.match(given.strip())
        if variable:
            return self._clean_variable(variable[1])
        found = self.scope.known_for(given).member(given.strip())
        if found is None or not found.is_active:
            raise ValidationError(_("unknown member “%(name)s”"), params={"name": given})
        return found.member_id

    def _clean_variable(self, key: str) -> str:
        kind = self.scope.variables.get(key)
        if kind is None:
            raise ValidationError(_('unknown variable "%(key)s"'), params={"key": key})
        if kind != "member":
            raise ValidationError(_('the variable "%(key)s" is not a member'), params={"key": key})
        return "{{ " + key + " }}"

    def prepare(self, value: str) -> tuple[str, str]:
        """Return (variable's key, "") or ("", member ID)."""
        variable = ONE_VARIABLE.match(value)
        return (variable[1], "") if variable else ("", value)

    def fill(self, prepared: tuple[str, str], context: RunContext) -> Member:
        """Return the member; raise StepFailed where nobody can be reached."""
        key, member_id = prepared
        if key:
            value = context.values.get(key)
            member_id = value.member_id if isinstance(value, MemberValue) else ""
            given = getattr(value, "text", "") or member_id
            if not given:
                raise StepFailed(
                    gettext_noop("The person could not be reached: “%(key)s” was empty."), key=key
                )
            if not member_id:
                raise StepFailed(
                    gettext_noop("The person could not be reached: nobody here is “%(given)s”."),
                    given=given[:100],
                )
        member = Member.objects.filter(member_id=member_id).first()
        if member is None or not member.is_active:
            raise StepFailed(
                gettext_noop("The person could not be reached: %(id)s left the workspace."),
                id=member.display_name if member else member_id,
            )
        return member

    def record(self, filled: Member) -> str:
        """Show the person's name."""
        return filled.display_name

    def export(self, value: str) -> str:
        """Write the e-mail address of a fixed member."""
        member = Member.objects.filter(member_id=value).first()
        return member.email if member else value


class SecondsField(forms.IntegerField, StepField):
    """A length of time in whole seconds."""

    control = "time"
    missing = gettext_lazy("Say how long.")

    def to_python(self, value: Any) -> int | None:
        """Refuse what is no whole number (true and 1.5 included)."""
        if isinstance(value, bool | float):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)
