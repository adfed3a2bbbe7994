"""A channel: where something is posted, whom somebody joins, whose shortcuts something is in."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext, override

from messaging.message_store import channel_for_posting
from messaging.models import Channel
from messaging.services import direct_channel
from workflows.fields.base import Reach, SettingField
from workflows.fields.known import Known, OwnDirect, hidden_channel, my_direct_messages
from workflows.fields.scope import (
    Drawing,
    EditScope,
    Exporting,
    Posted,
    RunContext,
    RunReading,
    StepFailed,
)
from workflows.text.problems import Problem, Wrong

OWN_DIRECT = "@me"  # in files and where it is typed: one's own direct messages


class ChannelField(SettingField):
    """A channel: taken as `#name` or channel ID, stored as channel ID.

    A private one only from somebody who is in it, when saved and at each run (for the member who
    published the running version). With `takes_own_direct` also the direct messages of that member
    with themselves, taken as `@me`, for trying a workflow out.
    """

    template = "workflows/builder/controls/channel.html"
    missing = gettext_lazy("Choose a channel.")
    names_channel = is_of_workspace = has_note = True

    def __init__(self, *, takes_own_direct: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.takes_own_direct = takes_own_direct

    def check(self, value: Any, scope: EditScope) -> str:
        """Return the channel ID or `@me`; refuse an unknown or archived channel."""
        if not isinstance(value, str):
            raise Wrong(Problem("", _("unknown channel"), sentence=_no_such(str(value))))
        if self.takes_own_direct and scope.member is not None and value.strip() == OWN_DIRECT:
            return OWN_DIRECT
        known = scope.known_for(value)
        direct = known.direct(value)
        if direct is not None:
            return self._checked_direct(value, direct)
        channel = known.channel(value)
        if channel is None:
            hidden = _(
                "You cannot post in this channel. Choose another one, or let a manager who is in "
                "it publish."
            )
            raise _unknown(value, hidden if is_channel_id(value) else _no_such(value))
        if channel.is_archived:
            raise _archived(channel)
        return channel.channel_id

    def _checked_direct(self, value: str, direct: OwnDirect) -> str:
        if not self.takes_own_direct:
            raise _unknown(value, _("Only messages go to direct messages. Choose a channel."))
        if not direct.is_readers:
            said = _(
                "Only %(name)s can publish what goes to their own direct messages. Choose another "
                "channel."
            )
            raise _unknown(value, said % {"name": direct.member.display_name})
        return value

    def keep(self, checked: str, scope: EditScope) -> str:
        """Make the editor's own direct messages where these are meant; return their ID."""
        if checked == OWN_DIRECT and scope.member is not None:
            return direct_channel(member=scope.member, other=scope.member).channel_id
        return checked

    # --- On the builder's page, in words ---

    def shown(self, stored: Any, scope: EditScope) -> str:
        """Show `#name`, or what stands for a channel that the reader may not see."""
        text = super().shown(stored, scope)
        known = scope.known_for(text)
        direct = known.direct(text)
        if direct is not None:
            return str(direct)
        channel = known.channel(text)
        if channel is None:
            return hidden_channel() if is_channel_id(text) else text
        return f"#{channel.name}"

    def note(self, stored: Any, drawing: Drawing) -> str:
        """Say who reads it."""
        text = str(stored)
        if drawing.scope.known_for(text).direct(text) is not None:
            return _("Only you read them: good for trying it out before it goes to a channel.")
        size = drawing.sizes.get(text)
        if size is None:
            return ""
        note = ngettext("%(count)d member is in it.", "%(count)d members are in it.", size)
        note %= {"count": size}
        if stored in drawing.live_channels:
            note += " " + _("This workflow posts there already.")
        return note

    def read(self, posted: Posted) -> str:
        """Take what was typed, or `@me` for its name in the list, in whatever language."""
        typed = posted.typed.strip()
        return OWN_DIRECT if typed in _names_of_own_direct() else typed

    def url(self, stored: Any, scope: EditScope) -> str:
        """Return the page of a channel that the reader may see, their own direct messages too."""
        text = str(stored)
        known = scope.known_for(text)
        direct = known.direct(text)
        if direct is not None:
            return direct.member.get_absolute_url() if direct.is_readers else ""
        channel = known.channel(text)
        return channel.get_absolute_url() if channel is not None else ""

    # --- Whom it reaches ---

    def reaches(self, stored: Any, known: Known) -> Reach | None:
        """Return the channel, under a name that the reader may know."""
        if not isinstance(stored, str):
            return None
        direct = known.direct(stored)
        if direct is not None:
            return Reach(stored, str(direct))
        channel = known.channel(stored)
        if channel is None:
            return Reach(stored, hidden_channel())
        return Reach(channel.channel_id, f"#{channel.name}", channel)

    def leads_to(self, stored: Any, context: RunContext, known: Known) -> str:
        """Say in which channel."""
        text = str(stored or "")
        direct = known.direct(text)
        if direct is not None:
            return _("in the direct messages of %(name)s") % {"name": direct.member.display_name}
        channel = known.channel(text)
        return _("in #%(name)s") % {"name": channel.name} if channel else _("no channel yet")

    # --- In a run and in files ---

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

    def recorded(self, value: Any, stored: Any, reading: RunReading) -> Any:
        """Name the channel to who may see it, and the owner of direct messages."""
        if value == OWN_DIRECT:
            return _("Direct messages of %(name)s") % {"name": reading.publisher}
        return value if reading.known.channel(str(stored)) else hidden_channel()

    def export(self, stored: str, exporting: Exporting) -> str:
        """Write `#name`, `@me`, or the ID of a channel that is gone or hidden."""
        if stored in exporting.own:
            return OWN_DIRECT
        if stored in exporting.hidden:
            return stored
        found = Channel.objects.named().filter(channel_id=stored).first()
        return f"#{found.name}" if found else stored


def is_channel_id(text: str) -> bool:
    """Tell whether the text is the ID of a channel that the reader may not see, or that is gone."""
    return len(text) > 8 and text[0] in "CD" and text.isalnum() and text.isupper()


def _names_of_own_direct() -> set[str]:
    names = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            names.add(my_direct_messages())
    return names


def _no_such(name: str) -> str:
    said = _("There is no channel “%(name)s” that you can post in. Choose another one.")
    return said % {"name": name[:80]}


def _unknown(given: str, sentence: str) -> Wrong:
    message = _("unknown channel “%(name)s”") % {"name": given}
    return Wrong(Problem("", message, sentence=sentence))


def _archived(channel: Channel) -> Wrong:
    said = _("%(channel)s is archived, nothing can be posted in it. Choose another channel.")
    message = _("%(name)s is archived") % {"name": channel}
    return Wrong(Problem("", message, sentence=said % {"channel": channel}))
