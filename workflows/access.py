"""Where every view begins: the workflow, if the reader manages it; and how one ends."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from messaging.models import Member
from messaging.views.access import reader_of
from workflows.models import Workflow

IS_SCRIPT = "X-Declic-Script"  # a script asks: answer it with data instead of a page

__all__ = ["managed_workflow", "no_guest", "reader_of", "without_referrer"]


def managed_workflow(request: HttpRequest, pk: int) -> Workflow:
    """Return the workflow; 404 where it does not exist or the reader doesn't manage it."""
    managed = Workflow.objects.managed_by(reader_of(request)).with_draft()
    return get_object_or_404(managed, pk=pk)


def no_guest(request: HttpRequest) -> Member:
    """Return the reader; 404 for guests, for whom there are no workflow pages."""
    reader = reader_of(request)
    if reader.is_guest:
        raise Http404
    return reader


def without_referrer(response: HttpResponse) -> HttpResponse:
    """Have what shows a request URL tell nobody where it was shown."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
