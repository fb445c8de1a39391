"""What `report/` may know: a finished report, and nothing of how it came about."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import grader.report

FOLDER = Path(grader.report.__file__).parent
ALLOWED = ("grader.report", "grader.model", "grader.errors", "grader.exercise")


def imported(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_report_imports_no_engine_and_no_torch(file: Path):
    names = imported(file.read_text(encoding="utf-8"))
    ours = {name for name in names if name.partition(".")[0] == "grader"}
    assert not [name for name in ours if not name.startswith(ALLOWED)]
    assert not names & {"torch", "numpy", "hypothesis", "pytest"}


def test_import_of_the_engine_would_be_found():
    assert "grader.engine.grade" in imported("def f():\n    from grader.engine.grade import judge")
