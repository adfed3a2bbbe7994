"""What members choose for themselves."""

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from messaging.forms import ProfileForm
from messaging.models import Change
from messaging.services import tell_of_change
from messaging.toasts import say
from messaging.views.access import reader_of


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Change the display name, language, time zone and theme."""
    member = reader_of(request)
    form = ProfileForm(request.POST or None, instance=member)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(member.language or translation.get_language()):
            say(request, _("Saved"))
        return redirect("messaging:settings")
    if form.errors:
        member.refresh_from_db()
    return render(request, "messaging/settings.html", {"form": form})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; every other session of the member ends."""
    member = reader_of(request)
    form = PasswordChangeForm(member, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        tell_of_change(Change.Kind.MEMBER_CHANGED, member=member)
        update_session_auth_hash(request, member)
        say(request, _("Password changed. You were signed out on your other devices."))
        return redirect("messaging:settings")
    return render(request, "messaging/password.html", {"form": form})
