"""The preview pane, for any page that has the draft."""

from typing import Any

from django import template
from django.template import Context

from workflows import examples
from workflows.models import Workflow
from workflows.provided import usable_variables
from workflows.views.preview import EXAMPLES, Values, pane_context

register = template.Library()


@register.inclusion_tag("workflows/preview/_content.html", takes_context=True)
def preview_of(context: Context, workflow: Workflow) -> dict[str, Any]:
    """Show the draft's messages with the examples."""
    request = context["request"]
    document = examples.example_document(
        usable_variables(workflow.definition()), member_id=request.user.member_id
    )
    values = Values(EXAMPLES, document)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "workflow": workflow,
        **pane_context(workflow, request.user, values),
    }
