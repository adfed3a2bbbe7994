"""What came in lately: how many requests, and how many of them a draft would refuse."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Length
from django.utils import timezone

from workflows.models import Run, Workflow
from workflows.models.run import RunQuerySet
from workflows.payload.body import InvalidJSON, JSONValue, parse_json
from workflows.payload.variable_values import InvalidVariables, variable_values
from workflows.runs.provided import variable_specs

DAYS = 7
MOST_COUNTED = 1000
MOST_READ = 200
MOST_CHARACTERS = 1024 * 1024  # of the payloads that are read for a judgement


@dataclass(frozen=True)
class Recent:
    """How many requests the workflow took in the last days; `more` where there were more."""

    count: int
    more: bool = False


@dataclass(frozen=True)
class Judgement:
    """How many requests were looked at, how many would be refused, or carried a key in vain."""

    count: int = 0
    is_all: bool = True  # of the last seven days; else the newest of them
    refused: Mapping[str, int] = field(default_factory=dict)  # by the variable's key
    carried: Mapping[str, int] = field(default_factory=dict)  # by a key that is to go


def recent_requests(workflow: Workflow) -> Recent:
    """Count the requests of the last seven days, up to a thousand (one query)."""
    found = _requests(workflow).values("pk")[: MOST_COUNTED + 1].count()
    return Recent(min(found, MOST_COUNTED), more=found > MOST_COUNTED)


def judge(workflow: Workflow, definition: Mapping[str, Any], gone: Collection[str]) -> Judgement:
    """Try the variables of a definition on what was accepted lately, as far as it is cheap to read.

    Two queries: the newest 200 requests at most, and a mebibyte of their payloads.
    """
    sizes = list(
        _requests(workflow)
        .order_by("-pk")
        .annotate(size=Length("payload"))
        .values_list("pk", "size")[: MOST_READ + 1]
    )
    keys: list[int] = []
    left = MOST_CHARACTERS
    for key, size in sizes[:MOST_READ]:
        left -= size or 0
        if left < 0 and keys:
            break
        keys.append(key)
    specs = variable_specs(definition)
    refused: Counter[str] = Counter()
    carried: Counter[str] = Counter()
    for document in _documents(keys):
        try:
            variable_values(document, specs)
        except InvalidVariables as error:
            refused.update({one.key for one in error.problems})
        if isinstance(document, dict):
            carried.update(key for key in gone if document.get(key) is not None)
    return Judgement(len(keys), len(keys) == len(sizes), refused, carried)


def _documents(keys: list[int]) -> Iterator[JSONValue]:
    for payload in Run.objects.filter(pk__in=keys).values_list("payload", flat=True):
        try:
            yield parse_json(payload.encode())
        except InvalidJSON:
            yield {}


def _requests(workflow: Workflow) -> RunQuerySet:
    since = timezone.now() - datetime.timedelta(days=DAYS)
    return Run.objects.filter(workflow=workflow, start_kind="webhook", accepted_at__gt=since)
