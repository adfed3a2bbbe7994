"""The distributed engine's application: `celery -A config worker` and `celery -A config beat`."""

import logging
import os
import sys
from typing import Any

from celery import Celery
from celery.signals import (
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
)
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("declic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logs(**_: Any) -> None:
    """Let workers and beat log as all else does, without two lines for each sweep."""
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(name).setLevel(logging.WARNING)


@worker_init.connect
def refuse_sqlite(**_: Any) -> None:
    """End where the database is SQLite, which has one process."""
    if settings.IS_EMBEDDED:
        sys.exit("With SQLite `manage.py serve` carries runs on itself. Set DATABASE_URL first.")


@worker_process_init.connect
def start_looking(**_: Any) -> None:
    """Let each worker process look for due runs itself too: a dead broker stops nothing."""
    from workflows.runs import dispatch

    dispatch.start_runner()


@worker_process_shutdown.connect
def stop_looking(**_: Any) -> None:
    """Finish the run in hand before the process ends."""
    from workflows.runs import dispatch

    dispatch.stop_runner()
