"""What is drawn follows from the seed alone."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from grader.engine.catalog import Course
from grader.engine.draw import draw_cases
from grader.engine.key import encode_case


def test_numbers_in_the_source_of_loaded_modules_are_not_drawn(
    courses: dict[str, Course], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis draws from them by itself: a key would depend on what else a process has imported."""
    checks = [check for check in courses["tensors"].assignment.checks if check.essential]
    before = [[encode_case(case) for case in draw_cases(check, 0, 100)] for check in checks]
    numbers = ", ".join(str(7919 * n) for n in range(1, 500))
    (tmp_path / "of_numbers.py").write_text(f"NUMBERS = [{numbers}]\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("of_numbers")
    try:
        after = [[encode_case(case) for case in draw_cases(check, 0, 100)] for check in checks]
    finally:
        del sys.modules["of_numbers"]
    assert after == before
