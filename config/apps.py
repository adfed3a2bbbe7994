"""Declic's own way into Django's admin."""

from django.contrib.admin.apps import AdminConfig


class DeclicAdminConfig(AdminConfig):
    """Put our admin site in the place of Django's."""

    default_site = "config.admin.DeclicAdminSite"
