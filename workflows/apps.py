"""Workflows' place in Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    """The builder, the hook and the engine."""

    name = "workflows"
    verbose_name = _("Workflows")

    def ready(self) -> None:
        """Find the step and trigger kinds, so that a broken one stops the start-up."""
        from workflows import panels, receivers  # noqa: F401 (what messaging shows and tells)
        from workflows.registry import step_kinds, trigger_kinds

        step_kinds.discover()
        trigger_kinds.discover()
