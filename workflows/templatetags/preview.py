"""The preview pane, for any page that has the draft."""

from typing import Any

from django import template
from django.template import Context

from workflows.builder.preview_views import chosen_values, pane_context
from workflows.models import Workflow

register = template.Library()


@register.inclusion_tag("workflows/preview/_content.html", takes_context=True)
def preview_of(context: Context, workflow: Workflow) -> dict[str, Any]:
    """Show the draft's messages with the examples, or with the run that a link asks for.

    Beside the builder (`page`) what to send stands between them and the test.
    """
    request = context["request"]
    beside = {name: context.get(name) for name in ("page", "example", "curl", "url_row")}
    return {
        **beside,
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "workflow": workflow,
        **pane_context(workflow, request.user, chosen_values(request, workflow)),
    }
