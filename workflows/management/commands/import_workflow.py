"""Make a new workflow from a file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from messaging.models import Member
from workflows.models import Workflow
from workflows.server import base_url
from workflows.server.database import DatabaseNotReadyError, require_migrated
from workflows.services import DraftProblems, publish_workflow, request_url
from workflows.services.files import import_workflow


class Command(BaseCommand):
    """Import a workflow file; always makes a new workflow (names may repeat)."""

    help = "Make a new workflow from a file; nothing is imported where a place in it is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the workflow file (JSON)")
        parser.add_argument("--manager", help="e-mail of its manager (default: workspace owner)")
        parser.add_argument("--publish", action="store_true", help="publish it at once")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        base_url.follow_server()
        try:
            require_migrated()
        except DatabaseNotReadyError as error:
            raise CommandError(str(error)) from None
        by = _manager(options["manager"])
        try:
            text = Path(options["file"]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']}: {_reason(error)}") from None
        try:
            with transaction.atomic():
                workflow = import_workflow(text, by=by, file_name=options["file"])
                if options["publish"]:
                    publish_workflow(workflow=workflow, by=by)
        except DraftProblems as error:
            raise CommandError("\n".join(str(one) for one in error.problems)) from None
        except PermissionDenied:
            raise CommandError(f"{by.email} may not build this kind of workflow.") from None
        self.stdout.write(_line(workflow) if options["json"] else _summary(workflow))


def _manager(email: str | None) -> Member:
    members = Member.objects.active()
    if email is None:
        owner = members.filter(role=Member.Role.OWNER).first()
        if owner is None:
            raise CommandError("There is no workspace owner yet: open the page and create one.")
        return owner
    found = members.filter(email__iexact=email).first()
    if found is None:
        raise CommandError(f"--manager: unknown member “{email}”")
    return found


def _reason(error: Exception) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "not UTF-8"


def _line(workflow: Workflow) -> str:
    return json.dumps(
        {
            "id": workflow.pk,
            "name": workflow.name,
            "status": workflow.status.value,
            "request_url": request_url(workflow=workflow) or None,
        },
        ensure_ascii=False,
    )


def _summary(workflow: Workflow) -> str:
    url = request_url(workflow=workflow)
    text = f"Imported “{workflow.name}” as workflow {workflow.pk} ({workflow.status.value})."
    return f"{text}\nRequest URL: {url}" if url else text
