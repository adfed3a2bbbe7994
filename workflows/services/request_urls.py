"""The request URL of a workflow: made, shown to managers, replaced at once or with an overlap."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from messaging.models import Member
from workflows import url_tokens
from workflows.models import RequestURL, Workflow
from workflows.runs.notices import tell_managers
from workflows.services.audit import record
from workflows.services.drafts import lock
from workflows.services.rights import require_manager
from workflows.text.sentences import Sentence

PENDING_FOR = datetime.timedelta(hours=1)
AT_ONCE = "now"
OVERLAPS = {  # how long the old URL keeps working once the new one is saved
    AT_ONCE: datetime.timedelta(0),
    "hour": datetime.timedelta(hours=1),
    "day": datetime.timedelta(days=1),
    "week": datetime.timedelta(days=7),
}
TOLD = {
    AT_ONCE: gettext_noop(
        "%(member)s regenerated the request URL of “%(workflow)s”. "
        "Connected services stop until they get the new URL."
    ),
    "hour": gettext_noop(
        "%(member)s regenerated the request URL of “%(workflow)s”. "
        "The old one works for one more hour: give connected services the new one by then."
    ),
    "day": gettext_noop(
        "%(member)s regenerated the request URL of “%(workflow)s”. "
        "The old one works for one more day: give connected services the new one by then."
    ),
    "week": gettext_noop(
        "%(member)s regenerated the request URL of “%(workflow)s”. "
        "The old one works for 7 more days: give connected services the new one by then."
    ),
}
TOLD_OF_THE_END = gettext_noop(
    "%(member)s ended the old request URL of “%(workflow)s”. "
    "Services that still use it get 404 from now on."
)


class NoRequestURL(Exception):
    """Raised for a workflow that has no request URL: it was never published, or has no webhook."""


class PendingGone(Exception):
    """Raised where the URL that was to be saved is no longer there: cancelled, or its hour over."""


class OldURLStillWorks(Exception):
    """Raised where another regeneration would end an old URL that was promised to work longer."""


@dataclass(frozen=True)
class URLs:
    """A workflow's request URLs that are not over: its own, the one that ends, the one to come."""

    live: RequestURL | None = None
    retiring: RequestURL | None = None
    pending: RequestURL | None = None


def request_urls(*, workflow: Workflow) -> URLs:
    """Return the workflow's request URLs by their state (one query).

    A pending one whose hour is over, and an old one whose overlap is over, are left out although
    their rows are still there. Asks for no right: the URLs in it are encrypted.
    """
    found = URLs()
    now = timezone.now()
    for row in workflow.request_urls.filter(retired_at=None).select_related("made_by"):
        if row.pending_until is not None:
            found = URLs(found.live, found.retiring, row if row.pending_until > now else None)
        elif row.retires_at is None:
            found = URLs(row, found.retiring, found.pending)
        elif row.retires_at > now:
            found = URLs(found.live, row, found.pending)
    return found


def request_url(*, workflow: Workflow) -> str:
    """Return the URL in the clear; empty where there is none.

    For managers only: ask `managed_by` first. Raise url_tokens.TokenUnreadable where the keys no
    longer read it; the hook works all the same.
    """
    found = workflow.request_urls.live().first()
    return address_of(found) if found else ""


def address_of(url: RequestURL) -> str:
    """Return one row's URL in the clear; raise url_tokens.TokenUnreadable."""
    return url_tokens.request_address(url_tokens.decrypt(url.encrypted_token))


def make_request_url(
    *, workflow: Workflow, by: Member, pending_until: datetime.datetime | None = None
) -> RequestURL:
    """Make a request URL that works at once, or only once saved where `pending_until` is given.

    Call it inside a transaction, under the workflow's lock: nothing here keeps two live URLs apart.
    """
    token = url_tokens.new_token()
    return RequestURL.objects.create(
        workflow=workflow,
        digest=url_tokens.digest(token),
        encrypted_token=url_tokens.encrypt(token),
        made_by=by,
        pending_until=pending_until,
    )


@transaction.atomic
def make_pending_url(*, workflow: Workflow, by: Member, ends_old: bool = False) -> RequestURL:
    """Make the URL that is to replace the live one: accepted by nobody, and gone after an hour.

    Where one is pending already, that one is returned. Raise NoRequestURL, and OldURLStillWorks
    within an overlap unless `ends_old` says that the manager was asked.
    """
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    urls = request_urls(workflow=workflow)
    if urls.live is None:
        raise NoRequestURL
    if urls.pending is not None:
        return urls.pending
    if urls.retiring is not None and not ends_old:
        raise OldURLStillWorks
    forget_pending(workflow)
    made = make_request_url(workflow=workflow, by=by, pending_until=timezone.now() + PENDING_FOR)
    record("make_pending_url", workflow=workflow, by=by, url=made.pk)
    return made


def forget_pending(workflow: Workflow) -> int:
    """Delete what was made and not saved, whether its hour is over or not; return how many.

    Nobody can have used it. Call it under the workflow's lock.
    """
    return workflow.request_urls.filter(retired_at=None, pending_until__isnull=False).delete()[0]


@transaction.atomic
def cancel_pending_url(*, workflow: Workflow, by: Member) -> None:
    """Drop the URL that was made and not saved: everything stays as it is."""
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    if forget_pending(workflow):
        record("cancel_pending_url", workflow=workflow, by=by)


@transaction.atomic
def save_pending_url(
    *, workflow: Workflow, by: Member, key: int, overlap: str = AT_ONCE
) -> RequestURL:
    """Make the pending URL live; the old one stops at once, or works on as `OVERLAPS` says.

    An older one that still works ends at once: never more than two are accepted. The other
    managers are told. Raise PendingGone where the URL with this key is no longer pending.
    """
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    urls = request_urls(workflow=workflow)
    if urls.pending is None or urls.pending.pk != key or urls.live is None:
        raise PendingGone
    now = timezone.now()
    _end(urls.retiring, by, now)
    if overlap == AT_ONCE:
        _end(urls.live, by, now)
    else:
        ends = now + OVERLAPS[overlap]
        RequestURL.objects.filter(pk=urls.live.pk).update(retires_at=ends)
    urls.pending.pending_until = None
    urls.pending.save(update_fields=["pending_until"])
    record("regenerate_url", workflow=workflow, by=by, url=urls.pending.pk, overlap=overlap)
    _tell(workflow, by, TOLD[overlap])
    return urls.pending


@transaction.atomic
def regenerate_url(*, workflow: Workflow, by: Member) -> RequestURL:
    """Put a new URL in place of the old ones, which stop at once; the other managers are told.

    A pending one is thrown away: the URL that this returns was shown to nobody. An overlap that was
    promised ends too. Raise NoRequestURL.
    """
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    forget_pending(workflow)
    made = make_pending_url(workflow=workflow, by=by, ends_old=True)
    return save_pending_url(workflow=workflow, by=by, key=made.pk)


@transaction.atomic
def end_old_url(*, workflow: Workflow, by: Member) -> bool:
    """End at once the old URL that still works; return whether there was one. Managers are told."""
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    old = request_urls(workflow=workflow).retiring
    if old is None:
        return False
    _end(old, by, timezone.now())
    record("end_old_url", workflow=workflow, by=by, url=old.pk)
    _tell(workflow, by, TOLD_OF_THE_END)
    return True


def _end(url: RequestURL | None, by: Member, now: datetime.datetime) -> None:
    if url is not None:
        RequestURL.objects.filter(pk=url.pk).update(retired_at=now, retired_by=by)


def _tell(workflow: Workflow, by: Member, msgid: str) -> None:
    values = {"member": by.display_name, "workflow": workflow.name}
    tell_managers(workflow=workflow, sentence=Sentence(msgid, values), but=by)
