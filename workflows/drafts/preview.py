"""What a draft's messages would look like: the same code as in the channel, nothing is posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from messaging import mrkdwn
from messaging.directory import Directory
from messaging.models import App, Channel, Member, Message
from messaging.mrkdwn.tokens import Body, Names
from messaging.views.log import Line, line_count, mentions
from workflows.drafts.step_words import reached
from workflows.fields.known import Known
from workflows.models import Step, Workflow
from workflows.payload.body import JSONValue
from workflows.payload.variable_values import InvalidVariables, variable_values
from workflows.registry import step_kinds
from workflows.runs.engine import make_context
from workflows.runs.plan import Plan
from workflows.runs.provided import variable_specs
from workflows.steps.base import RunContext
from workflows.text import template_text

NO_KEY = 0  # stands for rows that are not there: nothing is stored


@dataclass(frozen=True)
class PreviewedStep:
    """A step that writes a message: where to, and the message; or why it can't be shown."""

    number: int
    label: str
    where: str = ""
    body: Body = field(default_factory=list)
    line: Line | None = None
    problem: str = ""
    is_private: bool = False  # it leads to a private channel, whose name others don't learn


@dataclass(frozen=True)
class Preview:
    """The draft's messages with some values, or why a request with these values is refused."""

    steps: list[PreviewedStep] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def preview(*, workflow: Workflow, document: JSONValue, reader: Member) -> Preview:
    """Return the draft's messages with the values of a document, as this reader would see them.

    Six queries at most, however many steps there are.
    """
    steps = list(workflow.steps.all())
    specs = variable_specs(workflow.definition())
    try:
        values = variable_values(document, specs)
    except InvalidVariables as error:
        return Preview(refusals=[f"{one.key}: {one.problem.label}" for one in error.problems])
    app = App(name=workflow.name, icon=workflow.icon)
    plan = Plan(
        version=NO_KEY,
        workflow=workflow.pk,
        app=app,
        publisher=reader.pk,
        variables=tuple(specs),
        steps=(),
    )
    context = make_context(plan, "", values)
    known = Known.of([one.config for one in steps], member=reader)
    kinds = {one.key: one.kind for one in specs}
    drawn = [_draw(at + 1, one, context, known, kinds) for at, one in enumerate(steps)]
    return Preview(steps=_rendered([one for one in drawn if one is not None], app, reader))


def _draw(
    number: int, step: Step, context: RunContext, known: Known, kinds: Mapping[str, str]
) -> PreviewedStep | None:
    """Return the step if it writes a message."""
    kind = step_kinds.find(step.kind)
    fields = kind.fields() if kind else {}
    config = step.config
    texts = [name for name, one in fields.items() if one.is_message]
    if kind is None or not texts:
        return None
    label = str(kind.label)
    text = str(config.get(texts[0]) or "")
    if not text.strip():
        return PreviewedStep(number, label, problem=_("There is no text yet."))
    problems = template_text.check(text, kinds)
    if problems:
        return PreviewedStep(number, label, problem=str(problems[0].message))
    body = mrkdwn.cut(template_text.fill(template_text.compile_text(text), context.values))
    where = ", ".join(
        filter(
            None, (one.leads_to(config.get(name), context, known) for name, one in fields.items())
        )
    )
    channels = [one.channel for one in reached(kind, config, known)]
    is_private = any(one is not None and one.is_private for one in channels)
    return PreviewedStep(number, label, where=where, body=body, is_private=is_private)


def _rendered(steps: list[PreviewedStep], app: App, reader: Member) -> list[PreviewedStep]:
    """Render the bodies as the channel's page does, with one look-up of what they name."""
    names = Directory.of(*(one.body for one in steps)).names_for(reader)
    return [
        replace(
            one,
            line=_line(
                one.body, mrkdwn.render_html(one.body, names, me=reader.member_id), app, reader
            ),
        )
        if one.body
        else one
        for one in steps
    ]


def _line(body: Body, html: SafeString, app: App, reader: Member) -> Line:
    message = Message(channel=Channel(), app=app, body=body, created_at=timezone.now())
    return Line(
        message=message,
        html=html,
        is_more=False,
        is_new=False,
        is_mine=mentions(message, reader),
        day="",
        lines=line_count(mrkdwn.plain_text(body, Names())),
    )
