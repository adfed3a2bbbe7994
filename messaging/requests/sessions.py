"""Where sessions are kept: the database knows a digest of the key, the browser has the key."""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone

KEPT = 40  # characters of the column; 160 bits of the digest


def stored_key(session_key: str) -> str:
    """Return the name of a session's row. Who reads the database can't sign in with it."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:KEPT]


class SessionStore(db.SessionStore):
    """Django's store in the database, with rows that are named by the digest of their key."""

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(
            session_key=stored_key(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        """Tell whether the key is taken."""
        return Session.objects.filter(session_key=stored_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """Return the row as it is to be stored."""
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Remove the session, this one unless another is named."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=stored_key(key)).delete()

    # Django's store has twins of all these for async code, which would ask by the bare key.
    aexists = SessionBase.aexists
    acreate = SessionBase.acreate
    asave = SessionBase.asave
    adelete = SessionBase.adelete
    aload = SessionBase.aload
