"""Write a workflow's draft as a file."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.models import Workflow
from workflows.server.database import DatabaseNotReadyError, require_migrated
from workflows.services.files import dump_workflow


class Command(BaseCommand):
    """Print a workflow's draft as a workflow file."""

    help = "Print the draft of the workflow with this ID as a workflow file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="the workflow's ID, as import_workflow prints it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            require_migrated()
        except DatabaseNotReadyError as error:
            raise CommandError(str(error)) from None
        workflow = Workflow.objects.filter(pk=options["id"]).first()
        if workflow is None:
            raise CommandError(f"There is no workflow {options['id']}.")
        self.stdout.write(dump_workflow(workflow))
