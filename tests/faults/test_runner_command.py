"""`manage.py runner`: beside the servers on PostgreSQL, never beside one on SQLite."""

import signal
import subprocess
from collections.abc import Callable

import pytest
from django.conf import settings

from tests.faults.load import post
from tests.faults.stage import Stage, expected
from tests.serving import PATIENCE

pytestmark = pytest.mark.served

STEPS = (("say", "before {{ number }}"), ("wait", 1), ("say", "after {{ number }}"))


def start_runner(stage: Stage) -> "subprocess.Popen[str]":
    """Start the command and wait until it says that it looks for due runs."""
    runner = subprocess.Popen(
        stage.server._command("runner"),
        env=stage.server.env,
        cwd=settings.BASE_DIR,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = runner.stderr.readline()
    assert "looking for due runs" in line
    return runner


def end(runner: "subprocess.Popen[str]") -> int:
    runner.send_signal(signal.SIGTERM)
    runner.stderr.close()
    return runner.wait(PATIENCE)


@pytest.mark.embedded
def test_on_sqlite_the_runner_has_the_data_folder_alone_or_says_who_has_it(stage: Stage) -> None:
    (path,) = stage.seed(1, *STEPS)
    stage.server.start()
    server = stage.server.process.pid
    assert post(stage.server.port, path, "1")[0] == 200

    beside_the_server = stage.server.manage("runner", check=False)
    stage.server.kill()
    runner = start_runner(stage)
    beside_the_runner = stage.server.manage("serve", check=False)
    stage.wait_until_nothing_waits()

    assert end(runner) == 0
    assert beside_the_server.returncode == beside_the_runner.returncode == 1
    assert f"manage.py serve (pid {server})" in beside_the_server.stderr
    assert f"manage.py runner (pid {runner.pid})" in beside_the_runner.stderr
    assert "Traceback" not in beside_the_server.stderr
    assert beside_the_server.stdout == ""
    assert stage.texts() == expected(["1"], "before {}", "after {}")


@pytest.mark.scaled_out
def test_on_postgresql_runners_and_servers_carry_on_each_run_once(
    make_stage: Callable[..., Stage],
) -> None:
    stage = make_stage(servers=2)
    paths = stage.seed(12, *STEPS)
    runner = start_runner(stage)
    for server in stage.servers:
        server.start()

    for port in stage.ports:
        for place, path in enumerate(paths):
            if port == stage.ports[place % 2]:
                assert post(port, path, str(place))[0] == 200
    stage.wait_until_nothing_waits()

    assert end(runner) == 0
    assert stage.texts() == expected([str(place) for place in range(12)], "before {}", "after {}")
