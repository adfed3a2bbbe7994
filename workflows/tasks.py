"""Celery's tasks: wake-ups that carry only IDs; the run rows are the truth."""

import contextlib
import logging
from collections.abc import Iterator

from celery import shared_task
from django.db import Error

from workflows.runs import dispatch

logger = logging.getLogger("declic.runner")


@contextlib.contextmanager
def _until_the_next_sweep() -> Iterator[None]:
    """Let go what the database can't do now, in one line."""
    try:
        yield
    except Error as error:
        logger.warning("The next sweep tries again: %s", type(error).__name__)


@shared_task(ignore_result=True)
def advance_run(key: int) -> None:
    """Carry on one run, if it is still due."""
    with _until_the_next_sweep():
        dispatch.advance_safely(key, dispatch.new_owner())


@shared_task(ignore_result=True)
def sweep() -> None:
    """Carry on whatever is due and unclaimed: a lost wake-up loses nothing."""
    with _until_the_next_sweep():
        dispatch.run_due(dispatch.new_owner())
