"""The distributed engine's application: `celery -A config worker` and `celery -A config beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("declic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def start_looking(**_: Any) -> None:
    """Let each worker process look for due runs itself too: a dead broker stops nothing."""
    from workflows import dispatch

    dispatch.start_runner()


@worker_process_shutdown.connect
def stop_looking(**_: Any) -> None:
    """Finish the run in hand before the process ends."""
    from workflows import dispatch

    dispatch.stop_runner()
