"""Send a test request: a real run with the example values, as if a service had posted them."""

import json
from dataclasses import dataclass
from typing import Any

from messaging.models import Member
from workflows.drafts import examples
from workflows.models import Start, Workflow
from workflows.payload.body import dump
from workflows.payload.variable_values import InvalidVariables, variable_values
from workflows.runs.accept import Accepted, Job, RateLimited, accept
from workflows.runs.plan import plan_of
from workflows.runs.provided import usable_variables
from workflows.services.audit import record
from workflows.services.rights import require_manager


class NotPublished(Exception):
    """Raised where there is no live version to test."""


@dataclass(frozen=True)
class TestAnswer:
    """What the sender of such a request would have got."""

    status: int
    body: dict[str, Any]

    @property
    def run_id(self) -> str:
        """The run that it started; empty where it was refused."""
        return str(self.body.get("run", ""))

    @property
    def is_accepted(self) -> bool:
        """Whether a run was started."""
        return self.status == 200

    @property
    def text(self) -> str:
        """The body as it was answered."""
        return json.dumps(self.body)


def send_test_request(*, workflow: Workflow, by: Member) -> TestAnswer:
    """Start a run of the live version with its examples; it posts for real.

    A member variable without an example gets the sender's own ID. Goes by the hook's rate.
    """
    require_manager(workflow=workflow, by=by)
    version = workflow.published_version
    if version is None:
        raise NotPublished
    document = examples.example_document(
        usable_variables(version.definition), member_id=by.member_id
    )
    record("test", workflow=workflow, by=by)
    try:
        accepted = accept(
            Job(
                workflow=workflow.pk,
                version=version.pk,
                values=variable_values(document, plan_of(version.pk).variables),
                payload=dump(document),
                start_kind=Start.TEST,
                started_by=by.pk,
            )
        )
    except InvalidVariables as error:
        body = {"ok": False, "error": "invalid_variables", "details": error.details}
        return TestAnswer(422, body)
    except RateLimited:
        return TestAnswer(429, {"ok": False, "error": "rate_limited"})
    return _answer(accepted)


def _answer(accepted: Accepted) -> TestAnswer:
    return TestAnswer(200, {"ok": True, "run": accepted.run_id})
