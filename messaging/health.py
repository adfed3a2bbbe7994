"""Whether this process does its work: what whoever watches the server is told."""

import threading
import time

from django.db import DatabaseError, connection
from django.db.models import F

from messaging import background
from messaging.models import Workspace

CHECK_EVERY = 5.0  # seconds: anybody may ask, and the look writes


class WriteCheck:
    """Tells whether the store takes a commit: tried now and then, remembered in between.

    A full disk still answers whoever reads, and takes what it rolls back.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tried_at = float("-inf")
        self._is_fine = True

    def is_fine(self) -> bool:
        """Write a row as it is, unless that was done a moment ago."""
        with self._guard:
            if time.monotonic() - self._tried_at >= CHECK_EVERY:
                self._is_fine = self._try()
                self._tried_at = time.monotonic()
            return self._is_fine

    def _try(self) -> bool:
        try:
            Workspace.objects.update(name=F("name"))
        except DatabaseError:
            return False
        return True


write_check = WriteCheck()


def problem() -> str:
    """Return what is wrong here as a snake_case code, empty where all is well.

    Raise DatabaseError where the database can't even be read.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not write_check.is_fine():
        return "store_not_writable"
    return "runs_not_carried_on" if background.failing() else ""
