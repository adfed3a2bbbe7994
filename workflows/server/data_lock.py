"""The lock of the data folder: with SQLite, one process serves it."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

NAME = "declic.lock"


class DataFolderError(Exception):
    """The data folder can't be had; its text says why."""


class DataFolderTakenError(DataFolderError):
    """Another process holds the data folder; its text says who."""


class DataLock:
    """Hold the data folder for as long as this process lives.

    The kernel frees the lock with its owner, however that ended, so a dead one never blocks.
    The file says who that is, and on a second line the address that it serves, if any.
    Raise `DataFolderTakenError` when another process has it, `DataFolderError` where nothing can be
    written there.
    """

    def __init__(self, folder: Path, purpose: str, address: str = "") -> None:
        self.path = folder / NAME
        self.owner = f"manage.py {purpose} (pid {os.getpid()})\n{address}\n"
        self._file: int | None = None

    def __enter__(self) -> Self:
        file: int | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            self._lock(file)
            os.ftruncate(file, 0)
            os.pwrite(file, self.owner.encode(), 0)
        except (OSError, DataFolderError) as error:
            if file is not None:
                os.close(file)
            if isinstance(error, DataFolderError):
                raise
            raise DataFolderError(
                f"The data folder {self.path.parent} can't be written: {error.strerror}. "
                "Set DECLIC_DATA_DIR to a folder that this user may write, or make space."
            ) from None
        self._file = file
        return self

    def _lock(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 200).decode(errors="replace").partition("\n")[0]
            raise DataFolderTakenError(
                f"{self.path.parent} is in use by {owner or 'another process'}. "
                "With SQLite one process serves a data folder: stop that one first."
            ) from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def served_address(folder: Path) -> str:
    """Return the address at which a server has the folder, empty where there is none."""
    try:
        lines = (folder / NAME).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[1] if len(lines) > 1 else ""
