"""Signing in and out, and what can be chosen before."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging import first_run
from messaging.forms import SignInForm
from messaging.health import problem
from messaging.models import Member
from messaging.requests import reader, throttle
from messaging.views.access import local_path
from messaging.views.errors import RETRY_SECONDS


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let members in; unknown addresses get the same answer as wrong passwords."""
    after = local_path(request, reverse("messaging:home"))
    if reader.member_of(request) is not None:
        return redirect(after)
    if first_run.is_needed():
        return redirect("messaging:first_run")
    form = SignInForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _door(request, form, after)
    email = form.cleaned_data["email"]
    if wait := throttle.seconds_to_wait(request, email) or throttle.brake(request, email):
        form.add_error(None, _("Too many tries. Wait a few minutes, then try again."))
        response = _door(request, form, after, status=429)
        response.headers["Retry-After"] = str(wait)
        return response
    member = authenticate(request, username=email, password=form.cleaned_data["password"])
    if member is None:
        throttle.count_failure(request, email)
        form.add_error(None, _("This address and password do not match. Try again."))
        return _door(request, form, after)
    login(request, member)
    request.session.set_expiry(None if form.cleaned_data["stay"] else 0)
    return redirect(after)


def _door(request: HttpRequest, form: SignInForm, after: str, status: int = 200) -> HttpResponse:
    return render(request, "messaging/sign_in.html", {"form": form, "next": after}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, on the server too."""
    logout(request)
    return redirect("messaging:sign_in")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember on this device in which language the door speaks."""
    response = redirect(local_path(request, reverse("messaging:home")))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        reader.remember(response, request, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark: for the member, or on this device before signing in."""
    response = redirect(local_path(request, reverse("messaging:home")))
    theme = request.POST.get("theme", "")
    if theme in Member.Theme.values:
        member = reader.member_of(request)
        if member is None:
            reader.remember(response, request, reader.THEME_COOKIE, theme)
        else:
            Member.objects.filter(pk=member.pk).update(theme=theme)
    return response


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Tell whoever watches the server that it works and its store can be written."""
    error = problem()
    if error:
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return JsonResponse({"ok": False, "error": error}, status=503, headers=headers)
    return JsonResponse({"ok": True})


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines out."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@cache
def _icon() -> bytes:
    return Path(str(finders.find("messaging/favicon.ico"))).read_bytes()


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Give the icon to who asks for it at the usual place: browsers do, unless a page names one."""
    answer = HttpResponse(_icon(), content_type="image/x-icon")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer
