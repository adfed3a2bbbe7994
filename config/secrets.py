"""Keys that Declic makes for itself at first start and keeps in the data folder."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


class DataFolderError(Exception):
    """The data folder can't be used; its text says why."""


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in `path`; make it, readable by its owner only, where it is missing.

    Two processes that start at once agree: the file appears whole (link), the loser reads it.
    Raise DataFolderError where the folder can't be read or written.
    """
    try:
        return _read_or_make(path, make)
    except OSError as error:
        raise DataFolderError(
            f"The data folder {path.parent} can't be used: {error.strerror} ({path.name}). "
            "Set DECLIC_DATA_DIR to a folder that this user may write."
        ) from error


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text().strip()


def new_secret_key() -> str:
    """Return a fresh value for SECRET_KEY."""
    return secrets.token_urlsafe(64)


def new_token_key() -> str:
    """Return a fresh key for the encryption of request URLs (Fernet)."""
    return Fernet.generate_key().decode()
