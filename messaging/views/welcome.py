"""The first run: the owner, then three steps to a first message that a program wrote."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from messaging.first_run import AlreadySetUp, is_needed, is_right, set_up_workspace
from messaging.forms import FirstRunForm
from messaging.requests import throttle
from messaging.views.access import reader_of

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Make the owner, for whoever has the code; exists only while there is no member."""
    if not is_needed():
        return redirect("messaging:home")
    form = FirstRunForm(request.POST or None)
    if wait := throttle.seconds_to_wait(request, "first-run"):
        form.is_valid()
        form.add_error(None, _("Too many tries. Wait a few minutes, then try again."))
        response = _page(request, form, status=429)
        response.headers["Retry-After"] = str(wait)
        return response
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    answers = form.cleaned_data
    if not is_right(answers.pop("code")):
        throttle.count_failure(request, "first-run")
        form.add_error("code", _("This is not the code that the server printed."))
        return _page(request, form)
    try:
        owner = set_up_workspace(**answers)
    except AlreadySetUp:
        return redirect("messaging:home")
    except ValidationError as error:
        form.add_error(None, error.messages)
        return _page(request, form)
    login(request, owner, backend=BACKEND)
    return redirect("messaging:welcome")


def _page(request: HttpRequest, form: FirstRunForm, status: int = 200) -> HttpResponse:
    return render(request, "messaging/first_run.html", {"form": form}, status=status)


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """Show the owner what comes next."""
    if not reader_of(request).is_owner:
        return redirect("messaging:home")
    return render(request, "messaging/welcome.html")
