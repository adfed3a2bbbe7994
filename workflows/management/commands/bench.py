"""Measure the hook against the bare limit, side by side on this machine."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.bench import report
from workflows.bench.load import LoadFailed
from workflows.bench.measuring import Plan, measure
from workflows.bench.processes import ServerFailed


class Command(BaseCommand):
    """Serve both on databases of their own, drive them with wrk, check what was stored."""

    help = (
        "Measure how many hooks a second one server takes, beside the bare limit: a plain view "
        "with one INSERT on the same server. docs/performance.md tells how to read it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["hooks"], help="what is measured")
        parser.add_argument("--seconds", type=int, default=10, help="length of each load")
        parser.add_argument("--connections", type=int, default=16, help="senders at once")
        parser.add_argument("--workflows", type=int, default=20_000, help="that share the load")
        parser.add_argument("--rounds", type=int, default=3, help="of hook, then bare limit")
        parser.add_argument("--json", action="store_true", help="print one line of JSON only")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(**{name: options[name] for name in Plan.__annotations__})
        if min(plan.seconds, plan.connections, plan.workflows, plan.rounds) < 1:
            raise CommandError("Every number must be at least 1.")
        try:
            outcome = measure(plan, say=self.stderr.write)
        except (LoadFailed, ServerFailed) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(outcome)))
        else:
            self.stdout.write(report.as_text(outcome))
        if not outcome.is_complete:
            raise CommandError("The store does not hold what was answered.")
