"""A webhook workflow's URL: shown when asked for, replaced by a new one, the old one ended."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from messaging.toasts import say
from workflows import url_tokens
from workflows.access import IS_SCRIPT, managed_workflow, reader_of, without_referrer
from workflows.models import Workflow
from workflows.runs.notices import active_managers
from workflows.runs.traffic import recent_requests
from workflows.services import (
    NoRequestURL,
    OldURLStillWorks,
    PendingGone,
    cancel_pending_url,
    end_old_url,
    make_pending_url,
    request_urls,
    save_pending_url,
)
from workflows.services.request_urls import AT_ONCE, OVERLAPS, address_of
from workflows.shown_url import masked_url, unreadable, url_context

LABELS = {
    AT_ONCE: gettext_lazy("Stops at once"),
    "hour": gettext_lazy("Works 1 hour"),
    "day": gettext_lazy("Works 1 day"),
    "week": gettext_lazy("Works 7 days"),
}


@dataclass(frozen=True)
class Choice:
    """How long the old URL may keep working, and until when that is."""

    value: str
    label: str
    until: datetime.datetime | None
    is_chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
def regenerate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a URL that waits to be saved (POST), and show it, masked, with what Save will stop."""
    workflow = managed_workflow(request, pk)
    if request.method == "POST":
        try:
            make_pending_url(
                workflow=workflow, by=reader_of(request), ends_old="ends_old" in request.POST
            )
        except NoRequestURL:
            raise Http404 from None
        except OldURLStillWorks:
            pass  # the page below asks
        return redirect("workflows:regenerate", pk)
    return _page(request, workflow)


@require_POST
@sensitive_variables()
def reveal_pending(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the URL that waits to be saved, in the clear, on the page or (to its script) as data."""
    workflow = managed_workflow(request, pk)
    pending = request_urls(workflow=workflow).pending
    if pending is None:
        return _gone(request, pk)
    try:
        url = address_of(pending)
    except url_tokens.TokenUnreadable:
        return _page(request, workflow, url_error=unreadable())
    if request.headers.get(IS_SCRIPT):
        return without_referrer(JsonResponse({"url": url}))
    return _page(request, workflow, url=url)


@require_POST
def save_url(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the pending URL live; the managers are told."""
    workflow = managed_workflow(request, pk)
    overlap = request.POST.get("old", AT_ONCE)
    try:
        key = int(request.POST.get("pending", "")[:18])
    except ValueError:
        key = 0
    if overlap not in OVERLAPS:
        return redirect("workflows:regenerate", pk)
    try:
        save_pending_url(workflow=workflow, by=reader_of(request), key=key, overlap=overlap)
    except PendingGone:
        return _gone(request, pk)
    say(request, _("New URL saved"))
    return redirect(workflow)


def _gone(request: HttpRequest, pk: int) -> HttpResponse:
    if request.headers.get(IS_SCRIPT):
        return JsonResponse({}, status=409)
    say(request, _("The new URL that was on that page is gone. Nothing changed."))
    return redirect("workflows:regenerate", pk)


@require_POST
def cancel_url(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop the pending URL."""
    workflow = managed_workflow(request, pk)
    cancel_pending_url(workflow=workflow, by=reader_of(request))
    say(request, _("Nothing changed: the request URL is the same."))
    return redirect(workflow)


@require_POST
def end_old(request: HttpRequest, pk: int) -> HttpResponse:
    """End the old URL before its time; asked for on the page."""
    workflow = managed_workflow(request, pk)
    if end_old_url(workflow=workflow, by=reader_of(request)):
        say(request, _("The old URL no longer works."))
    return redirect(workflow)


@sensitive_variables("url", "context")
def _page(
    request: HttpRequest, workflow: Workflow, *, url: str = "", **context: Any
) -> HttpResponse:
    context |= url_context(workflow, url)
    if context["url_row"] is None:
        raise Http404
    reader = reader_of(request)
    context |= {
        "workflow": workflow,
        "old_url": masked_url(),
        "choices": _choices(),
        "recent": recent_requests(workflow),
        "others": [one for one in active_managers(workflow) if one != reader],
        "in_workflows": True,
        "tab": "overview",
        "hides_publish": True,
    }
    return without_referrer(render(request, "workflows/url/regenerate.html", context))


def _choices() -> list[Choice]:
    now = timezone.now()
    return [
        Choice(
            value=value,
            label=str(LABELS[value]),
            until=now + overlap if overlap else None,
            is_chosen=value == AT_ONCE,
        )
        for value, overlap in OVERLAPS.items()
    ]
