"""Runs the load generator (wrk) and reads what it counted."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("load.lua")
LONGEST = 600  # seconds: a server that answers no more is given up then
HOW_TO_INSTALL = (
    "The load generator wrk is missing. Debian, Ubuntu: apt install wrk; macOS: brew install wrk."
)


class LoadFailed(Exception):
    """Raised where no load could be made; its text says why."""


@dataclass(frozen=True)
class Load:
    """What one run of the load generator saw."""

    sent: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    broken: int  # connections refused or reset, answers that never came
    statuses: Mapping[int, int]

    @property
    def accepted(self) -> int:
        """How many answers were 2xx."""
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)

    @property
    def answered(self) -> int:
        """How many answers came, whatever they said."""
        return sum(self.statuses.values())

    @property
    def per_second(self) -> float:
        """The 2xx answers a second."""
        return self.accepted / self.seconds if self.seconds else 0.0


def find_wrk() -> str:
    """Return the path of wrk, or raise LoadFailed with how to install it."""
    found = shutil.which("wrk")
    if found is None:
        raise LoadFailed(HOW_TO_INSTALL)
    return found


def send(
    port: int,
    paths: Path,
    *,
    connections: int,
    seconds: float,
    most: int | None = None,
    first: int = 0,
) -> Load:
    """POST to the paths in turn, from number `first` on, for some seconds or `most` requests."""
    command = [find_wrk(), "-t1", f"-c{connections}", f"-d{LONGEST}", "--timeout", "30s"]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}/", "--"]
    command += [str(paths), str(seconds), str(most or 10**12), str(first)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return read_output(ran.stdout + ran.stderr)


def read_output(output: str) -> Load:
    """Return what the script's line of JSON says, among wrk's own lines."""
    for line in output.splitlines():
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            counted = {int(status): count for status, count in found.pop("statuses").items()}
            return Load(statuses=counted, **found)
    raise LoadFailed(f"wrk gave no figures:\n{output.strip()}")
