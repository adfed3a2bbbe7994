"""The server's process: how it starts, what it refuses, how it ends."""

import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError

from config.secrets import new_token_key
from tests.serving import (
    HOST,
    ServedProcess,
    connect,
    read_answer,
    request_bytes,
)
from workflows.server.data_lock import DataFolderTakenError, DataLock
from workflows.server.database import DatabaseNotReadyError
from workflows.server.process_group import close_all, listening_sockets
from workflows.server.safety import problems
from workflows.server.serving import PortTakenError, listening_socket, migrate

pytestmark = pytest.mark.served

HOOK = request_bytes("POST", "/hooks/workflows/dhk_nobody-has-this", b"{}")


def test_one_process_serves_and_nothing_stays_when_it_is_killed(
    served_process: ServedProcess,
) -> None:
    served_process.start()
    assert served_process.raw(HOOK).status == 404
    assert children_of(served_process.process.pid) == []

    served_process.kill()

    with pytest.raises(ConnectionRefusedError):
        connect(served_process.port)
    served_process.start()  # the lock went with its owner
    assert served_process.raw(HOOK).status == 404


def test_a_second_server_is_told_who_has_the_data_folder(served_process: ServedProcess) -> None:
    served_process.start()

    second = served_process.manage("serve", "--port", "0", check=False)

    assert second.returncode == 1
    assert f"pid {served_process.process.pid}" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_a_port_in_use_is_one_clear_line(served_process: ServedProcess) -> None:
    with socket.create_server((HOST, served_process.port)):
        refused = served_process.manage("serve", "--port", str(served_process.port), check=False)

    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"CommandError: Cannot listen on {HOST} port {served_process.port}: Address already in use."
    ]


def test_a_request_in_flight_is_answered_before_the_server_ends(
    served_process: ServedProcess,
) -> None:
    served_process.start()
    head, _, body = HOOK.partition(b"\r\n\r\n")
    with connect(served_process.port) as connection:
        connection.sendall(head + b"\r\n\r\n")
        wait_until_it_is_read(served_process)
        ending = threading.Thread(target=send_late, args=(connection, served_process, body))
        ending.start()
        status = served_process.terminate()
        ending.join()
        answer = read_answer(connection)

    assert (status, answer.status) == (0, 404)


def wait_until_it_is_read(process: ServedProcess) -> None:
    """Another answer shows that the server came to what was sent before."""
    process.raw(HOOK)


def send_late(connection: socket.socket, process: ServedProcess, body: bytes) -> None:
    """Send the body once the server takes no new connection any more."""
    while True:
        try:
            connect(process.port).close()
        except OSError:
            break
    connection.sendall(body)


def test_no_token_is_written_anywhere(served_process: ServedProcess) -> None:
    served_process.start()
    for request in (HOOK, HOOK.replace(b"POST", b"GET"), HOOK.replace(b"workflows", b"/x")):
        served_process.raw(request)
    served_process.terminate()

    assert "nobody-has-this" not in served_process.log.read_text()
    for path in served_process.folder.rglob("*"):
        assert path.is_dir() or b"nobody-has-this" not in path.read_bytes()


def test_only_the_web_port_is_open(served_process: ServedProcess) -> None:
    served_process.start()

    assert listening_ports(served_process.process.pid) == {served_process.port}


def test_the_first_start_says_how_to_make_the_owner(tmp_path: Path) -> None:
    process = ServedProcess(tmp_path / "data")
    process.start()

    line = process.process.stdout.readline()
    process.terminate()

    assert "one-time code: " in line


@pytest.mark.parametrize(
    ("host", "changes", "says"),
    [
        ("127.0.0.1", {}, None),
        ("::1", {}, None),
        ("127.0.0.1", {"DEBUG": True}, "DECLIC_DEBUG"),
        ("127.0.0.1", {"SECRET_KEY": "short"}, "DECLIC_SECRET_KEY"),
        ("0.0.0.0", {}, "DECLIC_BASE_URL is not set"),
        ("0.0.0.0", {"DECLIC_BASE_URL": "https://declic.example"}, None),
        ("127.0.0.1", {"DECLIC_BASE_URL": "http://declic.example"}, "no https"),
        ("127.0.0.1", {"DECLIC_BASE_URL": "http://93.184.216.34"}, "no https"),
        ("0.0.0.0", {"DECLIC_BASE_URL": "http://192.168.1.5:8000"}, None),
        ("0.0.0.0", {"DECLIC_BASE_URL": "http://declic.lan"}, None),
        ("0.0.0.0", {"DECLIC_BASE_URL": "http://declic:8000"}, None),
        ("127.0.0.1", {"DECLIC_BASE_URL": "declic.example"}, "no address"),
        ("127.0.0.1", {"DECLIC_BASE_URL": "ftp://declic.example"}, "no address"),
        (
            "127.0.0.1",
            {"DECLIC_BASE_URL": "https://declic.example/team"},
            "Set it to https://declic.example.",
        ),
        ("127.0.0.1", {"DECLIC_TOKEN_KEYS": ["short"]}, "DECLIC_TOKEN_KEYS"),
        ("127.0.0.1", {"DECLIC_TOKEN_KEYS": [new_token_key(), new_token_key()]}, None),
        ("127.0.0.1", {"DECLIC_FLOOD_RATE": "many"}, "DECLIC_FLOOD_RATE (many)"),
        ("127.0.0.1", {"DECLIC_FLOOD_RATE": "5/10m"}, None),
    ],
)
def test_an_unsafe_configuration_is_refused_with_what_to_set(
    settings, host: str, changes: dict, says: str | None
) -> None:
    settings.SECRET_KEY = "x" * 50
    settings.DECLIC_BASE_URL_IS_SET = "DECLIC_BASE_URL" in changes
    for name, value in changes.items():
        setattr(settings, name, value)

    found = problems(host)

    assert found == [] if says is None else says in "".join(found)


def test_the_refusal_ends_the_command(served_process: ServedProcess) -> None:
    refused = served_process.manage("serve", "--host", "0.0.0.0", check=False)

    assert refused.returncode == 1
    assert "DECLIC_BASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DECLIC_THREADS", "many"),
        ("DECLIC_SQLITE_SYNCHRONOUS", "OFF"),
        ("DATABASE_URL", "nowhere://"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing"),
        ("DECLIC_DATA_DIR", "/dev/null/data"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_that_names_it(
    served_process: ServedProcess, name: str, value: str
) -> None:
    served_process.env[name] = value

    refused = served_process.manage("serve", "--port", str(served_process.port), check=False)

    assert refused.returncode == 1
    said = re.sub(r"System check.*\n\nWARNINGS:\n.*ratelimit.*\n", "", refused.stderr)  # no Redis
    assert len(said.splitlines()) == 1
    assert name in refused.stderr


@pytest.mark.parametrize(
    "command", [("import_workflow", "ticket.json"), ("export_workflow", "1"), ("runner", "--once")]
)
def test_a_command_on_an_empty_database_says_how_to_fill_it(
    served_process: ServedProcess, command: tuple[str, ...]
) -> None:
    refused = served_process.manage(*command, check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1
    assert "manage.py migrate" in refused.stderr


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("command", ["serve", "runner", "demo"])
def test_a_folder_that_cannot_be_written_is_one_line(
    served_process: ServedProcess, command: str, is_new: bool
) -> None:
    if not is_new:
        served_process.manage("migrate")
    write_nothing = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]

    refused = subprocess.run(
        [*write_nothing, *served_process._command(command)],
        env=served_process.env,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert str(served_process.folder) in refused.stderr


@pytest.mark.embedded
def test_a_database_that_may_only_be_read_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr("workflows.server.serving.require_connection", lambda: None)
    monkeypatch.setattr("workflows.server.serving.call_command", lambda *_, **__: None)
    monkeypatch.setattr("workflows.server.serving.require_writable", refuse)

    with pytest.raises(DatabaseNotReadyError, match="readonly"):
        migrate()


@pytest.mark.parametrize(("count", "said"), [("2", "DATABASE_URL"), ("0", "at least 1")])
def test_sqlite_is_served_by_one_process(
    served_process: ServedProcess, count: str, said: str
) -> None:
    refused = served_process.manage("serve", "--processes", count, check=False)

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert said in refused.stderr


def test_connections_that_there_is_no_place_for_cost_nothing(
    served_process: ServedProcess, tmp_path: Path
) -> None:
    served_process.env["DECLIC_THREADS"] = "2"
    served_process.start()
    pid = served_process.process.pid
    files = len(os.listdir(f"/proc/{pid}/fd"))
    served_process.kill()
    with pytest.MonkeyPatch.context() as patch:
        wrapped = served_process._command
        limit = ["sh", "-c", f'ulimit -n {files + 90}; exec "$@"', "sh"]
        patch.setattr(served_process, "_command", lambda *given: [*limit, *wrapped(*given)])
        served_process.start()
    opened = [connect(served_process.port) for _ in range(2 * (files + 90))]
    time.sleep(0.5)
    before = ticks_of(served_process.process.pid)
    time.sleep(2)
    burned = ticks_of(served_process.process.pid) - before
    left = files + 90 - len(os.listdir(f"/proc/{served_process.process.pid}/fd"))
    for one in opened:
        one.close()

    assert burned < 20  # of 200: accepting again and again took a third of a core and more
    assert left > 10
    assert served_process.raw(request_bytes("GET", "/health")).status == 200


def ticks_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_the_lock_names_its_owner_and_ends_with_it(tmp_path: Path) -> None:
    with (
        DataLock(tmp_path, "serve"),
        pytest.raises(DataFolderTakenError, match=rf"manage.py serve \(pid {os.getpid()}\)"),
        DataLock(tmp_path, "runner"),
    ):
        pass
    with DataLock(tmp_path, "runner"):
        pass


def test_the_port_is_held_alone() -> None:
    first = listening_socket(HOST, 0)

    with pytest.raises(PortTakenError, match="Address already in use"):
        listening_socket(HOST, first.getsockname()[1])
    first.close()


def test_sockets_that_share_a_port_share_it_with_nobody_else() -> None:
    first, second = listening_sockets(HOST, 0, 2)
    port = first.getsockname()[1]

    assert second.getsockname()[1] == port
    for count in (1, 2):
        with pytest.raises(PortTakenError, match="Address already in use"):
            listening_sockets(HOST, port, count)
    close_all([first, second])
    close_all(listening_sockets(HOST, port, 1))


def test_a_port_that_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(PortTakenError, match=r"Cannot listen on 127\.0\.0\.1 port 99999"):
        listening_socket(HOST, 99999)


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def listening_ports(pid: int) -> set[int]:
    """Return the TCP ports that the process listens on."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        name = os.readlink(link)
        if name.startswith("socket:["):
            inodes.add(name[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found
