"""`audit --mutate`: which mechanical changes of a model solution no check notices."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from grader.commands.mutate import run_mutate
from grader.engine.catalog import Course, load_course
from grader.engine.mutate import changes
from grader.errors import AuthorError

CHECKS = """
from grader.exercise import Assignment
from grader.strategies import tensor

toy = Assignment("toy", title="Toy")
absolute = toy.exercise("absolute", x=tensor("n"))


@absolute.check(points=1, essential=True)
def is_never_negative(impl, x):
    "The absolute values."
    return impl.absolute(x)
"""
REFERENCE = """
import torch


def absolute(x):
    return torch.where(x < 0, -x, x)
"""
EQUIVALENT = """
[[equivalent]]
definition = "absolute"
before = "return torch.where(x < 0, -x, x)"
after = "return torch.where(x <= 0, -x, x)"
reason = "minus zero is zero"
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    files = {"assignments/toy/checks.py": CHECKS, "reference/toy.py": REFERENCE}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def course(toy: Path) -> Course:
    return load_course("toy", folder=toy / "assignments")


def told(toy: Path) -> tuple[list[str], str]:
    out = io.StringIO()
    return run_mutate(course(toy), 30, out), out.getvalue()


def test_a_change_that_no_check_notices_is_listed(toy: Path) -> None:
    unexplained, text = told(toy)
    assert unexplained == ["absolute: return torch.where(x < 0, -x, x) -> return torch.where(x <= 0, -x, x)"]
    assert "reference/toy.py:6: survived: absolute: return torch.where(x < 0" in text
    assert "1 unexplained" in text


def test_a_recorded_one_is_explained_and_a_stale_record_is_told(toy: Path) -> None:
    record = toy / "reference/equivalent/toy.toml"
    record.parent.mkdir()
    record.write_text(EQUIVALENT)
    assert told(toy)[0] == []
    record.write_text(EQUIVALENT + EQUIVALENT.replace("x <= 0", "x == 0"))
    unexplained, text = told(toy)
    assert unexplained == ["absolute: return torch.where(x < 0, -x, x) -> return torch.where(x == 0, -x, x)"]
    assert "reference/equivalent/toy.toml: no longer survives, remove it: absolute" in text


def test_a_record_without_a_reason_is_refused(toy: Path) -> None:
    record = toy / "reference/equivalent/toy.toml"
    record.parent.mkdir()
    record.write_text(EQUIVALENT.replace("reason", "because"))
    with pytest.raises(AuthorError, match="an entry needs definition, before, after and reason"):
        told(toy)


def test_operators_constants_and_statements_change_each_once() -> None:
    found = list(changes("def f(x):\n    y = x + 1\n    return y\n"))
    after = {change.after for change in found}
    assert {"y = x - 1", "y = x + 2", "pass"} <= after
    assert len({change.source for change in found}) == len(found)
