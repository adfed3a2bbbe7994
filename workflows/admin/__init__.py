"""Django's admin for workflows."""

from workflows.admin import site

__all__ = ["site"]
