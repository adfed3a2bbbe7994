"""Django's admin for workflows: drafts of one's own, and what every operator may do."""

import json
from typing import Any

from adminsortable2.admin import SortableAdminBase, SortableTabularInline
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.forms import CheckboxInput
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.admin.site import OnlyOffered, admin_of
from messaging.models import Member
from messaging.mrkdwn.emoji import emoji_character
from workflows.admin.actions import WorkflowActions
from workflows.admin.forms import (
    StepForm,
    StepFormSet,
    VariableForm,
    VariableFormSet,
    WorkflowForm,
)
from workflows.models import (
    MAX_VARIABLES,
    Run,
    Step,
    StepRun,
    Variable,
    Workflow,
    WorkflowManager,
    WorkflowVersion,
)
from workflows.payload.body import InvalidJSON, dump, parse_json
from workflows.payload.redaction import redact
from workflows.runs.run_lines import started_by
from workflows.runs.shown_texts import ShownTexts
from workflows.services import delete_workflow
from workflows.services.drafts import number_rows
from workflows.services.making import save_new
from workflows.services.rights import manages, may_build


class VariableInline(SortableTabularInline):
    """The draft's variables, in order."""

    model = Variable
    form = VariableForm
    formset = VariableFormSet
    extra = 0
    max_num = MAX_VARIABLES


class StepInline(SortableTabularInline):
    """The draft's steps, in order."""

    model = Step
    form = StepForm
    formset = StepFormSet
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the formset who edits: a private channel is only for who is in it."""
        formset = super().get_formset(request, obj, **kwargs)
        return type(formset.__name__, (formset,), {"editor": admin_of(request)})


class PublishedFilter(admin.SimpleListFilter):
    """Live or not."""

    title = gettext_lazy("published")
    parameter_name = "published"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Workflow]
    ) -> QuerySet[Workflow] | None:
        """Keep what was asked for."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(published_version__isnull=self.value() == "no")


@admin.register(Workflow)
class WorkflowAdmin(OnlyOffered, SortableAdminBase, WorkflowActions):
    """Every published workflow in the list, the draft only for its managers.

    Saving saves the draft; nothing goes live before it is published.
    """

    form = WorkflowForm
    inlines = (VariableInline, StepInline)
    list_display = ("shown_name", "shown_status", "shown_managers", "trigger_kind")
    list_display_links = None
    list_filter = (PublishedFilter, "trigger_kind")
    list_select_related = ("app", "published_version")
    search_fields = ("app__name", "managers__display_name", "managers__email")
    readonly_fields = ("shown_status", "shown_managers", "shown_creator", "created_at")
    ordering = ("app__name", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        """List what is published, what one manages, and what nobody manages any more."""
        rows = WorkflowManager.objects.filter(workflow=OuterRef("pk"))
        active = rows.filter(member__is_active=True).exclude(member__role=Member.Role.GUEST)
        found = (
            super()
            .get_queryset(request)
            .annotate(
                is_mine=Exists(rows.filter(member=admin_of(request))), is_managed=Exists(active)
            )
        )
        first_versions = WorkflowVersion.objects.filter(number=1).only("pk", "workflow")
        return found.filter(
            ~Q(published_version=None) | Q(is_mine=True) | Q(is_managed=False)
        ).prefetch_related("variables", "steps", "managers", Prefetch("versions", first_versions))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Take the filter of one's own too."""
        is_own = lookup == PublishedFilter.parameter_name
        return is_own or super().lookup_allowed(lookup, value, request)

    def has_view_permission(self, request: HttpRequest, obj: Workflow | None = None) -> bool:
        """Show the draft to its managers only."""
        return obj is None or manages(workflow=obj, member=admin_of(request))

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to build."""
        return may_build(member=admin_of(request), trigger_kind="webhook")

    def get_readonly_fields(self, request: HttpRequest, obj: Workflow | None = None) -> Any:
        """Fix the trigger once it was published."""
        if obj is None:
            return ()
        fixed = ("trigger_kind",) if obj.was_published else ()
        return (*fixed, *self.readonly_fields)

    def get_fields(self, request: HttpRequest, obj: Workflow | None = None) -> Any:
        """Show what is only there once it was saved."""
        own = ("name", "description", "icon", "trigger_kind")
        return own if obj is None else (*own, *self.readonly_fields)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Tell the form who edits."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"editor": admin_of(request)})

    def save_model(self, request: HttpRequest, obj: Workflow, form: Any, change: bool) -> None:
        """Save the draft; a new one gets what each workflow owns."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            save_new(workflow=obj, by=admin_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save variables and steps, and number them anew."""
        super().save_related(request, form, formsets, change)
        number_rows(Variable.objects.filter(workflow=form.instance))
        number_rows(Step.objects.filter(workflow=form.instance))

    def delete_model(self, request: HttpRequest, obj: Workflow) -> None:
        """Delete through the service: messages and their sender stay."""
        delete_workflow(workflow=obj, by=admin_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Delete each through the service."""
        for workflow in queryset:
            self.delete_model(request, workflow)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the workflows; their runs can be too many to list."""
        found = list(objs)
        refused = {
            str(self.opts.verbose_name)
            for workflow in found
            if not self.has_delete_permission(request, workflow)
        }
        names = [self.shown_name(workflow) for workflow in found]
        return names, {self.opts.verbose_name_plural: len(found)}, refused, []

    @admin.display(description=gettext_lazy("name"), ordering="app__name")
    def shown_name(self, obj: Workflow) -> str:
        """Show what messages carry: the draft's name is for its managers, with the way to it."""
        if not getattr(obj, "is_mine", False):
            return f"{obj.app.icon_character} {obj.app.name}"
        path = reverse("admin:workflows_workflow_change", args=[obj.pk])
        icon = emoji_character(obj.icon)
        return format_html('<a href="{}">{} {}</a>', path, icon, obj.name)

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, obj: Workflow) -> SafeString:
        """Offer the row for actions, under the name that the list shows."""
        label = _("Select this object for an action - {}").format(obj.app.name)
        box = CheckboxInput({"class": "action-select", "aria-label": label}, lambda value: False)
        return box.render(ACTION_CHECKBOX_NAME, str(obj.pk))

    @admin.display(description=gettext_lazy("status"))
    def shown_status(self, obj: Workflow) -> str:
        """Show the state in a word."""
        return obj.status_label

    @admin.display(description=gettext_lazy("created by"))
    def shown_creator(self, obj: Workflow) -> Member | None:
        """Name who made it; the field itself has no words of its own."""
        return obj.created_by

    @admin.display(description=gettext_lazy("managers"))
    def shown_managers(self, obj: Workflow) -> str:
        """Name the managers, those who left marked."""
        names = [
            one.display_name if one.is_active else f"({one.display_name})"
            for one in obj.managers.all()
        ]
        return ", ".join(names)


class ReadOnly(admin.options.BaseModelAdmin):
    """What can only be looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class StepRunInline(ReadOnly, admin.TabularInline):
    """What each step of a run did."""

    model = StepRun
    fields = ("number", "kind", "status", "shown_input", "error_sentence", "finished_at")
    readonly_fields = fields
    ordering = ("position",)

    @admin.display(description=gettext_lazy("step"))
    def number(self, obj: StepRun) -> int:
        """Count from 1."""
        return obj.position + 1

    @admin.display(description=gettext_lazy("settings"))
    def shown_input(self, obj: StepRun) -> str:
        """Show the filled settings, their secrets hidden, as long as a run's page does."""
        texts = ShownTexts(obj.run.values)
        shown = {
            name: texts.show(value) if isinstance(value, str) else value
            for name, value in as_document(obj.input).items()
        }
        return dump(redact(shown))


@admin.register(Run)
class RunAdmin(ReadOnly, OnlyOffered):
    """The runs of the workflows that one manages; what was received, its secrets hidden."""

    inlines = (StepRunInline,)
    list_display = ("run_id", "workflow", "status", "shown_start", "accepted_at", "finished_at")
    list_filter = ("status", "start_kind")
    list_select_related = ("workflow", "started_by")
    search_fields = ("run_id", "workflow__name")
    show_full_result_count = False
    fields = (
        "run_id",
        "workflow",
        "version",
        "status",
        "error_sentence",
        "shown_start",
        "accepted_at",
        "finished_at",
        "due_at",
        "differing_duplicates",
        "shown_payload",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Leave out what others manage."""
        return (
            super()
            .get_queryset(request)
            .filter(workflow__in=Workflow.objects.managed_by(admin_of(request)))
            .defer("payload", "values")
        )

    @admin.display(description=gettext_lazy("started by"), ordering="start_kind")
    def shown_start(self, obj: Run) -> str:
        """Say in words what started it, and who."""
        return started_by(obj, obj.started_by.display_name if obj.started_by else "")

    @admin.display(description=gettext_lazy("received"))
    def shown_payload(self, obj: Run) -> str:
        """Show the document as JSON, its secrets hidden, cut where it is long."""
        shown = dump(redact(as_document(obj.payload))) if obj.payload else ""
        return ShownTexts(obj.values).show(shown)


def as_document(kept: Any) -> Any:
    """Return what a row kept, with its numbers as they were sent."""
    try:
        return parse_json((kept if isinstance(kept, str) else json.dumps(kept)).encode())
    except InvalidJSON:
        return {}
