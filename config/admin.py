"""The site of Django's admin: our own sign-in, and nothing for who is no team admin."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

LARGEST_KEY = 2**31 - 1


class DeclicAdminSite(AdminSite):
    """The operators' tool; members without the right find nothing here, as everywhere."""

    site_header = _("Declic administration")
    site_title = _("Declic administration")
    index_title = _("Workspace, members, channels and workflows")
    enable_nav_sidebar = True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Answer 404 to who is signed in without the right."""
        inner = super().admin_view(view, cacheable)

        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return answer

    def get_urls(self) -> list[Any]:
        """Put our own look-up before Django's, which leads to any object of any model."""
        look_up = self.admin_view(self.look_up)
        route = "r/<path:content_type_id>/<path:object_id>/"
        return [path(route, look_up, name="view_on_site"), *super().get_urls()]

    def look_up(self, request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
        """Lead to the page of what the admin itself shows to who asks; 404 for all else."""
        from django.contrib.contenttypes.models import ContentType  # models aren't ready above

        if not content_type_id.isdecimal():
            raise Http404
        kind = ContentType.objects.filter(pk=min(int(content_type_id), LARGEST_KEY)).first()
        model = kind.model_class() if kind else None
        shown = self._registry.get(model) if model else None
        found = shown.get_object(request, object_id) if shown else None
        if shown is None or found is None or not shown.has_view_permission(request, found):
            raise Http404
        if not shown.view_on_site or not hasattr(found, "get_absolute_url"):
            raise Http404
        return redirect(found.get_absolute_url())

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Answer nothing: no form here offers rows that way."""
        raise Http404

    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one page where people sign in."""
        if request.user.is_authenticated and self.has_permission(request):
            return redirect("admin:index")
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('messaging:sign_in')}?{urlencode({'next': wanted})}")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Send to the page where people change their own password."""
        return redirect("messaging:password")
