"""The data folder is private, whoever made it and whatever the user's umask is."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.data_folder import keep_private, make_private_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def migrate(folder: Path, **more: str) -> None:
    """Make a database with a umask that lets everybody read and write."""
    subprocess.run(
        ["sh", "-c", f"umask 000; exec {sys.executable} manage.py migrate messaging -v0"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DECLIC_DATA_DIR": str(folder), **more},
        check=True,
    )


@pytest.mark.parametrize("is_made_before", [True, False])
def test_what_declic_makes_is_for_its_user_alone(tmp_path: Path, is_made_before: bool) -> None:
    folder = tmp_path / "data"
    if is_made_before:
        folder.mkdir()
        folder.chmod(0o777)

    migrate(folder)

    assert mode(folder) == 0o700
    modes = {path.name: mode(path) for path in folder.iterdir()}
    assert {"declic.sqlite3", "secret_key", "token_keys"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


def test_what_others_put_there_is_taken_from_the_rest(tmp_path: Path) -> None:
    """A backup that was restored with cp, keys that a script wrote."""
    for name in ("declic.sqlite3", "secret_key"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o664)
    tmp_path.chmod(0o755)

    keep_private(tmp_path)

    assert mode(tmp_path) == 0o700
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_what_somebody_else_keeps_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    (tmp_path / "letter.txt").chmod(0o644)

    keep_private(tmp_path)

    assert mode(tmp_path / "letter.txt") == 0o644


def test_a_folder_that_everybody_shares_stays_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (tmp_path / "secret_key").touch()
    (tmp_path / "secret_key").chmod(0o644)

    keep_private(tmp_path)

    assert mode(tmp_path) == 0o1777
    assert mode(tmp_path / "secret_key") == 0o600


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    folder, other = tmp_path / "data", tmp_path / "other"
    folder.mkdir()
    other.touch()
    other.chmod(0o644)
    (folder / "link").symlink_to(other)

    keep_private(folder)

    assert mode(other) == 0o644


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    keep_private(tmp_path / "nothing")
    make_private_file(tmp_path / "nothing" / "here")

    assert not (tmp_path / "nothing").exists()


def test_a_file_that_is_there_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_text("as it was")
    monkeypatch.setattr(os, "close", lambda handle: pytest.fail("it was opened"))

    make_private_file(tmp_path / "kept")

    assert (tmp_path / "kept").read_text() == "as it was"
