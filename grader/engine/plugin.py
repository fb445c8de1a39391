"""The pytest plugin: the checks of an assignment are items, and their run ends in a grade report.

`pytest assignments/tensors --submission DIR` is the whole of it; `python -m grader grade` runs the same items in the
same way. The data of each check travels in pytest-json-report's metadata, which also crosses between the processes
of xdist.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.engine.assemble import ExerciseRow, check_report, exercise_row
from grader.engine.session import DEFAULT_CASES, Options, Session
from grader.errors import GraderError
from grader.exercise import Check, Exercise
from grader.model import CheckReport, GradeReport, IsolationInfo

USUAL_CPU_S = 10.0

SESSION = pytest.StashKey[Session]()


class CheckFailedError(Exception):
    """A check that did not pass; the message is for the student."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options of plain pytest."""
    group = parser.getgroup("grader", "grading a submission")
    group.addoption(
        "--submission", metavar="PATH", help="grade this submission: a folder, an archive or a file"
    )
    group.addoption(
        "--only", action="append", default=[], metavar="EXERCISE", help="grade this exercise only"
    )
    group.addoption(
        "--grade-seed", type=int, default=0, metavar="N", help="seed of the answer key (default 0)"
    )
    group.addoption(
        "--cases", type=int, default=DEFAULT_CASES, metavar="N", help="cases a check (default 100)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Under xdist keep the checks of an exercise in one process, which forks one worker for them."""
    if getattr(config.option, "numprocesses", None) and config.getoption("submission", None):
        config.option.dist = "loadscope"


def pytest_configure(config: pytest.Config) -> None:
    """Set up a session where a submission is named on pytest's own command line."""
    path = config.getoption("submission", None)
    if path and SESSION not in config.stash:
        options = Options(
            submission=Path(path),
            assignments=_named(config),
            only=tuple(config.getoption("only")),
            seed=config.getoption("grade_seed"),
            cases=config.getoption("cases"),
        )
        session = Session(options)
        try:
            session.names  # noqa: B018 - refuses what cannot be graded before anything is collected
        except GraderError as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[SESSION] = session


def _named(config: pytest.Config) -> tuple[str, ...]:
    """The assignments that pytest's arguments name; none where they name the folder of all."""
    paths = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    folders = [path.parent if path.is_file() else path for path in paths]
    return tuple(folder.name for folder in folders if (folder / "checks.py").is_file())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the session started."""
    if SESSION in config.stash:
        config.stash[SESSION].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the checks of an assignment where a submission is to be graded."""
    session = parent.config.stash.get(SESSION, None)
    if session is None or file_path.name != "checks.py":
        return None
    return ChecksFile.from_parent(parent, path=file_path)


class ChecksFile(pytest.File):
    """The checks of one assignment."""

    def collect(self) -> Iterator[pytest.Collector]:
        """One collector an exercise."""
        session = self.config.stash[SESSION]
        name = self.path.parent.name
        try:
            course = session.courses.get(name)
        except GraderError as error:
            raise pytest.UsageError(str(error)) from None
        for exercise in course.assignment.exercises if course else []:
            if session.selected(exercise.name):
                yield ExerciseNode.from_parent(self, name=exercise.name, exercise=exercise)


class ExerciseNode(pytest.Collector):
    """The checks of one exercise."""

    def __init__(self, *, exercise: Exercise, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.exercise = exercise

    def collect(self) -> Iterator[pytest.Item]:
        """One item a check."""
        for check in self.exercise.checks:
            yield CheckItem.from_parent(self, name=check.name, check=check, exercise=self.exercise)


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, check: Check, exercise: Exercise, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.exercise = exercise
        self.told: tuple[ExerciseRow, CheckReport] | None = None
        self.isolation: IsolationInfo | None = None
        self.figures: tuple[dict[str, Any], ...] = ()
        self.notes: tuple[str, ...] = ()

    def runtest(self) -> None:
        """Take the verdict from the exercise's outcome, which the first of its checks brings about."""
        session = self.config.stash[SESSION]
        session.tell(f"{self.check.assignment}: {self.check.exercise}{_patience(self.exercise)}")
        outcome = session.grader.outcome(self.check.assignment, self.check.exercise)
        self.isolation = outcome.isolation
        found = next(one for one in outcome.checks if one.check.name == self.check.name)
        report = check_report(found, secret=session.options.secret)
        self.told = exercise_row(outcome), report
        self.figures = outcome.figures if self.check.essential else ()
        self.notes = outcome.notes if self.check.essential else ()
        if report.verdict == "skipped":
            pytest.skip(report.reason or "skipped")
        if report.verdict != "passed":
            raise CheckFailedError(_sentence(report))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """A failed check's own words; a traceback only where the grader itself is wrong."""
        if isinstance(excinfo.value, CheckFailedError | GraderError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """How pytest calls it."""
        return self.path, None, f"{self.check.exercise}: {self.check.title}"


def _patience(exercise: Exercise) -> str:
    """Where an exercise trains at length, how long it may."""
    return f" (up to {exercise.cpu_s:g} s of training)" if exercise.cpu_s > USUAL_CPU_S else ""


def _sentence(report: CheckReport) -> str:
    lines = [f"{report.id}: {report.verdict.replace('_', ' ')}"]
    if report.counterexample:
        lines += [report.counterexample.call, report.counterexample.difference]
    elif report.reason:
        lines.append(report.reason)
    lines += [f"hint: {diagnosis.hint}" for diagnosis in report.diagnosis]
    return "\n".join(lines)


# --- pytest-json-report -----------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_json_runtest_metadata(item: pytest.Item, call: pytest.CallInfo[None]) -> dict[str, Any]:
    """Each check's part of the grade report."""
    if call.when != "call" or not isinstance(item, CheckItem) or item.told is None:
        return {}
    row, report = item.told
    told = {"exercise": row, "check": report, "isolation": item.isolation}
    return {"grader": msgspec.to_builtins({**told, "figures": item.figures, "notes": item.notes})}


class Reporter:
    """Puts the grade report together from pytest-json-report's data."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.report: GradeReport | None = None
        self.expected = 0
        self.faults: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the checks that must come back."""
        self.expected = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_json_modifyreport(self, json_report: dict[str, Any]) -> None:
        """Turn the checks' metadata into the grade report."""
        rows = []
        figures: list[dict[str, Any]] = []
        notes: dict[str, list[str]] = {}  # by assignment: each exercise loads the same file
        isolation = IsolationInfo(level="C", applied=[], missing={})
        for test in json_report.get("tests", []):
            part = test.get("metadata", {}).get("grader")
            if part is None:
                self.faults.append(f"{test['nodeid']}: {_longrepr(test)}")
                continue
            rows.append(msgspec.convert((part["exercise"], part["check"]), tuple[ExerciseRow, CheckReport]))
            figures += part["figures"]
            if part["notes"]:
                notes.setdefault(part["exercise"]["assignment"], list(part["notes"]))
            if part["isolation"]:
                isolation = msgspec.convert(part["isolation"], IsolationInfo)
        if rows and not self.faults:
            self.report = self.session.report(
                rows, isolation, figures, list(itertools.chain(*notes.values()))
            )


def _longrepr(test: dict[str, Any]) -> str:
    stages = (test.get(stage, {}) for stage in ("setup", "call", "teardown"))
    return str(next((stage["longrepr"] for stage in stages if stage.get("longrepr")), test.get("outcome")))
