"""French is complete: every text in the code is in the catalogue, translated, and compiled."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "config" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
SOURCES = ("config", "messaging", "workflows", "templates")
PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")  # %(name)s, %s, {name}

needs_gettext = pytest.mark.gettext


class Entry:
    """One text of a catalogue: where it stands, its msgids and its translations."""

    def __init__(self, block: str) -> None:
        self.is_fuzzy = bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE))
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if found := re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line):
                name = found[1]
                fields[name] = ast.literal_eval(found[2])
            elif line.startswith('"'):
                fields[name] += ast.literal_eval(line)
        self.msgids = [text for key, text in fields.items() if key.startswith("msgid")]
        self.translations = [text for key, text in fields.items() if key.startswith("msgstr")]
        self.key = (fields.get("msgctxt", ""), fields.get("msgid", ""))


def entries_of(path: Path) -> dict[tuple[str, str], Entry]:
    """Return what the catalogue holds, obsolete texts and its header left out."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    found = [Entry(block) for block in blocks if re.search(r"^msgid ", block, re.MULTILINE)]
    return {entry.key: entry for entry in found if entry.key[1]}


@pytest.fixture(scope="module")
def texts_in_the_code(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Collect the texts as `makemessages` does, in a copy, so that the clone stays as it is."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("locale", "vendor", "*.pyc")
        )
    (copy / "locale").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "fr"],
        cwd=copy,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    return set(entries_of(copy / "locale" / "fr" / "LC_MESSAGES" / "django.po"))


@needs_gettext
def test_every_text_in_the_code_has_a_place_in_the_catalogue(
    texts_in_the_code: set[tuple[str, str]],
) -> None:
    assert len(texts_in_the_code) > 100, "the texts were not found at all"
    assert texts_in_the_code - set(entries_of(CATALOGUE)) == set()


@needs_gettext
def test_the_catalogue_holds_nothing_that_the_code_dropped(
    texts_in_the_code: set[tuple[str, str]],
) -> None:
    assert set(entries_of(CATALOGUE)) - texts_in_the_code == set()


def test_every_text_is_translated_and_none_is_a_guess() -> None:
    unfinished = [
        entry.key
        for entry in entries_of(CATALOGUE).values()
        if entry.is_fuzzy or not all(entry.translations)
    ]
    assert not unfinished


def test_translations_keep_the_places_for_values() -> None:
    different = [
        entry.key
        for entry in entries_of(CATALOGUE).values()
        for translation in entry.translations[-1:]
        if set(PLACE.findall(entry.msgids[-1])) != set(PLACE.findall(translation))
    ]
    assert not different


def test_french_has_a_space_before_double_signs() -> None:
    wrong = [
        translation
        for entry in entries_of(CATALOGUE).values()
        for translation in entry.translations
        if re.search(r"[^\s\u00a0\u202f]([!?;]|:(?=\s|$))(?!\w)", translation)
    ]
    assert not wrong


def test_the_compiled_catalogue_says_the_same() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    written: dict[str | tuple[str, int], str] = {}
    for (context, msgid), entry in entries_of(CATALOGUE).items():
        key = f"{context}\x04{msgid}" if context else msgid
        if len(entry.msgids) == 1:
            written[key] = entry.translations[0]
        else:
            written |= {(key, number): text for number, text in enumerate(entry.translations)}
    assert {key: text for key, text in compiled.items() if key != ""} == written


@needs_gettext
def test_gettext_finds_no_fault_in_the_catalogue() -> None:
    checked = subprocess.run(
        ["msgfmt", "--check", "-o", "/dev/null", str(CATALOGUE)], capture_output=True, text=True
    )
    assert (checked.returncode, checked.stderr) == (0, "")
