"""New workflows: from scratch, from a file, as a copy; and the end of one."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.toasts import say
from workflows.files import import_workflow
from workflows.forms import DetailsForm, ImportForm
from workflows.services import (
    DraftProblems,
    Problem,
    copy_workflow,
    create_workflow,
    delete_workflow,
    may_build,
)
from workflows.views.access import managed_workflow, no_guest, reader_of

PAGES = ["GET", "HEAD", "POST"]


@require_http_methods(PAGES)
def new(request: HttpRequest) -> HttpResponse:
    """Start from scratch with a name; the draft's page is where it goes on."""
    return _new_page(request, scratch=DetailsForm(request.POST or None))


@require_http_methods(PAGES)
def import_file(request: HttpRequest) -> HttpResponse:
    """Make a draft of a workflow file, uploaded or pasted."""
    form = ImportForm(request.POST or None, request.FILES or None)
    return _new_page(request, importing=form)


def _new_page(
    request: HttpRequest,
    *,
    scratch: DetailsForm | None = None,
    importing: ImportForm | None = None,
) -> HttpResponse:
    reader = no_guest(request)
    if not may_build(member=reader, trigger_kind="webhook"):
        raise Http404
    problems: list[Problem] = []
    form = importing or scratch
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            workflow = (
                import_workflow(form.cleaned_data["text"], by=reader)
                if importing
                else create_workflow(by=reader, **form.cleaned_data)
            )
        except DraftProblems as error:
            problems = error.problems
        except ValidationError as error:
            form.add_error(None, error)
        except PermissionDenied:
            raise Http404 from None
        else:
            say(request, _("Saved as a draft"))
            return redirect(workflow)
    context = {
        "scratch": scratch or DetailsForm(),
        "importing": importing or ImportForm(),
        "problems": problems,
        "in_workflows": True,
    }
    return render(request, "workflows/new.html", context)


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft with the same trigger, variables and steps."""
    workflow = managed_workflow(request, pk)
    try:
        made = copy_workflow(workflow=workflow, by=reader_of(request))
    except PermissionDenied:
        raise Http404 from None
    say(request, _("Copied into a draft"))
    return redirect(made)


@require_http_methods(PAGES)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the name, say what ends and what stays, and delete."""
    workflow = managed_workflow(request, pk)
    typed = request.POST.get("name", "")
    if request.method == "POST" and " ".join(typed.split()) == workflow.name:
        delete_workflow(workflow=workflow, by=reader_of(request))
        say(request, _("“%(name)s” deleted") % {"name": typed})
        return redirect("workflows:list")
    context = {
        "workflow": workflow,
        "typed": typed,
        "is_wrong": request.method == "POST",
        "waiting": workflow.runs.open().count(),
        "in_workflows": True,
        "tab": "overview",
        "hides_publish": True,
    }
    return render(request, "workflows/delete.html", context)
