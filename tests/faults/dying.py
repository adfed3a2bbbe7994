"""A server process that ends itself, as `kill -9` does, at a point that a test chose.

`DIES_AT` names it: `before workflows.runs.engine.run_steps`, or `after` it.
"""

import functools
import importlib
import os
import signal
from typing import Any

from django.apps import AppConfig


class Dying(AppConfig):
    """Puts the end round the function."""

    name = "tests.faults"

    def ready(self) -> None:
        """Replace the function in its module."""
        when, _, path = os.environ.get("DIES_AT", "").partition(" ")
        if not path:
            return
        module_name, _, name = path.rpartition(".")
        module = importlib.import_module(module_name)
        function = getattr(module, name)

        @functools.wraps(function)
        def dying(*args: Any, **options: Any) -> Any:
            if when == "after":
                function(*args, **options)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, name, dying)
