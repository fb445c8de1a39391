"""`grade --watch`: grade again on each save what was saved, from processes that stay warm."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from grader.errors import GraderError
from grader.sandbox.start import Started

if TYPE_CHECKING:
    from grader.commands.grade import GradeRequest
    from grader.engine.catalog import Course
    from grader.engine.key import KeyStore
    from grader.engine.session import Options
    from grader.intake import Submission
    from grader.model import GradeReport
    from grader.sandbox.client import Zygote

STEP_MS = 20  # a save is over when nothing was written for so long
DEBOUNCE_MS = 400  # and grading begins after so long even where writing goes on


def run_watch(
    request: GradeRequest, options: Options, started: Started, saves: Iterable[Any] | None = None
) -> int:
    """Grade, then grade again on each save, until Ctrl-C; 0 where it came while nothing was being graded.

    Args:
        saves: Something to iterate over that yields after each save; default the file system's own notices.
    """
    from grader.engine.isolation import demand_isolation
    from grader.engine.key import CacheFolder, KeyStore
    from grader.sandbox.client import Zygote

    with Zygote(started) as zygote:
        watcher = Watcher(request, options, zygote, KeyStore(CacheFolder().path if options.cache else None))
        if options.require_isolation is not None:
            demand_isolation(watcher.isolation(), options.require_isolation)
        watcher.look()
        print(
            f"Watching {options.submission}: each save is graded. Ctrl-C ends it.",
            file=sys.stderr,
            flush=True,
        )
        try:
            for _ in _notices(options.submission) if saves is None else saves:
                watcher.look()
        except _BetweenSaves:
            pass
    return 0


class _BetweenSaves(Exception):
    """Ctrl-C while nothing was being graded."""


def _notices(submission: Path) -> Iterator[Any]:
    """After each burst of changes in the submission's folder, which also sees editors that replace files."""
    from watchfiles import watch

    folder = submission if submission.is_dir() else submission.absolute().parent
    changes = watch(
        folder, recursive=submission.is_dir(), step=STEP_MS, debounce=DEBOUNCE_MS, raise_interrupt=True
    )
    while True:
        try:
            change = next(changes)
        except KeyboardInterrupt:
            raise _BetweenSaves from None
        yield change


@dataclass
class Watcher:
    """What stays between two saves: the zygote, keys, assignments, and what was graded last."""

    request: GradeRequest
    options: Options
    zygote: Zygote
    store: KeyStore
    courses: dict[str, Course] = field(default_factory=dict)
    graded: dict[str, object] = field(default_factory=dict)
    report: GradeReport | None = None

    def isolation(self) -> Any:
        """What keeps a submission away from this machine."""
        from grader.engine.session import Session

        with Session(self.options, zygote=self.zygote) as session:
            return session.isolation

    def look(self) -> None:
        """Grade the files that differ from what was graded last; the next save may mend trouble."""
        try:
            submission = self._read()
            changed = self._changed(submission)
            if submission.problem is not None:
                print(f"grader: {submission.problem}", file=sys.stderr, flush=True)
            elif changed:
                self._grade(submission, changed)
        except GraderError as error:
            if self.report is None and not self.graded and error.exit_code == 4:
                raise
            print(f"grader: {error}", file=sys.stderr, flush=True)

    def _read(self) -> Submission:
        from grader.engine.session import Session

        return Session(self.options, zygote=self.zygote).submission

    def _changed(self, submission: Submission) -> tuple[str, ...]:
        """The assignments whose file was saved with other contents, and that hold an exercise to grade."""
        from grader.engine.session import Session

        names = Session(self.options, zygote=self.zygote, submission=submission).names
        states = {name: submission.files.get(name) or submission.problems.get(name) for name in names}
        changed = [
            name for name in names if states[name] is not None and self.graded.get(name) != states[name]
        ]
        if not self.graded:
            changed = list(names)
        self.graded.update({name: states[name] for name in names})
        return tuple(name for name in changed if self._wanted(name))

    def _wanted(self, name: str) -> tuple[str, ...]:
        """The exercises of an assignment that are to be graded."""
        from grader.engine.catalog import load_course

        if name not in self.courses:
            folder, reference = self.options.assignments_folder, self.options.reference
            self.courses[name] = load_course(name, folder=folder, reference=reference)
        exercises = [exercise.name for exercise in self.courses[name].assignment.exercises]
        return tuple(one for one in exercises if not self.options.only or one in self.options.only)

    def _grade(self, submission: Submission, names: tuple[str, ...]) -> None:
        from grader.engine.grading import grade
        from grader.engine.session import Session

        only = (
            tuple(exercise for name in names for exercise in self._wanted(name)) if self.options.only else ()
        )
        options = replace(self.options, assignments=names, only=only)
        with Session(
            options, zygote=self.zygote, store=self.store, submission=submission, courses=self.courses
        ) as session:
            fresh = grade(session)
        self.report = fresh if self.report is None else merged(self.report, fresh)
        self._tell(fresh)

    def _tell(self, fresh: GradeReport) -> None:
        """Print what is new; files get the whole report."""
        from grader.commands.outputs import print_terminal, write_atomically, write_files
        from grader.model import to_json

        assert self.report is not None
        write_files(self.report, self.request)
        if self.request.json_file == "-":
            print(to_json(self.report).decode(), flush=True)
            return
        if self.request.json_file is not None:
            write_atomically(Path(self.request.json_file), to_json(self.report))
        print_terminal(fresh, color=self.request.color, submission=self.request.submission)
        sys.stdout.flush()


def merged(old: GradeReport, new: GradeReport) -> GradeReport:
    """The report of everything graded so far: exercises graded anew replace those of before."""
    fresh = {(exercise.assignment, exercise.name): exercise for exercise in new.exercises}
    known = [(exercise.assignment, exercise.name) for exercise in old.exercises]
    kept = [fresh.pop(name, exercise) for name, exercise in zip(known, old.exercises, strict=True)]
    exercises = [*kept, *fresh.values()]
    score = sum((Decimal(exercise.score) for exercise in exercises), Decimal(0))
    most = sum((Decimal(exercise.max_score) for exercise in exercises), Decimal(0))
    return msgspec.structs.replace(
        new,
        assignments=list(dict.fromkeys([*old.assignments, *new.assignments])),
        exercises=exercises,
        score=f"{score.normalize():f}" if score else "0",
        max_score=f"{most.normalize():f}" if most else "0",
    )
