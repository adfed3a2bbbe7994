"""What the pages on publishing and versions show of a workflow's versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from messaging.models import Member
from workflows.models import Workflow, WorkflowVersion
from workflows.versions.review import Review, review

PAGE = 20
DRAFT = "draft"


@dataclass(frozen=True)
class VersionPage:
    """Some versions, newest first, and the number before which there are more."""

    versions: list[WorkflowVersion]
    older: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Two versions (or a version and the draft) held against each other."""

    older: WorkflowVersion
    newer: WorkflowVersion | None  # None: the draft
    review: Review


def version_page(workflow: Workflow, before: int | None = None) -> VersionPage:
    """Return the newest versions, or those before a number, without what they hold (one query)."""
    rows = _listed(workflow)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: PAGE + 1])
    return VersionPage(found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None)


def _listed(workflow: Workflow) -> "QuerySet[WorkflowVersion]":
    return workflow.versions.defer("definition").select_related("published_by")


def numbers(workflow: Workflow) -> list[int]:
    """Return the numbers of all versions, oldest first."""
    return list(workflow.versions.order_by("number").values_list("number", flat=True))


def find_version(workflow: Workflow, given: str) -> WorkflowVersion:
    """Return the version with this number; Http404 where there is none."""
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Http404
    found = workflow.versions.select_related("published_by").filter(number=int(given)).first()
    if found is None:
        raise Http404
    return found


def comparison(
    workflow: Workflow, asked: Mapping[str, Any], *, reader: Member
) -> Comparison | None:
    """Return what `?from=2&to=3` or `to=draft` asks for; Http404 for what there is not."""
    if not asked.get("from"):
        return None
    older = find_version(workflow, asked["from"])
    to = asked.get("to") or DRAFT
    newer = None if to == DRAFT else find_version(workflow, to)
    definition = newer.definition if newer else workflow.definition()
    return Comparison(older, newer, review(older.definition, definition, reader=reader))
