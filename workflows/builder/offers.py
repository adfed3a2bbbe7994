"""What the builder offers after a variable got another key: to write it into the steps too."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from workflows.builder.page import BuilderPage
from workflows.drafts.checks import uses


def rename_offer(request: HttpRequest, page: BuilderPage, old: str, variable: str) -> str:
    """Return the question whether the steps that use the old key take the new one, if any do."""
    row = next((one for one in page.variables if str(one.variable.pk) == variable), None)
    if not old or row is None or old in {one.variable.key for one in page.variables}:
        return ""
    numbers = uses(step.config for step in page.steps).get(old, [])
    if not numbers:
        return ""
    context = {
        "workflow": page.workflow,
        "row": row,
        "old": old,
        "new": row.variable.key,
        "numbers": numbers,
    }
    return render_to_string("workflows/builder/_rename.html", context, request)
