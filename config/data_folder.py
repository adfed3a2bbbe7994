"""The data folder and what is in it: for the user that Declic runs as, and for nobody else."""

import contextlib
import itertools
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

FILES = 1_000  # looked at; a data folder holds about ten
OTHERS = 0o077
OURS = re.compile(r"\A(declic[.-].*|secret_key|token_keys)\Z")


def keep_private(folder: Path) -> None:
    """Take the folder and our files in it from everybody else, whoever made them.

    A folder that everybody shares, such as /tmp, is left alone, and so is what others keep there.
    """
    with contextlib.suppress(OSError):
        _take(folder, stat.S_ISDIR)
        with os.scandir(folder) as found:
            for entry in itertools.islice(found, FILES):
                if not OURS.match(entry.name):
                    continue
                with contextlib.suppress(OSError):  # gone meanwhile
                    _take(Path(entry.path), stat.S_ISREG)


def make_private_file(path: Path) -> None:
    """Make the file, empty, where there is none; what is there is not touched.

    Never opens a file that exists: closing it would drop the locks of SQLite in this process.
    """
    with contextlib.suppress(OSError):  # it is there, or can't be made: who needs it will say so
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _take(path: Path, is_wanted: Callable[[int], bool]) -> None:
    found = os.lstat(path)
    mode = stat.S_IMODE(found.st_mode)
    if not is_wanted(found.st_mode) or mode & stat.S_ISVTX:
        return
    if mode & OTHERS and found.st_uid == os.geteuid():
        os.chmod(path, mode & ~OTHERS)
