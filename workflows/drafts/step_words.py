"""The settings of a step or a trigger as people read them: names instead of IDs, no field names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.fields.base import Configured, Reach, as_text
from workflows.fields.known import Known
from workflows.fields.scope import EditScope
from workflows.registry import step_kinds, trigger_kinds

Definition = Mapping[str, Any]


class StepWords:
    """Reads settings of some definitions to one reader; two queries, however many there are."""

    def __init__(self, definitions: list[Definition], reader: Member) -> None:
        settings = [one["trigger"] for one in definitions]
        settings += [step["config"] for one in definitions for step in one["steps"]]
        self.known = Known.of(settings, member=reader)
        self._scope = EditScope(member=reader, variables={}, known=self.known)

    def lines(self, kind: str, config: Mapping[str, Any]) -> list[str]:
        """Return the settings as lines, in the order of the kind's form; a text as it is."""
        found = step_kinds.find(kind) or trigger_kinds.find(kind)
        fields = found.fields() if found else {}
        lines: list[str] = []
        for name, field in fields.items():
            if name in config:
                lines += field.lines(config[name], self._scope)
        unknown = ((name, one) for name, one in config.items() if name not in fields)
        return lines + [
            _("%(label)s: %(value)s") % {"label": name, "value": as_text(one)}
            for name, one in unknown
        ]


def reached(kind: Configured | None, config: Mapping[str, Any], known: Known) -> Iterator[Reach]:
    """Yield the channels and people that a step's settings lead to, in the order of its form."""
    for name, field in kind.fields().items() if kind else ():
        reach = field.reaches(config.get(name), known)
        if reach is not None:
            yield reach


def channels_named_by(steps: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the IDs (or what was typed) of the channels in the settings of the steps."""
    return {
        one.named
        for step in steps
        for one in reached(step_kinds.find(step["kind"]), step["config"], Known())
        if not one.is_person and one.named
    }
