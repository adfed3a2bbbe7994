"""The request URL of a workflow: made, shown to managers, regenerated."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from messaging.models import Member
from workflows import tokens
from workflows.models import RequestURL, Workflow
from workflows.notices import tell_managers
from workflows.sentences import Sentence
from workflows.services.audit import record
from workflows.services.drafts import lock
from workflows.services.rights import require_manager


class NoRequestURL(Exception):
    """Raised for a workflow that has no request URL: it was never published, or has no webhook."""


def request_url(*, workflow: Workflow) -> str:
    """Return the URL in the clear; empty where there is none.

    For managers only: ask `managed_by` first. Raise tokens.TokenUnreadable where the keys no longer
    read it; the hook works all the same.
    """
    found = workflow.request_urls.live().first()
    return address_of(found) if found else ""


def address_of(url: RequestURL) -> str:
    """Return one row's URL in the clear; raise tokens.TokenUnreadable."""
    return tokens.request_address(tokens.decrypt(url.encrypted_token))


def make_request_url(*, workflow: Workflow, by: Member) -> RequestURL:
    """Make a request URL; inside the caller's transaction, under the workflow's lock."""
    token = tokens.new_token()
    return RequestURL.objects.create(
        workflow=workflow,
        digest=tokens.digest(token),
        encrypted_token=tokens.encrypt(token),
        made_by=by,
    )


@transaction.atomic
def regenerate_url(*, workflow: Workflow, by: Member) -> RequestURL:
    """Put a new URL in place of the old, which stops at once; the other managers are told."""
    require_manager(workflow=workflow, by=by)
    lock(workflow)
    if not workflow.request_urls.live().update(retired_at=timezone.now(), retired_by=by):
        raise NoRequestURL
    made = make_request_url(workflow=workflow, by=by)
    record("regenerate_url", workflow=workflow, by=by)
    sentence = gettext_noop(
        "%(member)s regenerated the request URL of “%(workflow)s”. "
        "Connected services stop until they get the new URL."
    )
    tell_managers(
        workflow=workflow,
        sentence=Sentence(sentence, {"member": by.display_name, "workflow": workflow.name}),
        but=by,
    )
    return made
