"""One run: what is to be graded and how, and what that needs, each made when first asked for."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from grader import __version__
from grader.engine.assemble import ExerciseRow, decimal_text, exercise_report, total
from grader.engine.catalog import PROJECT, Course, assignment_names, did_you_mean, load_course
from grader.engine.devices import choose_devices
from grader.engine.grade import SubmissionGrader
from grader.engine.key import AnswerKey, CacheFolder, KeyStore
from grader.errors import UsageError
from grader.intake import Submission, load_submission
from grader.model import CheckReport, GradeReport, IsolationInfo, SubmissionInfo
from grader.sandbox.client import Zygote
from grader.sandbox.inside.run import settle_torch
from grader.sandbox.limits import Limits
from grader.sandbox.proof import prove
from grader.sandbox.start import Started, start_zygote

DEFAULT_CASES = 100


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to grade; the same for `grade`, `batch` and plain pytest.

    Attributes:
        assignments: Names; empty for those whose file is in the submission.
        only: Exercises to grade; empty for all.
        seed: Of the key; `secret` keeps it out of reports and off the disk.
        off: Layers of the confinement to leave out, for tests of the layers.
        jobs: How many exercises run at the same time; CUDA's share one process, one after the other.
    """

    submission: Path
    assignments: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    seed: int = 0
    secret: bool = False
    cases: int = DEFAULT_CASES
    devices: tuple[str, ...] = field(default_factory=choose_devices)
    require_isolation: str | None = None
    reference: Path | None = None
    assignments_folder: Path = PROJECT / "assignments"
    cache: bool = True
    limits: Limits = field(default_factory=Limits)
    off: frozenset[str] = frozenset()
    jobs: int = 1


class Session:
    """Everything that grading one submission needs. Close it, or use it in `with`."""

    def __init__(
        self,
        options: Options,
        *,
        started: Started | None = None,
        store: KeyStore | None = None,
        zygote: Zygote | None = None,
        submission: Submission | None = None,
        courses: dict[str, Course] | None = None,
    ) -> None:
        self.options = options
        self._started = started
        self._zygote = zygote
        self._owns_zygote = zygote is None
        self._store = store
        self._submission = submission
        self._courses = courses
        self.tell: Callable[[str], None] = lambda text: None
        settle_torch()

    @cached_property
    def known(self) -> list[str]:
        """The names of all assignments."""
        return assignment_names(self.options.assignments_folder)

    @cached_property
    def submission(self) -> Submission:
        """What was handed in."""
        if self._submission is not None:
            return self._submission
        expected = self.options.assignments or tuple(self.known)
        for name in self.options.assignments:
            if name not in self.known:
                raise UsageError(f"No assignment {name!r}{self._meant(name)}")
        return load_submission(self.options.submission, expected, known=self.known)

    def _meant(self, name: str) -> str:
        """What somebody may have meant by a name that is no assignment's."""
        if os.path.exists(name):
            return f"; to grade what is there, say --submission {name}."
        folder, reference = self.options.assignments_folder, self.options.reference
        for known in self.known:
            course = load_course(known, folder=folder, reference=reference)
            if any(exercise.name == name for exercise in course.assignment.exercises):
                return f"; it is an exercise: {known} --only {name}."
        return did_you_mean(name, self.known)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The assignments to grade: those named, else those whose file is there."""
        there = {*self.submission.files, *self.submission.problems}
        return self.options.assignments or tuple(name for name in self.known if name in there)

    @cached_property
    def courses(self) -> dict[str, Course]:
        """The assignments to grade, by name."""
        if self._courses is not None:
            return {name: self._courses[name] for name in self.names}
        folder, reference = self.options.assignments_folder, self.options.reference
        found = {name: load_course(name, folder=folder, reference=reference) for name in self.names}
        exercises = [e.name for course in found.values() for e in course.assignment.exercises]
        for name in self.options.only:
            if name not in exercises:
                raise UsageError(f"No exercise {name!r}{did_you_mean(name, exercises)}")
        return found

    @cached_property
    def zygote(self) -> Zygote:
        """The process that workers are forked from."""
        if self._zygote is None:
            checks = [course.checks_file for course in self.courses.values()]
            self._zygote = Zygote(self._started or start_zygote(checks))
        return self._zygote

    @cached_property
    def store(self) -> KeyStore:
        """Where keys are kept."""
        return self._store or KeyStore(CacheFolder().path if self.options.cache else None)

    def key(self, name: str) -> AnswerKey:
        """The answer key of one assignment."""
        options = self.options
        self.tell(f"{name}: the answer key (made once, then kept)")
        return self.store.get(
            self.courses[name], options.seed, options.cases, secret=options.secret, only=options.only
        )

    def complete(self, name: str, exercise: str) -> None:
        """Add to the key of an assignment what the misconceptions of an exercise answer."""
        self.store.complete(self.courses[name], self.key(name), exercise, secret=self.options.secret)

    @cached_property
    def grader(self) -> SubmissionGrader:
        """What grades the exercises of this submission."""
        zygote = self.zygote  # first, so that it imports torch while a key is made
        return SubmissionGrader(
            self.submission,
            self.courses,
            self.key,
            zygote,
            self.options.devices,
            self.options.limits,
            self.options.off,
            self.complete,
        )

    @cached_property
    def isolation(self) -> IsolationInfo:
        """What keeps a submission away from this machine, asked of a worker that holds none, and proven."""
        with self.zygote.worker(self.options.limits, off=self.options.off) as worker:
            ready = worker.ready
            prove(lambda targets: worker.probe(targets).succeeded, ready.applied, self.options.limits)
        return IsolationInfo(level=ready.level, applied=ready.applied, missing=ready.missing)

    @contextlib.contextmanager
    def running_ahead(self) -> Iterator[None]:
        """Inside it, workers run the exercises that will be asked for, several at a time."""
        if self.options.jobs <= 1 or "cuda" in self.options.devices:
            yield
            return
        wanted = [
            (name, exercise.name)
            for name, course in self.courses.items()
            for exercise in course.assignment.exercises
            if self.selected(exercise.name)
        ]
        with self.grader.run_ahead(wanted, self.options.jobs) as pool:
            try:
                yield
            finally:
                pool.shutdown(cancel_futures=True)

    def selected(self, exercise: str) -> bool:
        """Whether `--only` leaves an exercise in."""
        return not self.options.only or exercise in self.options.only

    def close(self) -> None:
        """End the zygote, if it is this session's own."""
        if "grader" in vars(self):
            self.grader.close()
        if self._owns_zygote and self._zygote is not None:
            self._zygote.close()
        elif self._started is not None:
            self._started.end()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def report(
        self,
        rows: Sequence[tuple[ExerciseRow, CheckReport]],
        isolation: IsolationInfo,
        figures: Sequence[dict[str, Any]] = (),
        notes: Sequence[str] = (),
    ) -> GradeReport:
        """The grade report, from the checks in the order in which they are told."""
        grouped: dict[ExerciseRow, list[CheckReport]] = {}
        for row, check in rows:
            grouped.setdefault(row, []).append(check)
        exercises = [exercise_report(row, checks) for row, checks in grouped.items()]
        return self._report(
            isolation=isolation,
            score=decimal_text(total(exercise.score for exercise in exercises)),
            max_score=decimal_text(total(exercise.max_score for exercise in exercises)),
            status="graded",
            problem=None,
            exercises=exercises,
            figures=list(figures),
            notes=notes,
        )

    def ungradable(self) -> GradeReport:
        """The report of a submission of which no file can be read."""
        points = [
            load_course(name, folder=self.options.assignments_folder).assignment.points
            for name in self.options.assignments
        ]
        return self._report(
            isolation=IsolationInfo(level="C", applied=[], missing={}),
            score=None,
            max_score=decimal_text(sum(points, total([]))),
            status="ungradable",
            problem=self.submission.problem,
            exercises=[],
        )

    def _report(self, *, notes: Sequence[str] = (), **fields: Any) -> GradeReport:
        submission = self.submission
        return GradeReport(
            submission=SubmissionInfo(
                name=submission.name,
                digest=submission.digest,
                files=sorted(file.name for file in submission.files.values()),
            ),
            assignments=list(self.names),
            seed=None if self.options.secret else self.options.seed,
            devices=list(self.options.devices),
            graded_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            versions=versions(),
            notes=[*submission.notes, *submission.problems.values(), *notes],
            **fields,
        )


def versions() -> dict[str, str]:
    """The versions that a verdict may depend on."""
    names = ("torch", "numpy", "hypothesis")
    return {
        "grader": __version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
    }
