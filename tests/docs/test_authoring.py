"""docs/authoring.md, followed word by word in a copy of the project."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import grader.exercise
from grader import kit, strategies
from grader.engine.catalog import PROJECT
from grader.exercise import Promise
from grader.strategies import Strategy

PAGE = (PROJECT / "docs" / "authoring.md").read_text("utf-8")
BLOCKS = re.findall(r"^In `([^`]+)`[^\n]*:\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COPIED = ["grader", "assignments/tensors"]
COPIED += [f"reference/{part}tensors.py" for part in ("", "misconceptions/", "alternatives/")]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the grader with one assignment."""
    for part in COPIED:
        origin, target = PROJECT / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(origin, target)
    return tmp_path


def follow(project: Path, blocks: list[tuple[str, str]]) -> None:
    for file, code in blocks:
        with open(project / file, "a", encoding="utf-8") as out:
            out.write(f"\n\n{code}")


def audit(project: Path) -> tuple[int, list[str]]:
    """The exit code and the lines of the audit, with few cases: the page's exercise needs no more."""
    command = [sys.executable, "-P", "-m", "grader", "audit", "tensors", "--no-table", "--cases", "8"]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines()


def without_numbers(line: str) -> str:
    return re.sub(r"\d+", "#", line.replace("(8 cases", "(100 cases"))


def test_the_page_adds_an_exercise_and_the_audit_says_what_is_missing(copy: Path) -> None:
    assert [file.partition("/")[0] for file, _ in BLOCKS] == [
        "assignments",
        *["reference"],
        "assignments",
        *["reference"] * 2,
        "assignments",
    ]
    follow(copy, BLOCKS[:-1])
    code, lines = audit(copy)
    promised = re.search(r"^reference/misconceptions/.*$", PAGE, re.MULTILINE)
    assert promised is not None
    assert (code, [without_numbers(line) for line in lines[:-1]]) == (1, [without_numbers(promised[0])])
    number = int(lines[0].split(":")[1])
    source = (copy / "reference" / "misconceptions" / "tensors.py").read_text("utf-8").splitlines()
    assert source[number - 1] == "def centres_in_float32(x):"

    follow(copy, BLOCKS[-1:])
    code, lines = audit(copy)
    assert (code, len(lines)) == (0, 1), lines


@pytest.mark.parametrize(("module", "kind"), [(kit, Promise), (strategies, Strategy)])
def test_the_tables_name_everything_that_an_author_may_use(module: object, kind: type) -> None:
    functions = [
        name
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__annotations__.get("return") in (kind, kind.__name__)
        and value.__module__ == module.__name__
        and name[0] != "_"  # type: ignore[attr-defined]
    ]
    assert len(functions) > 7
    assert [name for name in functions if f"`{name}(" not in PAGE] == []


def test_the_table_names_every_option_of_a_check() -> None:
    missing = [name for name in grader.exercise._CHECK_OPTIONS if f"`{name}" not in PAGE]
    assert missing == []
