"""Who may know whom, and what a file may look like: the rules of docs/decisions, as a test."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("config", "workflows", "messaging")
MAY_IMPORT = {  # config → workflows → messaging, never back
    "config": {"config", "workflows", "messaging"},
    "workflows": {"workflows", "messaging"},
    "messaging": {"messaging"},
}
# Inside an app: what the outside touches, what is done, what is kept.
OUTER = {"views", "hooks", "admin", "management", "tasks", "urls"}
MIDDLE = {"services", "engine"}
INNER = {"models"}
FORBIDDEN = {
    "models": OUTER | MIDDLE,
    "services": OUTER,
    "engine": OUTER,
}
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
every_python_file = pytest.mark.parametrize("path", PYTHON, ids=name_of)
every_code_file = pytest.mark.parametrize("path", CODE, ids=name_of)


def imported_by(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each import of our own packages, those inside functions and under `if` too."""
    here = path.relative_to(ROOT).with_suffix("").parts
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


def layer(module: str) -> str:
    """Return the second part of the dotted name: `workflows.models.run` is of `models`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@every_code_file
def test_imports_go_one_way_only(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    wrong = [
        f"line {line}: {name}"
        for line, name in imported_by(path)
        if name.split(".")[0] not in MAY_IMPORT[package]
    ]
    assert not wrong, f"{package} must not know of {wrong}"


@every_code_file
def test_layers_of_an_app_look_inwards_only(path: Path) -> None:
    own = layer(".".join(path.relative_to(ROOT).with_suffix("").parts))
    forbidden = FORBIDDEN.get(own, set())
    wrong = [f"line {line}: {name}" for line, name in imported_by(path) if layer(name) in forbidden]
    assert not wrong, f"{own} must not know of {wrong}"


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


@every_python_file
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


@every_python_file
def test_functions_stay_short(path: Path) -> None:
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert not long


@every_python_file
def test_modules_are_named_for_their_subject(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "misc", "common"}


@every_python_file
def test_modules_open_with_a_line_on_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not tree.body:
        return
    first_line = (ast.get_docstring(tree) or "").split("\n")[0]
    assert re.search(r"[.:!?]$", first_line), "no docstring whose first line is a sentence"


@pytest.mark.parametrize("package", ["workflows.steps", "workflows.triggers"])
def test_each_kind_lives_in_a_file_of_its_name(package: str) -> None:
    from workflows.registry import step_kinds, trigger_kinds

    registry = {"workflows.steps": step_kinds, "workflows.triggers": trigger_kinds}[package]
    kinds = {(kind.kind, type(kind).__module__) for kind in registry.all()}
    folder = ROOT.joinpath(*package.split("."))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "base"}
    assert kinds == {(name, f"{package}.{name}") for name in files}
    assert kinds, "no kind at all was found"


def test_nothing_is_left_open_in_the_code() -> None:
    wrong = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in tracked("*.py", "*.html", "*.js", "*.css", "*.sh", "*.md", ".ci/run")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OPEN_MARK.search(line)
    ]
    assert not wrong
