"""A disk that a test fills: a small tmpfs, or, where nothing may be mounted, a bound on writes."""

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

BYTES = 24 * 1024 * 1024


class SmallDisk:
    """A tmpfs of `BYTES`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, pid: int) -> None:
        """Leave no space."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"x" * size)
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self, pid: int) -> None:
        """Give the space back."""
        self._ballast.unlink()


class NoWrites(SmallDisk):
    """Stands in for a full disk: the process can't write to any file."""

    def fill(self, pid: int) -> None:
        """Let every write fail."""
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))

    def free(self, pid: int) -> None:
        """Let the process write again."""
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Give a disk to fill, at this folder."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        is_mounted = False
    if not is_mounted:
        yield NoWrites(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
