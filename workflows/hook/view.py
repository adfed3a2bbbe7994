"""The hook endpoint: reads like the contract (docs/hook-contract.md)."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from rest_framework.views import APIView

from workflows.hook.answers import HookAnswer, answer, is_without_length
from workflows.hook.clients import client_kind
from workflows.hook.gates import body_length, check_flood, find_url
from workflows.hook.refusals import Refusal
from workflows.payload import body
from workflows.payload.variable_values import variable_values
from workflows.runs.accept import Accepted, Job, accept, as_duplicate, find_known
from workflows.runs.plan import plan_of
from workflows.runs.store import FoundURL

DELIVERY_HEADERS = ("HTTP_IDEMPOTENCY_KEY", "HTTP_WEBHOOK_ID", "HTTP_X_GITHUB_DELIVERY")
DELIVERY_CHARACTERS = 255  # so many of an ID count


@method_decorator(login_not_required, name="dispatch")
class HookView(APIView):
    """`POST /hooks/workflows/<token>`. Whoever knows the token may; nothing else is asked.

    What is not as the contract wants it raises; workflows/hook/refusals.py has the answer.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    default_response_headers: dict[str, str] = {}  # its `Allow` is for 405 alone
    found: FoundURL | None = None  # what the token led to

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Skip content negotiation: every answer is JSON, whatever the sender accepts."""

    def post(self, request: Any, token: str) -> HookAnswer:
        """Check in the contract's order, accept, and answer after the commit."""
        sent: HttpRequest = request._request
        check_size(sent)
        self.found = find_url(sent, token)
        check_flood(sent, self.found)
        check_type(sent)
        job = make_job(sent, self.found)
        if known := find_known(job):
            return accepted_answer(as_duplicate(job, known))
        document = body.read_body(sent.body, sent.META.get("CONTENT_TYPE", ""))
        values = variable_values(document, plan_of(job.version).variables)
        return accepted_answer(accept(job.with_document(values, document)))


def accepted_answer(accepted: Accepted) -> HookAnswer:
    """Return the answer that names the run, which is committed by now."""
    duplicate = {"duplicate": True} if accepted.is_duplicate else {}
    return answer(200, {"ok": True, "run": accepted.run_id, **duplicate})


def check_size(request: HttpRequest) -> None:
    """Refuse a body over the bound; a server without our bridge would read one in chunks as empty.

    The bridge has bounded it already, while it was read.
    """
    if body_length(request) > settings.DECLIC_MAX_BODY_BYTES:
        raise Refusal("payload_too_large")
    if is_without_length(request):
        raise Refusal("length_required")


def check_type(request: HttpRequest) -> None:
    """Refuse a body that is neither JSON nor a form, and one that is encoded."""
    body.body_kind(request.META.get("CONTENT_TYPE", ""))
    if "HTTP_CONTENT_ENCODING" in request.META:  # whatever it says, `identity` too
        raise Refusal("unsupported_media_type")


def make_job(request: HttpRequest, found: FoundURL) -> Job:
    """Return what is to be accepted, as far as it is known before the body is parsed."""
    return Job(
        workflow=found.workflow,
        version=found.version,
        request_url=found.request_url,
        sent_by=client_kind(request),
        values={},
        delivery=delivery_of(request),
        size=len(request.body),
        body_digest=hashlib.sha256(request.body).hexdigest(),
    )


def delivery_of(request: HttpRequest) -> str | None:
    """Return the digest of the delivery's ID: the first of the headers that holds one."""
    for header in DELIVERY_HEADERS:
        value = request.META.get(header, "")[:DELIVERY_CHARACTERS]
        if value:
            return hashlib.sha256(value.encode()).hexdigest()
    return None
