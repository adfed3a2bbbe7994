"""Who asks a setting, and what is known then: who edits, a run, a page that draws it, a file."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from messaging.models import App, Member
from workflows.fields.known import Known
from workflows.text.sentences import Sentence
from workflows.text.template_text import Filled


class StepFailed(Exception):
    """Raised by a step that can't do its work, with a sentence for the builder.

    Mark the sentence with `gettext_noop` and hand the values in it over by name.
    """

    def __init__(self, msgid: str, **values: Any) -> None:
        super().__init__(msgid)
        kept = {
            name: value if isinstance(value, str | int | float) else str(value)
            for name, value in values.items()
        }
        self.sentence = Sentence(msgid, kept)


@dataclass(frozen=True)
class EditScope:
    """Who edits a step, and the variables (key → kind) that it may use.

    `known` is what the settings of all steps name, looked up beforehand: without it each field that
    names a channel or a member asks for its own.
    """

    member: Member | None
    variables: Mapping[str, str]
    known: Known | None = None

    def known_for(self, text: str) -> Known:
        """Return what was looked up, or look this text up."""
        return self.known if self.known is not None else Known.of([text], member=self.member)


@dataclass(frozen=True)
class RunContext:
    """What a step may know of the run that it belongs to."""

    run_id: str
    app: App  # the workflow's face: who posts
    publisher: int | None  # key of the member who published the running version
    values: Mapping[str, Filled]
    now: datetime.datetime


@dataclass(frozen=True)
class Drawing:
    """What drawing a field needs besides its value: who edits, and what is known of channels."""

    scope: EditScope
    sizes: Mapping[str, int] = field(default_factory=dict)  # members in a channel, by channel ID
    live_channels: frozenset[str] = frozenset()  # where the live version posts


@dataclass(frozen=True)
class Exporting:
    """What a file may say of channels: whose own messages are `@me`, which IDs stay."""

    own: Collection[str] = ()
    hidden: Collection[str] = ()


@dataclass(frozen=True)
class RunReading:
    """A run as one reader sees it: what its settings name for them, and who published."""

    known: Known
    publisher: str
    values: Mapping[str, str]
    filled: Mapping[str, Filled] = field(default_factory=dict)  # the values, as texts take them


@dataclass(frozen=True)
class Posted:
    """What the page's form sent of one field, beside what it held and showed when it was drawn."""

    data: Mapping[str, Any]
    name: str

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return str(self.data.get(f"f-{self.name}", ""))

    @property
    def unit(self) -> str:
        """The unit that was chosen beside it."""
        return str(self.data.get(f"unit-{self.name}", ""))

    @property
    def base(self) -> str:
        """What the draft held, as text."""
        return plain_lines(self.data[f"base-{self.name}"])

    @property
    def shown(self) -> str:
        """The words that stood in the field, in the page's language; what it held, if unsaid."""
        return plain_lines(self.data.get(f"shown-{self.name}", self.base))


def plain_lines(text: str) -> str:
    """Return the text with the line ends that are stored; forms send others."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
