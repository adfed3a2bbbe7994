"""Celery's tasks: wake-ups that carry only IDs; the run rows are the truth."""

from celery import shared_task

from workflows import dispatch


@shared_task(ignore_result=True)
def advance_run(key: int) -> None:
    """Carry on one run, if it is still due."""
    dispatch.advance_safely(key, dispatch.new_owner())


@shared_task(ignore_result=True)
def sweep() -> None:
    """Carry on whatever is due and unclaimed: a lost wake-up loses nothing."""
    dispatch.run_due(dispatch.new_owner())
