"""What every kind of trigger is: its name, its form and the variables that it provides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from messaging.models import Channel, Member
from workflows.fields.base import Configured


@dataclass(frozen=True)
class ProvidedVariable:
    """A variable that the trigger fills by itself, at each start.

    For previews it has an example: a text, or what the trigger's setting of this name says. One
    that `is_channel` holds a channel's ID, which is named for each reader.
    """

    kind: str
    label: Any
    example: str = ""
    setting: str = ""
    is_channel: bool = False


class TriggerKind(Configured):
    """A kind of trigger. A subclass says everything; its file in this folder registers it.

    Its settings stand beside `kind` in the `trigger` of a workflow file. A setting named `channel`
    is where it listens: `workflows.runs.starting` finds workflows by it.
    """

    kind: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    help: ClassVar[Any] = ""  # one sentence, where a trigger is chosen
    listed: ClassVar[Any] = ""  # in a list, where it has a channel: “Joins %(channel)s”
    stops: ClassVar[Any] = _(
        "Nothing starts it any more."
    )  # what unpublishing means, in a sentence
    started_by: ClassVar[Any] = ""  # for the activity: “%(name)s joined”; else the label
    variables: ClassVar[Mapping[str, ProvidedVariable]] = {}  # by key
    takes_variables: ClassVar[bool] = False  # whether the builder declares variables
    has_request_url: ClassVar[bool] = False
    is_in_channel_menu: ClassVar[bool] = False  # started by hand, from its channel's shortcuts

    def document(self, *, channel: Channel, member: Member) -> dict[str, str]:
        """Return the variables of a start by this member, from the channel's shortcuts."""
        return {}
