"""Runs as a CSV file: read in batches, secrets hidden, no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from messaging.models import Member
from workflows.activity.filters import Filters, matching_runs, search_end
from workflows.models import Workflow
from workflows.payload.body import JSONValue, dump, is_number
from workflows.payload.redaction import redact
from workflows.payload.variable_values import VariableSpec
from workflows.runs.ending import show_as_ended
from workflows.runs.provided import variable_specs
from workflows.runs.provided_channels import channel_keys, with_names
from workflows.runs.run_lines import RunLine, run_lines

BATCH = 500
MARK = "\ufeff"  # tells spreadsheets that the file is UTF-8
RUNS_IN_A_CELL = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_lines(workflow: Workflow, filters: Filters, reader: Member) -> Iterator[str]:
    """Yield the file piece by piece, newest run first: the heading, then a batch at a time.

    Each batch is three queries, two more where a channel started the runs: it is named for the
    reader. Written in the language and time zone of whoever asked, also when
    the server takes the pieces later or in another thread.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    specs = _specs(workflow)
    keys, channels = list(dict.fromkeys(one.key for one in specs)), channel_keys(specs)

    @contextmanager
    def as_asked() -> Iterator[None]:
        with translation.override(language), timezone.override(zone):
            yield

    with as_asked():
        heading = MARK + _written([[*_headings(), *keys, _("Other variables")]])
    yield heading
    before = filters.before
    while True:
        asked = replace(filters, before=before)
        end = search_end(workflow, asked)
        runs = matching_runs(workflow, asked, end=end).defer("payload")
        found = list(runs.select_related("version")[:BATCH])
        if not found and end is None:
            return
        for run in found:
            show_as_ended(run, workflow)
        with as_asked():
            started_in = [_only(one.values, channels) for one in found]
            lines = zip(run_lines(found), with_names(started_in, channels, reader), strict=True)
            batch = _written([_row(line, named, keys) for line, named in lines])
        yield batch
        before = found[-1].pk if len(found) == BATCH or end is None else end


def _headings() -> list[str]:
    return [
        _("Run ID"),
        _("Status"),
        _("Accepted at"),
        _("Finished at"),
        _("Took (seconds)"),
        _("Started by"),
        _("Version"),
        _("Failed step"),
        _("Reason"),
    ]


def _specs(workflow: Workflow) -> list[VariableSpec]:
    """Return the variables that have a column: those of the live version, then the draft's."""
    live = workflow.published_version
    definitions = [live.definition] if live else []
    return [one for each in (*definitions, workflow.definition()) for one in variable_specs(each)]


def _only(values: dict[str, str], keys: list[str]) -> dict[str, str]:
    return {key: values[key] for key in keys if key in values}


def _row(line: RunLine, named: dict[str, Any], keys: list[str]) -> list[Any]:
    run = line.run
    kept: JSONValue = redact({**run.whole_values, **named})
    values = kept if isinstance(kept, dict) else {}
    others: JSONValue = {key: value for key, value in values.items() if key not in keys}
    return [
        run.run_id,
        run.get_status_display(),
        timezone.localtime(run.accepted_at).isoformat(timespec="seconds"),
        timezone.localtime(run.finished_at).isoformat(timespec="seconds")
        if run.finished_at
        else "",
        f"{run.took.total_seconds():.1f}" if run.took is not None else "",
        line.started_by,
        run.version.number,
        line.failed_step or "",
        run.error_sentence,
        *(values.get(key, "") for key in keys),
        dump(others) if others else "",
    ]


def _written(rows: list[list[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([safe(str(cell)) for cell in row] for row in rows)
    return file.getvalue()


def safe(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula; numbers stay numbers."""
    begins = cell.lstrip(" ").startswith(RUNS_IN_A_CELL)
    return f"'{cell}" if begins and not is_number(cell) else cell
