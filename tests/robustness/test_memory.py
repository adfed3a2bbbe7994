"""Bad input, A9–A11: what is sent in bulk is neither kept in memory nor on the disk."""

import contextlib
import gzip
import select
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage
from tests.robustness.answers import hold_to_contract
from tests.serving import RawAnswer, connect, read_answer, request_bytes

pytestmark = [pytest.mark.served, pytest.mark.embedded]

MIB = 1024 * 1024
BOUND = 20 * MIB
GOOD = b'{"number": "1"}'
JSON = {"Content_Type": "application/json"}


def memory_peak(stage: Stage) -> int:
    """Return the most memory that the server ever had."""
    status = Path(f"/proc/{stage.server.process.pid}/status").read_text()
    (line,) = [one for one in status.splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def files_of(stage: Stage) -> set[str]:
    """Return the files that are there for the server: its folder, the folder of scratch files."""
    own = {str(path) for path in stage.folder.rglob("*")}
    opened = Path(f"/proc/{stage.server.process.pid}/fd").iterdir()
    links = {str(one.readlink()) for one in opened if one.is_symlink()}
    scratch = {one for one in links if one.startswith(tempfile.gettempdir())}
    return {one for one in own | scratch if "declic.sqlite3" not in one}


def send_until_answered(port: int, head: bytes, body: Iterable[bytes]) -> RawAnswer:
    """Send as much of the body as the server takes before it answers."""
    with connect(port) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head)
            for piece in body:
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(piece)
        return read_answer(connection)


def pieces(size: int, *, is_chunked: bool = False) -> Iterator[bytes]:
    piece = b" " * MIB
    for _ in range(size // MIB):
        yield b"%x\r\n%s\r\n" % (MIB, piece) if is_chunked else piece


@pytest.fixture
def running(stage: Stage) -> Stage:
    """A server that is warm: it has read bodies of the full size on all of its threads."""
    stage.seed(1, ("say", "{{ number }}"))
    stage.server.start()
    full = b" " * (MIB - len(GOOD)) + GOOD
    for _ in range(24):
        answer = stage.server.raw(request_bytes("POST", "/hooks/workflows/dhk_x", full, **JSON))
        assert answer.status == 404
    return stage


def test_what_is_too_large_is_refused_without_being_kept(running: Stage) -> None:  # A9, A10
    before, files = memory_peak(running), files_of(running)
    known = "/hooks/workflows/dhk_x"
    multipart = {"Content_Type": "multipart/form-data; boundary=x"}

    for headers, size in (
        ({**JSON, "Content_Length": str(MIB + 1)}, MIB),
        ({**JSON, "Transfer_Encoding": "chunked"}, 64 * MIB),
        ({**multipart, "Content_Length": str(230 * MIB)}, 230 * MIB),
        ({**multipart, "Transfer_Encoding": "chunked"}, 230 * MIB),
        ({**JSON, "Content_Length": str(2**62)}, 64 * MIB),
    ):
        head = request_bytes("POST", known, **headers)
        body = pieces(size, is_chunked="Transfer_Encoding" in headers)
        answer = send_until_answered(running.server.port, head, body)
        assert answer.status == 413
        hold_to_contract(answer)

    assert memory_peak(running) - before < BOUND
    assert files_of(running) == files


def test_what_is_packed_is_never_unpacked(stage: Stage) -> None:  # A11
    paths = stage.seed(2, ("say", "{{ number }}"))  # one takes one such body a second
    stage.server.start()
    bomb = gzip.compress(b"\0" * (32 * MIB)) * 28  # parts of a stream, like `cat a.gz b.gz`
    assert MIB / 2 < len(bomb) < MIB
    for encoding, path in zip(("br", "gzip"), paths, strict=True):  # it is warm after the first
        before = memory_peak(stage)
        answer = stage.server.raw(
            request_bytes("POST", path, bomb, Content_Encoding=encoding, **JSON)
        )
        hold_to_contract(answer)
        assert (answer.status, answer.json()["error"]) == (415, "unsupported_media_type")

    assert memory_peak(stage) - before < BOUND
    assert stage.ask("SELECT count(*) FROM workflows_run") == [(0,)]


def test_pages_take_no_more_than_hooks_are_bounded(running: Stage) -> None:  # A9
    """Forms of who is not signed in are bounded as well."""
    before, files = memory_peak(running), files_of(running)
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    for path in ("/sign-in", "/language", "/workflows/import", "/nothing"):
        head = request_bytes("POST", path, Content_Length=str(64 * MIB), **form)
        answer = send_until_answered(running.server.port, head, pieces(64 * MIB))
        assert answer.status == 413

    assert memory_peak(running) - before < BOUND
    assert files_of(running) == files
