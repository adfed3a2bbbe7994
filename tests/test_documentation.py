"""The documents say what is so: the README's two commands, every setting, every link."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def code_blocks(text: str) -> list[str]:
    return [block.strip() for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)]


def test_the_readme_has_two_commands_each_a_line_in_a_block_of_its_own() -> None:
    assert code_blocks(README) == [
        "python3 -m pip install --quiet uv && python3 -m uv run manage.py demo",
        "python3 -m pip install --quiet uv && python3 -m uv run --group test pytest",
    ]


def test_the_first_line_of_the_readme_with_pytest_is_the_test_command() -> None:
    first = next(line for line in README.splitlines() if "pytest" in line)
    assert first == code_blocks(README)[1]


def test_every_setting_from_the_environment_is_described() -> None:
    source = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))
    assert len(names) > 10, "the settings were not found"
    described = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert {name for name in names if f"`{name}`" not in described} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    ours = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in ours if not (path.parent / link).exists()] == []
