"""The admin's actions on workflows: each asks what it must, and calls a service."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.admin.site import admin_of
from messaging.models import Member
from workflows import services
from workflows.admin.forms import HandOverForm
from workflows.models import Workflow

CONFIRMED = "confirmed"  # the question was answered with yes


class WorkflowActions(admin.ModelAdmin):
    """Publish, unpublish, regenerate, come in, hand over."""

    actions = ("publish", "unpublish", "regenerate", "add_me", "hand_over")

    @admin.action(description=gettext_lazy("Publish (changes)"))
    def publish(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Freeze each draft into a version and make it live."""

        def publish(workflow: Workflow, by: Member) -> None:
            services.publish_workflow(workflow=workflow, by=by)

        self._each(request, queryset, publish, gettext_lazy("“%(name)s” was published."))

    @admin.action(description=gettext_lazy("Unpublish"))
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> HttpResponse | None:
        """Take each off, after asking."""

        def unpublish(workflow: Workflow, by: Member) -> None:
            services.unpublish_workflow(workflow=workflow, by=by)

        if CONFIRMED not in request.POST:
            return self._ask(
                request,
                queryset,
                action="unpublish",
                title=_("Unpublish"),
                warning=_(
                    "Connected services get 404 from then on, and runs that are waiting end. "
                    "Managers are told where you are none of them."
                ),
            )
        self._each(request, queryset, unpublish, gettext_lazy("“%(name)s” was unpublished."))
        return None

    @admin.action(description=gettext_lazy("Regenerate the request URL"))
    def regenerate(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> HttpResponse | None:
        """Give each a new URL, after warning; it is copied on the workflow's own page."""

        def regenerate(workflow: Workflow, by: Member) -> None:
            services.regenerate_url(workflow=workflow, by=by)

        if CONFIRMED not in request.POST:
            return self._ask(
                request,
                queryset,
                action="regenerate",
                title=_("Regenerate the request URL"),
                warning=_(
                    "Connected services stop at once, until they get the new URL: they get 404, "
                    "and what they send meanwhile is lost."
                ),
            )
        done = gettext_lazy("“%(name)s” has a new request URL: copy it on the workflow's page.")
        self._each(request, queryset, regenerate, done)
        return None

    @admin.action(description=gettext_lazy("Add me as a manager"))
    def add_me(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Come in on published workflows; told to the managers and logged."""

        def add_me(workflow: Workflow, by: Member) -> None:
            services.add_self_as_manager(workflow=workflow, by=by)

        done = gettext_lazy("You manage “%(name)s” now; its managers were told.")
        self._each(request, queryset, add_me, done)

    @admin.action(description=gettext_lazy("Hand over to a member (where nobody manages it)"))
    def hand_over(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> HttpResponse | None:
        """Give each to a member, after asking to whom."""
        form = HandOverForm(request.POST if CONFIRMED in request.POST else None)
        if not form.is_valid():
            return self._ask(
                request,
                queryset,
                action="hand_over",
                title=_("Hand over"),
                warning=_("The new manager is told. Only workflows that nobody manages change."),
                form=form,
            )
        to = form.cleaned_data["to"]

        def hand_over(workflow: Workflow, by: Member) -> None:
            services.hand_over(workflow=workflow, to=to, by=by)

        self._each(request, queryset, hand_over, gettext_lazy("“%(name)s” was handed over."))
        return None

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Workflow],
        service: Callable[[Workflow, Member], None],
        done: Any,
    ) -> None:
        """Call the service for each, and say what became of it."""
        for workflow in queryset:
            name = {"name": workflow.app.name}
            try:
                service(workflow, admin_of(request))
            except PermissionDenied:
                refused = _("“%(name)s” is not yours to change.") % name
            except services.NoRequestURL:
                refused = _("“%(name)s” has no request URL yet: publish it first.") % name
            except services.DraftProblems as error:
                refused = f"{workflow.app.name}: {error}"
            except ValidationError as error:
                refused = " ".join(error.messages)
            else:
                workflow.name = name["name"]  # a draft's name is no other's business
                self.log_change(request, workflow, str(done % name))
                self.message_user(request, str(done % name))
                continue
            self.message_user(request, refused, messages.ERROR)

    def _ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[Workflow],
        *,
        action: str,
        title: str,
        warning: str,
        form: HandOverForm | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "warning": warning,
            "workflows": queryset,
            "action": action,
            "form": form,
            "confirmed": CONFIRMED,
            "checkbox": ACTION_CHECKBOX_NAME,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "workflows/admin_ask.html", context)
