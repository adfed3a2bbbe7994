"""The first run: a one-time code, printed by the server, opens the page that makes the owner."""

import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import translation

from messaging.models import Channel, Member, Workspace
from messaging.services import create_channel, create_member

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else
GROUPS, GROUP_LENGTH = 4, 4  # 80 bits


class AlreadySetUp(Exception):
    """Raised where somebody was faster: the workspace has its owner."""


def is_needed() -> bool:
    """Tell whether nobody has an account yet."""
    return not Member.objects.get_queryset().exists()


def ensure_code() -> str | None:
    """Return the code that the server prints, made on first use; None where nobody needs it.

    It is kept in the data folder, readable by the server's user only, so that a restart prints
    the same one.
    """
    if not is_needed():
        forget_code()
        return None
    path = code_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept_code() or None
    code = "-".join(
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)
    )
    with os.fdopen(handle, "w") as file:
        file.write(code)
    return code


def code_path() -> Path:
    """Return where the code is kept."""
    return Path(settings.DECLIC_DATA_DIR) / "first_run_code"


def kept_code() -> str:
    """Return the code, or nothing where none was made."""
    try:
        return code_path().read_text().strip()
    except FileNotFoundError:
        return ""


def is_right(answer: str) -> bool:
    """Compare in constant time; spaces, hyphens and case don't matter."""
    kept = kept_code()
    return bool(kept) and hmac.compare_digest(_bare(answer), _bare(kept))


def _bare(code: str) -> bytes:
    return "".join(code.upper().replace("-", " ").split()).encode()


def forget_code() -> None:
    """Remove the code: it was used, or is no longer needed."""
    code_path().unlink(missing_ok=True)


@transaction.atomic
def set_up_workspace(
    *, workspace_name: str, display_name: str, email: str, password: str, time_zone: str
) -> Member:
    """Name the workspace, create its owner and #general, where everybody starts.

    Raise AlreadySetUp where there is a member by now: the row's lock lets one request in.
    """
    Workspace.current()
    workspace = Workspace.objects.select_for_update().get()
    if not is_needed():
        raise AlreadySetUp
    workspace.name, workspace.time_zone = workspace_name, time_zone
    workspace.save(update_fields=["name", "time_zone"])
    owner = create_member(
        email=email,
        display_name=display_name,
        password=password,
        role=Member.Role.OWNER,
        language=translation.get_language() or "",
        time_zone=time_zone,
    )
    workspace.default_channels.add(_general(owner))
    transaction.on_commit(forget_code)
    return owner


def _general(owner: Member) -> Channel:
    return create_channel(
        name="general",
        by=owner,
        topic=translation.gettext("For everybody: news and what concerns all."),
    )
