"""What several folders of tests share: one zygote, keys made once, and a way to grade a piece of text."""

from __future__ import annotations

import os

os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.engine.catalog import PROJECT, Course, assignment_names, load_course
from grader.engine.grading import grade
from grader.engine.key import CacheFolder, KeyStore
from grader.engine.session import Options, Session
from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.sandbox.client import Zygote
from grader.sandbox.start import checks_files, start_zygote

GradeText = Callable[..., GradeReport]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One zygote that knows all assignments."""
    with Zygote(start_zygote(checks_files())) as running:
        yield running


@pytest.fixture(scope="session")
def store() -> KeyStore:
    """Keys, kept between runs like a student's."""
    return KeyStore(CacheFolder().path)


@pytest.fixture(scope="session")
def courses() -> dict[str, Course]:
    """All assignments."""
    return {name: load_course(name) for name in assignment_names()}


@pytest.fixture
def grade_text(zygote: Zygote, store: KeyStore, courses: dict[str, Course], tmp_path: Path) -> GradeText:
    """`grade_text("adaline", text)`: the report of a submission whose `adaline.py` holds this text.

    Without a text, of what the test itself put into `tmp_path / "submission"`.
    """

    def run(assignment: str, text: str | bytes | None, **options: object) -> GradeReport:
        folder = tmp_path / "submission"
        folder.mkdir(exist_ok=True)
        if text is not None:
            (folder / f"{assignment}.py").write_bytes(text.encode() if isinstance(text, str) else text)
        settled = Options(submission=folder, assignments=(assignment,), **options)  # type: ignore[arg-type]
        with Session(settled, zygote=zygote, store=store, courses=courses) as session:
            return grade(session)

    return run


def exercise(report: GradeReport, name: str) -> ExerciseReport:
    """One exercise of a report."""
    return next(part for part in report.exercises if part.name == name)


def check(report: GradeReport, name: str) -> CheckReport:
    """One check of a report, by the end of its id."""
    return next(one for part in report.exercises for one in part.checks if one.id.endswith(name))


def reference(name: str) -> str:
    """The text of a model solution."""
    return (PROJECT / "reference" / f"{name}.py").read_text("utf-8")
