"""Django's admin for members, channels and the workspace."""

from messaging.admin import site

__all__ = ["site"]
