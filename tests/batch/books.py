"""Batches made by hand: stores that hold reports which nothing had to be graded for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from grader.batch.store import Person, Result, Run, Store
from grader.model import (
    CheckReport,
    Counterexample,
    Diagnosis,
    ExerciseReport,
    GradeReport,
    IsolationInfo,
    SubmissionInfo,
    Verdict,
    to_json,
)

AT = "2026-01-01T00:00:00+00:00"


def check(
    name: str, verdict: Verdict = "passed", points: str = "1", of: str = "1", held: str = "", seen: str = "1"
) -> CheckReport:
    """A check of `a/x`, earned or not."""
    wrong = verdict in ("failed", "error")
    return CheckReport(
        id=f"a/x/{name}",
        title=name,
        verdict=verdict,
        devices={"cpu": verdict},
        reason="it used up its 10 s of computing time" if verdict == "timeout" else None,
        points=points,
        max_points=of,
        visibility="visible",
        cases=4,
        duration_s=0.1,
        counterexample=Counterexample(
            call="x(n=1)",
            inputs={"n": 1},
            expected=2,
            observed=seen,
            difference=f"expected 2, got {seen}",
            shrunk=False,
        )
        if wrong
        else None,
        diagnosis=[Diagnosis(misconception=held, explanation=f"It {held}.", hint="Think.")] if held else [],
    )


def report(
    name: str, checks: Sequence[CheckReport], *, digest: str = "", files: Sequence[str] = ("a.py",)
) -> GradeReport:
    """A report of the one exercise `a/x`."""
    score = str(sum((Decimal(one.points) for one in checks), Decimal(0)))
    most = str(sum((Decimal(one.max_points) for one in checks), Decimal(0)))
    part = ExerciseReport(
        assignment="a",
        name="x",
        score=score,
        max_score=most,
        status="full" if score == most else "partial",
        checks=list(checks),
    )
    return GradeReport(
        submission=SubmissionInfo(
            name=name,
            digest=digest or "sha256:" + hashlib.sha256(name.encode()).hexdigest(),
            files=list(files),
        ),
        assignments=["a"],
        seed=0,
        devices=["cpu"],
        graded_at=AT,
        versions={"grader": "0", "python": "3", "torch": "2", "numpy": "2", "hypothesis": "6"},
        isolation=IsolationInfo(level="A", applied=[], missing={}),
        score=score,
        max_score=most,
        status="graded",
        problem=None,
        exercises=[part],
    )


def ungradable(name: str, problem: str) -> GradeReport:
    """A report without a score."""
    return msgspec.structs.replace(
        report(name, []), score=None, max_score="2", status="ungradable", problem=problem, exercises=[]
    )


class Book:
    """A batch's folder, filled report by report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.store = Store(folder)
        self.run = 0
        self.begin("f1")

    def begin(self, fingerprint: str) -> int:
        """A new run."""
        self.fingerprint = fingerprint
        settings = {
            "source": "class",
            "assignments": "a",
            "only": "",
            "seed": "0",
            "cases": "4",
            "devices": "cpu",
        }
        versions = {"grader": "0", "python": "3", "torch": "2", "numpy": "2", "hypothesis": "6"}
        self.run = self.store.begin_run({"a/x": fingerprint}, fingerprint, settings, versions, AT)
        return self.run

    def add(
        self,
        made: GradeReport,
        *,
        content: str = "",
        late: bool = False,
        author: str = "",
        ids: tuple[str, ...] = (),
        emails: tuple[str, ...] | None = None,
        platform: str = "",
    ) -> None:
        """Somebody's report in the current run."""
        name = made.submission.name
        content = content or f"content of {name}"
        number = self.store.add(
            Result(
                content=content,
                fingerprint=self.fingerprint,
                report=to_json(made),
                score=made.score,
                max_score=made.max_score,
                status=made.status,
                graded_at=AT,
                wall_s=0.1,
            )
        )
        person = Person(
            name=name,
            author=author or name,
            late=late,
            ids=ids,
            emails=(f"{name}@example.org",) if emails is None else emails,
            platform=platform,
        )
        self.store.settle(self.run, person, content, result=number)

    def fail(self, name: str, error: str) -> None:
        """The grader failed on somebody."""
        self.store.settle(self.run, Person(name=name, author=name), f"content of {name}", error=error)

    def last(self) -> Run:
        """The current run."""
        found = self.store.last_run()
        assert found is not None
        return found
