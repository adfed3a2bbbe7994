"""Declic's routes: includes only."""

from django.contrib import admin
from django.urls import include, path

handler400 = "messaging.views.errors.bad_request"
handler404 = "messaging.views.errors.not_found"
handler403 = "messaging.views.errors.forbidden"
handler500 = "messaging.views.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("config.hook_urls")),
    path("workflows/", include("workflows.urls")),
    path("", include("messaging.urls")),
]
