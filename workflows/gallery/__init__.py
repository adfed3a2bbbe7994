"""Ready workflows as files: each becomes a draft that its new manager completes and publishes.

A file is as docs/file-format.md says, but for channels, which may be left out: they are chosen in
the builder. `support_ticket.fr.json` stands for `support_ticket.json` where French is read.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from messaging import mrkdwn
from messaging.models import Member
from messaging.mrkdwn.tokens import Names, Person
from workflows.drafts.examples import EXAMPLE_MEMBER
from workflows.registry import trigger_kinds
from workflows.runs.provided import usable_variables
from workflows.text import template_text
from workflows.text.lengths import length_in_words
from workflows.text.template_text import Filled, MemberValue, TextValue

FOLDER = Path(__file__).parent
SLUGS = (
    "support_ticket",
    "deploy_finished",
    "alert",
    "form_answer",
    "incident",
    "welcome",
)


@dataclass(frozen=True)
class Ready:
    """One ready workflow: its name among files, and what its file says."""

    slug: str
    file: dict[str, Any]

    @property
    def trigger_kind(self) -> Any:
        """What starts it."""
        return trigger_kinds.find(self.file["trigger"]["kind"])

    def shown_to(self, reader: Member) -> list[SafeString]:
        """Return what it would post, with its examples, as a channel shows it."""
        names = Names(members={reader.member_id: Person(name=reader.display_name)})
        values = {one["key"]: _example(one, reader) for one in usable_variables(self.file)}
        shown, pause = [], 0
        for step in self.file["steps"]:
            pause += step["config"].get("seconds", 0)
            if "text" not in step["config"]:
                continue
            template = template_text.compile_text(step["config"]["text"])
            body = template_text.fill(template, values)
            if pause:
                told = _("After %(length)s: “%(text)s”")
                text = mrkdwn.plain_text(body, names)
                values_told = {"length": length_in_words(pause), "text": text}
                shown.append(format_html('<p class="fine">{}</p>', told % values_told))
            else:
                shown.append(mrkdwn.render_html(body, names))
        return shown


def _example(variable: dict[str, Any], reader: Member) -> Filled:
    example = str(variable.get("example", ""))
    if variable["kind"] == "member" and example in ("", EXAMPLE_MEMBER):
        return MemberValue(reader.member_id, reader.display_name, reader.email)
    return TextValue(example or ("#general" if variable["key"] == "channel" else ""))


def all_ready() -> list[Ready]:
    """Return the ready workflows in the reader's language whose trigger there is."""
    found = [_read(slug, (get_language() or "en")[:2]) for slug in SLUGS]
    return [one for one in found if one.trigger_kind is not None]


def find_ready(slug: str) -> Ready | None:
    """Return the ready workflow of this name."""
    return next((one for one in all_ready() if one.slug == slug), None)


@functools.cache
def _read(slug: str, language: str) -> Ready:
    path = FOLDER / f"{slug}.{language}.json"
    if not path.exists():
        path = FOLDER / f"{slug}.json"
    return Ready(slug, json.loads(path.read_text(encoding="utf-8")))
