"""The benchmarks in short: their classes are what they say, and they come to their figures."""

from __future__ import annotations

import ast
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.batch import grade_class
from benchmarks.common import courses_of, synthetic
from benchmarks.peers import ASSERTS, EXERCISES, RIGHT, WRONG, submissions, write_peers
from tests.batch.conftest import ONE, reports


def test_a_synthetic_class_repeats_and_has_no_two_alike() -> None:
    courses = courses_of([ONE, "word_window"])
    made = list(synthetic(courses, 50))
    assert made == list(synthetic(courses, 50))
    assert len({files[f"{ONE}.py"] for files in made}) == 50
    assert made[:20] == list(islice(synthetic(courses, 100), 20))
    for files in made:
        assert set(files) == {f"{ONE}.py", "word_window.py"}
        for text in files.values():
            ast.parse(text)


def test_the_peers_get_the_same_dozen_asserts(tmp_path: Path) -> None:
    write_peers(tmp_path)
    assert len(ASSERTS) == 12
    for name in ("test_submission.py", "run_tests.py"):
        text = (tmp_path / name).read_text()
        ast.parse(text)
        assert all(line in text for line in ASSERTS)


def test_the_peers_class_has_right_and_wrong_submissions() -> None:
    tensors, adaline = courses_of(["tensors", "adaline"])
    twenty = list(submissions(tensors, adaline, 1))
    assert len(twenty) == RIGHT + WRONG
    right = [{name: text.partition("\n")[2] for name, text in files.items()} for files in twenty[:RIGHT]]
    assert all(files == right[0] for files in right)
    wrong = [files for files in twenty[RIGHT:]]
    assert all(
        any(f"\n{exercise} = " in text for text in f.values() for exercise in EXERCISES) for f in wrong
    )


@pytest.mark.slow
def test_a_small_class_is_measured(tmp_path: Path) -> None:
    measured, store_kib = grade_class(courses_of([ONE]), 3, 3, tmp_path)
    assert len(reports(tmp_path / "out3")) == 3
    assert measured.cpu_s > 0
    assert measured.peak_mib > 50
    assert store_kib > 0
