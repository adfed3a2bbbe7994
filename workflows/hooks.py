"""The hook endpoint: reads like the contract (docs/hook-contract.md)."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django_ratelimit.core import is_ratelimited
from rest_framework.views import APIView

from messaging.addresses import client_address
from workflows import hook_store, payload, refusals
from workflows.accept import Job, RateLimited, URLGone, accept, find_known
from workflows.clients import client_kind
from workflows.hook_answers import answer, refuse
from workflows.hook_store import FoundURL
from workflows.models import WorkflowVersion
from workflows.plan import plan_of
from workflows.tokens import PREFIX, digest
from workflows.variable_values import InvalidVariables, variable_values

DELIVERY_HEADERS = ("HTTP_IDEMPOTENCY_KEY", "HTTP_WEBHOOK_ID", "HTTP_X_GITHUB_DELIVERY")


@method_decorator(login_not_required, name="dispatch")
class HookView(APIView):
    """`POST /hooks/workflows/<token>`. Whoever knows the token may; nothing else is asked."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    default_response_headers: dict[str, str] = {}  # its `Allow` is for 405 alone

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Skip content negotiation: every answer is JSON, whatever the sender accepts."""

    def post(self, request: Any, token: str) -> HttpResponse:
        """Check in the contract's order, accept, and answer after the commit."""
        sent = request._request
        if _length(sent) > settings.DECLIC_MAX_BODY_BYTES:
            return refuse("payload_too_large")
        if "HTTP_TRANSFER_ENCODING" in sent.META and not sent.META.get("CONTENT_LENGTH"):
            return refuse("length_required")  # a server without our bridge would read it as empty
        found = hook_store.find_url(digest(token)) if token.startswith(PREFIX) else None
        if found is None:
            return _refuse_wrong_token(sent)
        response = refuse("rate_limited") if _is_flood(sent, found) else _start(sent, found)
        if response.status_code in refusals.NOTED:
            refusals.tally.note(
                found.workflow,
                status=response.status_code,
                answer=json.loads(response.content),
                sent_by=client_kind(sent),
            )
        return response


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _start(request: HttpRequest, found: FoundURL) -> HttpResponse:
    try:
        payload.body_kind(request.META.get("CONTENT_TYPE", ""))
    except payload.UnsupportedMediaType:
        return refuse("unsupported_media_type")
    if "HTTP_CONTENT_ENCODING" in request.META:  # whatever it says, `identity` too
        return refuse("unsupported_media_type")
    job = Job(
        workflow=found.workflow,
        version=found.version,
        request_url=found.request_url,
        sent_by=client_kind(request),
        values={},
        delivery=_delivery(request),
        body_digest=hashlib.sha256(request.body).hexdigest(),
    )
    known = find_known(job)
    if known is not None:
        return answer(200, {"ok": True, "run": known.run_id, "duplicate": True})
    return _read_and_accept(request, job)


def _read_and_accept(request: HttpRequest, job: Job) -> HttpResponse:
    try:
        document = payload.read_body(request.body, request.META.get("CONTENT_TYPE", ""))
        values = variable_values(document, plan_of(job.version).variables)
        accepted = accept(job.with_document(values, payload.dump(document)))
    except payload.InvalidJSON as error:
        return refuse("invalid_json", detail=error.detail)
    except payload.InvalidPayload as error:
        return refuse("invalid_payload", detail=error.detail)
    except InvalidVariables as error:
        return refuse("invalid_variables", details=error.details)
    except RateLimited:
        return refuse("rate_limited")
    except (URLGone, WorkflowVersion.DoesNotExist):  # since the token was looked up
        return refuse("workflow_not_found")
    duplicate = {"duplicate": True} if accepted.is_duplicate else {}
    return answer(200, {"ok": True, "run": accepted.run_id, **duplicate})


def _delivery(request: HttpRequest) -> str | None:
    """Return the digest of the delivery's ID: the first of the headers that holds one."""
    for header in DELIVERY_HEADERS:
        value = request.META.get(header, "")
        if value:
            return hashlib.sha256(value.encode()).hexdigest()
    return None


def _is_flood(request: HttpRequest, found: FoundURL) -> bool:
    return bool(
        is_ratelimited(
            request,
            group="hooks",
            key=lambda _group, _request: str(found.request_url),
            rate=settings.DECLIC_FLOOD_RATE,
            method="POST",
            increment=True,
        )
    )


def _refuse_wrong_token(request: HttpRequest) -> HttpResponse:
    """Answer a wrong token, and count it for its address: a good token never meets this limit."""
    limit, seconds = settings.DECLIC_WRONG_TOKENS
    key = hashlib.sha256(client_address(request).encode()).hexdigest()
    cache = caches["tokens"]
    cache.add(key, 0, timeout=seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # it expired between the two
        count = 1
    return refuse("rate_limited" if (count or 0) > limit else "workflow_not_found")
