"""Why a hook is refused: the REST framework's exceptions, and the answer that each becomes."""

from typing import Any

from django.utils import timezone
from rest_framework.exceptions import APIException

from workflows.hook import refusal_tally
from workflows.hook.answers import ERROR_HEADERS, ERRORS, HookAnswer, answer, answer_for_exception
from workflows.hook.clients import client_kind
from workflows.models import WorkflowVersion
from workflows.payload.body import InvalidJSON, InvalidPayload, UnsupportedMediaType
from workflows.payload.variable_values import InvalidVariables
from workflows.runs.accept import QuotaSpent, RateLimited, URLGone
from workflows.runs.quota import seconds_left


class Refusal(APIException):
    """Refuse the request with one of `hook_answers.ERRORS`, and the fields beside it."""

    def __init__(self, error: str, *, retry_after: int | None = None, **fields: Any) -> None:
        super().__init__(code=error)
        self.headers = dict(ERROR_HEADERS.get(error, {}))
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        self.status_code = ERRORS[error]
        self.body = {"ok": False, "error": error, **fields}


def refusal_for(error: Exception) -> Refusal | None:
    """Return what an exception on the way to the run is to the sender, None for a breakdown."""
    match error:
        case Refusal():
            return error
        case InvalidJSON():
            return Refusal("invalid_json", detail=error.detail)
        case InvalidPayload():
            return Refusal("invalid_payload", detail=error.detail)
        case UnsupportedMediaType():
            return Refusal("unsupported_media_type")
        case InvalidVariables():
            return Refusal("invalid_variables", details=error.details)
        case QuotaSpent():
            return Refusal("quota_exceeded", retry_after=seconds_left(timezone.now()))
        case RateLimited():
            return Refusal("rate_limited")
        case URLGone() | WorkflowVersion.DoesNotExist():  # since the token was looked up
            return Refusal("workflow_not_found")
    return None


def answer_exception(error: Exception, context: dict[str, Any]) -> HookAnswer:
    """Answer what the view raised, and count it for the workflow's managers.

    The REST framework's exception handler (`REST_FRAMEWORK["EXCEPTION_HANDLER"]`).
    """
    refusal = refusal_for(error)
    if refusal is None:
        return answer_for_exception(error)
    found = context["view"].found
    if found is not None and refusal.status_code in refusal_tally.NOTED:
        refusal_tally.tally.note(
            found.workflow,
            status=refusal.status_code,
            answer=refusal.body,
            sent_by=client_kind(context["request"]._request),
        )
    return answer(refusal.status_code, refusal.body, refusal.headers)
