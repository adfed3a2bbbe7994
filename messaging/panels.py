"""What other apps add to messaging's pages without messaging knowing them.

An app registers a function for a place when it starts (`AppConfig.ready`):

    @panels.at("before_archiving")
    def workflows_that_post_here(request, channel):
        return format_html("<p>{}</p>", …)      # or "" for nothing

Places: `sidebar` (subject None; beside “Your workflows”), `welcome` (subject None; the second of
its steps), `channel_header`, `channel_about` and
`before_archiving` (subject: the channel).
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

Panel = Callable[[HttpRequest, Any], str]

PLACES = frozenset({"sidebar", "welcome", "channel_header", "channel_about", "before_archiving"})


class Panels:
    """A list of functions for each place."""

    def __init__(self) -> None:
        self._by_place: dict[str, list[Panel]] = {place: [] for place in PLACES}

    def at(self, place: str) -> Callable[[Panel], Panel]:
        """Register the function below for a place; raise KeyError for an unknown one."""
        registered = self._by_place[place]

        def register(panel: Panel) -> Panel:
            registered.append(panel)
            return panel

        return register

    def show(self, place: str, request: HttpRequest, subject: Any = None) -> list[SafeString]:
        """Return the HTML of each panel of the place that has something to say."""
        found = (panel(request, subject) for panel in self._by_place[place])
        return [conditional_escape(one) for one in found if one]


panels = Panels()
