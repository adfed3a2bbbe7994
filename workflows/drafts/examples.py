"""What to send: the example JSON of a workflow's variables, and a curl command with it."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from workflows.models import Variable, Workflow
from workflows.payload.body import JSONValue, Number, dump, is_number

EXAMPLE_MEMBER = "U123456789"
EXAMPLE_NUMBER = "42"


def example_payload(workflow: Workflow) -> dict[str, JSONValue]:
    """Return the document that a service would send for the draft's variables."""
    return example_document(variable.as_definition() for variable in workflow.variables.all())


def example_document(
    variables: Iterable[Mapping[str, Any]], *, member_id: str = EXAMPLE_MEMBER
) -> dict[str, JSONValue]:
    """Return the document for variables as a version holds them.

    Where a variable has no example, its kind gives one, in the reader's language.
    """
    return {one["key"]: _example(one["kind"], one["example"], member_id) for one in variables}


def _example(kind: str, example: str, member_id: str) -> JSONValue:
    if kind == Variable.Kind.NUMBER:
        return Number(example if is_number(example) else EXAMPLE_NUMBER)
    if kind == Variable.Kind.BOOLEAN:
        return example.lower() != "false"
    if kind == Variable.Kind.MEMBER:
        return example or member_id
    return example or _("Example text")


def pretty_json(document: Mapping[str, JSONValue]) -> str:
    """Return the example as a page shows it: a key a line, numbers with their own digits."""
    if not document:
        return "{}"
    lines = [f"  {json.dumps(key)}: {dump(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def one_line_json(document: Mapping[str, JSONValue]) -> str:
    """Return the example on one line, as a command takes it."""
    return "{" + ", ".join(f"{json.dumps(k)}: {dump(v)}" for k, v in document.items()) + "}"


def curl_command(workflow: Workflow, url: str) -> str:
    """Return a command that starts the workflow as it stands, for any shell of a Unix."""
    return curl_with(shlex.quote(url), one_line_json(example_payload(workflow)))


def curl_without_url(workflow: Workflow) -> str:
    """Return the same command with a shell variable in the secret URL's place."""
    return curl_with('"$REQUEST_URL"', one_line_json(example_payload(workflow)))


def curl_with(url: str, body: str) -> str:
    """Return the command that posts this body to this URL (quoted for the shell already)."""
    return (
        f"curl -X POST {url} \\\n  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(body)}"
    )
