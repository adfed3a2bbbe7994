"""Starting a workflow from its channel's shortcuts menu."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_ratelimit.core import is_ratelimited

from messaging.models import Member
from messaging.toasts import say
from workflows.access import IS_SCRIPT, reader_of
from workflows.models import Run
from workflows.runs.starting import find_shortcut, start_shortcut

MOST = "10/m"  # shortcuts that one member may start


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the shortcut for whoever may see its channel, and say so there."""
    reader = reader_of(request)
    shortcut = find_shortcut(pk=pk, member=reader)
    if shortcut is None:
        raise Http404
    status = 200
    if _is_flood(request, reader):
        status, text = 429, _("That was a lot in a minute. Wait a moment, then start it again.")
    else:
        text = _outcome(start_shortcut(shortcut=shortcut, member=reader))
    if request.headers.get(IS_SCRIPT):
        return JsonResponse({"text": text}, status=status)
    say(request, text)
    return redirect(shortcut.channel)


def _outcome(run: Run) -> str:
    """Return what the person is told; why a run failed is for its managers."""
    text = (
        _("“%(name)s” could not do its work. Its managers were told.")
        if run.status == Run.Status.FAILED
        else _("“%(name)s” started")
    )
    return text % {"name": run.version.definition["name"]}


def _is_flood(request: HttpRequest, member: Member) -> bool:
    return bool(
        is_ratelimited(
            request,
            group="shortcuts",
            key=lambda _group, _request: str(member.pk),
            rate=MOST,
            method="POST",
            increment=True,
        )
    )
