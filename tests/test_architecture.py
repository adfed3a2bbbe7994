"""Who may know whom, and what a file may look like: the rules of docs/decisions, as a test."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from workflows.fields.base import SettingField

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("config", "workflows", "messaging")
MAY_IMPORT = {  # config → workflows → messaging, never back
    "config": {"config", "workflows", "messaging"},
    "workflows": {"workflows", "messaging"},
    "messaging": {"messaging"},
}
# The rooms of an app (its sub-packages and the modules beside them), floor by floor: each may know
# what lies on the floors above it in this list, and itself.
FLOORS = {
    "workflows": (
        ("text", "payload", "registry", "url_tokens"),
        ("models",),
        ("fields",),
        ("steps",),
        ("runs",),
        ("triggers",),
        ("drafts",),
        ("gallery",),
        ("services",),
        ("access", "forms", "shown_url"),
        ("hook", "server"),
        ("builder",),
        ("activity",),
        ("versions",),
        ("views",),
        ("admin", "panels", "receivers", "tasks", "urls", "templatetags", "bench", "demo"),
        ("management", "apps"),
    ),
    "messaging": (
        ("ids", "names", "signals", "short_sql", "background", "days", "panels", "toasts"),
        ("mrkdwn", "migration_operations"),
        ("models",),
        ("requests", "message_store", "directory", "sidebar", "forms", "workspace_settings"),
        ("live", "health"),
        ("services", "context"),
        ("people", "first_run"),
        ("views", "admin", "templatetags"),
        ("middleware", "urls"),
        ("apps",),
    ),
}
MAX_MODULES_BESIDE_ROOMS = {"workflows": 12, "messaging": 24}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
OPEN_MARK = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")  # split: this file is read too


def tracked(*patterns: str) -> list[Path]:
    """Return the project's own files; from git where there is a clone, else from the folder."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        found = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for pattern in patterns for path in ROOT.rglob(pattern)]
        found = [path for path in found if ".venv" not in path.parts]
    return sorted(path for path in found if path.is_file() and "vendor" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = [path for path in tracked("*.py") if "migrations" not in path.parts]
CODE = [path for path in PYTHON if path.relative_to(ROOT).parts[0] in PACKAGES]


def imported_by(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each import of our own packages, those inside functions and under `if` too."""
    here = module_of(path).split(".")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] in PACKAGES)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def room(module: str) -> str:
    """Return the second part of the dotted name: `workflows.models.run` is of `models`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_imports_go_one_way_only() -> None:
    wrong = [
        f"{name_of(path)}:{line} knows {name}"
        for path in CODE
        for line, name in imported_by(path)
        if name.split(".")[0] not in MAY_IMPORT[path.relative_to(ROOT).parts[0]]
    ]
    assert not wrong


@pytest.mark.parametrize("app", FLOORS)
def test_every_module_has_a_room_and_knows_only_what_lies_above_it(app: str) -> None:
    floor = {name: number for number, names in enumerate(FLOORS[app]) for name in names}
    wrong = []
    for path in CODE:
        module = module_of(path).removesuffix(".__init__")
        if path.relative_to(ROOT).parts[0] != app or module == app:
            continue
        here = room(module)
        assert here in floor, f"{name_of(path)} has no room"
        for line, name in imported_by(path):
            there = room(name)
            if name.split(".")[0] == app and there != here and floor[there] >= floor[here]:
                wrong.append(f"{name_of(path)}:{line} knows {name}")
    assert not wrong


@pytest.mark.parametrize("app", FLOORS)
def test_few_modules_stand_beside_the_rooms(app: str) -> None:
    beside = [path.stem for path in CODE if path.parent == ROOT / app and path.stem != "__init__"]
    assert len(beside) <= MAX_MODULES_BESIDE_ROOMS[app], beside


def test_messaging_never_names_workflows_by_a_string() -> None:
    wrong = [
        f"{name_of(path)}: {text}"
        for path in CODE
        if path.relative_to(ROOT).parts[0] == "messaging"
        for text in strings_in(path)
        if re.match(r"workflows[.:]", text)
    ]
    assert not wrong


def strings_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_files_stay_short() -> None:
    sizes = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {name: lines for name, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


def test_functions_stay_short() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert not long


def test_modules_are_named_for_their_subject() -> None:
    nameless = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert [name_of(path) for path in PYTHON if path.stem in nameless] == []


def test_modules_open_with_a_sentence_on_what_they_are() -> None:
    without = [name_of(path) for path in PYTHON if not opens_with_a_sentence(path)]
    assert not without


def opens_with_a_sentence(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    first_line = (ast.get_docstring(tree) or "").split("\n")[0]
    return not tree.body or bool(re.search(r"[.:!?]$", first_line))


@pytest.mark.parametrize("package", ["workflows.steps", "workflows.triggers"])
def test_each_kind_lives_in_a_file_of_its_name(package: str) -> None:
    from workflows.registry import step_kinds, trigger_kinds

    registry = {"workflows.steps": step_kinds, "workflows.triggers": trigger_kinds}[package]
    kinds = {(kind.kind, type(kind).__module__) for kind in registry.all()}
    folder = ROOT.joinpath(*package.split("."))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "base"}
    assert kinds == {(name, f"{package}.{name}") for name in files}
    assert kinds, "no kind at all was found"


SETTINGS = {path.stem for path in (ROOT / "workflows" / "fields").glob("*.py")}
SETTINGS -= {"__init__", "base", "known", "scope"}


def test_each_kind_of_setting_has_a_file_a_class_and_a_test() -> None:
    tests = {path.stem for path in (ROOT / "tests" / "workflows" / "fields").glob("test_*.py")}
    assert tests == {f"test_{name}" for name in SETTINGS}
    for name in SETTINGS:
        module = importlib.import_module(f"workflows.fields.{name}")
        own = [
            one
            for one in vars(module).values()
            if isinstance(one, type)
            and issubclass(one, SettingField)
            and one.__module__ == module.__name__
        ]
        assert len(own) == 1, name
        assert get_template(own[0].template), name


def test_only_its_own_class_knows_a_kind_of_setting() -> None:
    """Declare it or ask it, never ask which it is."""
    asks = re.compile(r"isinstance\(.*Field\b|\bcontrol (==|in) ")
    wrong = [
        f"{name_of(path)}:{number}"
        for path in CODE
        if path.parent.name != "fields" and path.relative_to(ROOT).parts[0] == "workflows"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if asks.search(line)
    ]
    assert not wrong


def test_nothing_is_left_open_in_the_code() -> None:
    wrong = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in tracked("*.py", "*.html", "*.js", "*.css", "*.sh", "*.md", ".ci/run")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OPEN_MARK.search(line)
    ]
    assert not wrong
