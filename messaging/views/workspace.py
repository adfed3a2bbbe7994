"""The workspace's settings, for team admins; for everybody else there is no such page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging import workspace_settings as services
from messaging.forms import ChannelChoiceForm, InviteForm, WorkspaceForm
from messaging.models import Channel, Member, Workspace
from messaging.toasts import say
from messaging.views.access import reader_of
from messaging.workspace_settings import BUILDERS, WEBHOOK_BUILDERS

SUGGESTIONS = 200


def admin_of(request: HttpRequest) -> Member:
    """Return the reader; 404 for others than team admins."""
    reader = reader_of(request)
    if not reader.is_team_admin:
        raise Http404
    return reader


@require_http_methods(["GET", "HEAD", "POST"])
def workspace(request: HttpRequest) -> HttpResponse:
    """Set the name and who may build."""
    admin = admin_of(request)
    if request.method != "POST":
        return _page(request)
    form = WorkspaceForm(request.POST, instance=Workspace.current())
    if not form.is_valid():
        return _page(request, status=422, form=form)
    services.set_workspace(by=admin, **form.cleaned_data)
    say(request, _("Saved"))
    return redirect("messaging:workspace")


@require_POST
def choose(request: HttpRequest, list_name: str) -> HttpResponse:
    """Put somebody on a list of chosen people."""
    admin = admin_of(request)
    form = _person_form(admin, list_name, request.POST)
    if form.is_valid():
        member = form.cleaned_data["person"]
        try:
            services.choose_builder(by=admin, member=member, list_name=list_name)
        except ValidationError as error:
            form.add_error("person", error)
        else:
            say(request, _("%(name)s is chosen.") % {"name": member.display_name})
            return redirect("messaging:workspace")
    return _page(request, status=422, **{list_name: form})


@require_POST
def drop(request: HttpRequest, list_name: str, member_id: str) -> HttpResponse:
    """Take somebody off a list of chosen people."""
    admin = admin_of(request)
    member = get_object_or_404(getattr(Workspace.current(), list_name), member_id=member_id)
    services.drop_builder(by=admin, member=member, list_name=list_name)
    say(request, _("%(name)s is no longer chosen.") % {"name": member.display_name})
    return redirect("messaging:workspace")


@require_POST
def add_channel(request: HttpRequest) -> HttpResponse:
    """Let new members start in a channel."""
    admin = admin_of(request)
    form = ChannelChoiceForm(request.POST, by=admin)
    if form.is_valid():
        channel = form.cleaned_data["channel"]
        try:
            services.add_default_channel(by=admin, channel=channel)
        except ValidationError as error:
            form.add_error("channel", error)
        else:
            say(request, _("New members start in %(channel)s, too.") % {"channel": channel})
            return redirect("messaging:workspace")
    return _page(request, status=422, channel_form=form)


@require_POST
def remove_channel(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Let new members no longer start in a channel."""
    admin = admin_of(request)
    channel = get_object_or_404(Workspace.current().default_channels, channel_id=channel_id)
    services.remove_default_channel(by=admin, channel=channel)
    say(request, _("New members no longer start in %(channel)s.") % {"channel": channel})
    return redirect("messaging:workspace")


def _person_form(admin: Member, list_name: str, data: Any = None) -> InviteForm:
    form = InviteForm(data, by=admin, auto_id=f"{list_name}_%s")
    form.fields["person"].help_text = ""
    return form


def _page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    admin = admin_of(request)
    current = Workspace.current()
    able = Member.objects.active().exclude(role__in=[Member.Role.GUEST, *Member.ADMIN_ROLES])
    chosen = [
        {
            "list": name,
            "title": title,
            "people": list(getattr(current, name).order_by("display_name", "pk")),
            "form": forms.get(name) or _person_form(admin, name),
            "counts": rule == Workspace.Builders.CHOSEN,
            "add": f"messaging:choose_{name}",
            "remove": f"messaging:drop_{name}",
        }
        for name, title, rule in (
            (BUILDERS, _("Who may build workflows"), current.who_may_build),
            (
                WEBHOOK_BUILDERS,
                _("Who may build webhook workflows"),
                current.who_may_build_webhooks,
            ),
        )
    ]
    context = {
        "form": forms.get("form") or WorkspaceForm(instance=current),
        "chosen": chosen,
        "people": able[:SUGGESTIONS],
        "in_workspace": True,
        "default_channels": current.default_channels.order_by("name"),
        "channel_form": forms.get("channel_form") or ChannelChoiceForm(by=admin),
        "channels": Channel.objects.visible_to(admin)
        .named()
        .open()
        .filter(kind=Channel.Kind.PUBLIC)[:SUGGESTIONS],
    }
    return render(request, "messaging/workspace.html", context, status=status)
