"""Django's admin for members, channels and the workspace; never for messages."""

import copy
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms import BaseModelFormSet, ChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import people, services
from messaging.admin.forms import (
    MEMBER_FIELDS,
    ChannelAddForm,
    ChannelForm,
    MemberAddForm,
    MemberForm,
    MemberPasswordForm,
)
from messaging.models import Channel, Member, Membership, Workspace

admin.site.unregister(Group)  # the role is the one truth


def admin_of(request: HttpRequest) -> Member:
    """Return who works in the admin: a team admin, the site let nobody else through."""
    return cast(Member, request.user)


class OnlyOffered(admin.ModelAdmin):
    """A list that takes no filter but those that it offers.

    Django's own takes any field and any relation: they would tell of what the list doesn't show,
    such as a private channel's topic or whose message has a number.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Ask whether the field is one of the filters."""
        offered = {one[0] if isinstance(one, tuple) else one for one in self.list_filter}
        return lookup.partition("__")[0] in offered


@admin.register(Member)
class MemberAdmin(OnlyOffered, UserAdmin):
    """Add members, set their password and role, deactivate them."""

    form = MemberForm
    add_form = MemberAddForm
    change_password_form = MemberPasswordForm
    list_display = ("display_name", "email", "member_id", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "language")
    search_fields = ("display_name", "email", "member_id")
    ordering = ("display_name",)
    filter_horizontal = ()
    readonly_fields = ("member_id", "is_active", "last_login", "created_at")
    fieldsets = (
        (None, {"fields": (*MEMBER_FIELDS, "password")}),
        (gettext_lazy("Account"), {"fields": readonly_fields}),
    )
    add_fieldsets = ((None, {"fields": (*MEMBER_FIELDS, "password1", "password2")}),)
    actions = ("deactivate", "reactivate")

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Leave an owner's account to its owner."""
        return obj is None or people.may_change(member=obj, by=admin_of(request))

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Refuse: messages name their sender. Members are deactivated."""
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Tell the form who sets the password."""
        mine = copy.copy(self)  # one object serves every request
        form = type("MemberPasswordForm", (MemberPasswordForm,), {"by": admin_of(request)})
        mine.change_password_form = cast("type[MemberPasswordForm]", form)
        return super(MemberAdmin, mine).user_change_password(request, id, form_url)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """Offer the roles that this admin may give."""
        made = super().get_form(request, obj, change=change, **kwargs)
        form = cast("type[ModelForm]", type(made.__name__, (made,), {"by": admin_of(request)}))
        roles = people.roles_to_give(by=admin_of(request))
        field = form.base_fields.get("role")
        if isinstance(field, ChoiceField):
            field.choices = [pair for pair in Member.Role.choices if pair[0] in roles]
        return form

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        """Add through the service (default channels), change the role through its own."""
        if not change:
            fields = {name: form.cleaned_data[name] for name in MEMBER_FIELDS}
            made = services.create_member(password=form.cleaned_data["password1"], **fields)
            obj.pk = made.pk
            obj.refresh_from_db()
            return
        role, obj.role = obj.role, form.initial["role"]
        super().save_model(request, obj, form, change)
        if role != obj.role:
            people.set_role(member=obj, role=role, by=admin_of(request))

    @admin.action(description=gettext_lazy("Deactivate the selected members"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Lock them out at once."""
        for member in queryset:
            try:
                services.deactivate_member(member=member, by=admin_of(request))
            except PermissionDenied:
                text = _("%(name)s cannot be deactivated by you.") % {"name": member}
                self.message_user(request, text, messages.ERROR)
            else:
                self.log_change(request, member, _("Deactivated"))
                self.message_user(request, _("%(name)s was deactivated.") % {"name": member})

    @admin.action(description=gettext_lazy("Reactivate the selected members"))
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Let them in again."""
        for member in queryset:
            people.reactivate_member(member=member, by=admin_of(request))
            self.log_change(request, member, _("Reactivated"))
            self.message_user(request, _("%(name)s can sign in again.") % {"name": member})


class MembershipInline(admin.TabularInline):
    """Who is in a channel; people are removed from public ones only, and added nowhere here."""

    model = Membership
    fields = readonly_fields = ("member",)
    verbose_name = gettext_lazy("member")
    verbose_name_plural = gettext_lazy("members")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Fetch the members in the same query."""
        return super().get_queryset(request).select_related("member", "channel")

    def has_add_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """Refuse: nobody adds themselves, or others, from outside."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """Allow to remove people from public channels."""
        return obj is not None and obj.is_public


@admin.register(Channel)
class ChannelAdmin(OnlyOffered):
    """Public channels; of private and direct ones the name and the members, never messages."""

    form = ChannelForm
    list_display = ("__str__", "kind", "people", "is_open")
    list_filter = ("kind", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "channel_id")
    inlines = (MembershipInline,)
    actions = ("archive", "unarchive")
    view_on_site = False  # not every admin may read it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Count the members in the same query."""
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    @admin.display(description=gettext_lazy("members"), ordering="member_count")
    def people(self, obj: Channel) -> int:
        """Show how many are in it."""
        return int(getattr(obj, "member_count", 0))

    @admin.display(description=gettext_lazy("open"), boolean=True)
    def is_open(self, obj: Channel) -> bool:
        """Show whether anything can be posted."""
        return not obj.is_archived

    def has_change_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """Leave private and direct ones to who is in them."""
        return obj is None or obj.is_public

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """Refuse: its messages would go with it. Channels are archived."""
        return False

    def get_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Show of private and direct ones nothing but the name."""
        if obj is None:
            return ["name", "kind", "topic"]
        if not obj.is_public:
            return ["name"]
        return ["name", "topic", "channel_id", "created_by", "created_at", "archived_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        """Let only a public channel's name be edited here."""
        return [name for name in self.get_fields(request, obj) if name != "name"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Channel | None) -> tuple[Any, ...]:
        """Show members once there is a channel."""
        return (MembershipInline,) if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """Take another form for a new one."""
        if obj is None:
            kwargs["form"] = ChannelAddForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        """Make or rename through the services."""
        by = admin_of(request)
        if not change:
            made = services.create_channel(
                name=obj.name,
                by=by,
                is_private=obj.kind == Channel.Kind.PRIVATE,
                topic=obj.topic,
            )
            obj.pk = made.pk
            obj.refresh_from_db()
        elif "name" in form.changed_data:
            services.rename_channel(channel=obj, name=obj.name, by=by)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet, change: bool
    ) -> None:
        """Remove people through the service."""
        formset.save(commit=False)
        for membership in formset.deleted_objects:
            services.remove_from_channel(
                channel=form.instance, member=membership.member, by=admin_of(request)
            )

    @admin.action(description=gettext_lazy("Archive the selected channels"))
    def archive(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        """Close them: they can be read, nothing can be posted."""
        self._each(request, queryset, services.archive_channel, _("Archived"))

    @admin.action(description=gettext_lazy("Unarchive the selected channels"))
    def unarchive(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        """Open them again."""
        self._each(request, queryset, services.unarchive_channel, _("Unarchived"))

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Channel], service: Any, done: str
    ) -> None:
        count = 0
        for channel in queryset:
            try:
                service(channel=channel, by=admin_of(request))
            except PermissionDenied:
                text = _("%(channel)s is not yours to change: you are not in it.")
                self.message_user(request, text % {"channel": channel}, messages.ERROR)
            else:
                count += 1
                self.log_change(request, channel, done)
        if count:
            told = ngettext("%(done)s: %(n)d channel", "%(done)s: %(n)d channels", count)
            self.message_user(request, told % {"done": done, "n": count})


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):
    """The one workspace: its name, who may build, where new members start."""

    fields = (
        "name",
        "time_zone",
        "who_may_build",
        "builders",
        "who_may_build_webhooks",
        "webhook_builders",
        "default_channels",
    )
    filter_horizontal = ("builders", "webhook_builders", "default_channels")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: there is one for each installation."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        """Refuse: there is always one."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Open the one there is."""
        return redirect("admin:messaging_workspace_change", Workspace.current().pk)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer people who can build: neither deactivated nor guests."""
        if db_field.name in ("builders", "webhook_builders"):
            kwargs["queryset"] = Member.objects.active().exclude(role=Member.Role.GUEST)
        return super().formfield_for_manytomany(db_field, request, **kwargs)
