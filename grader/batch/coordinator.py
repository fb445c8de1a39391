"""The coordinator: decides what has to be graded, hands it out, and alone writes the store and the folder.

An answer becomes a result in the store (one transaction), then a report in the folder, then a mark that the
report is written. Killed between any two of these, the next start does what is missing.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.batch.fingerprint import Fingerprints, changed
from grader.batch.folder import BatchFolder, now
from grader.batch.job import Done, Handed, Job, content_digest, handed_in, merged, renamed
from grader.batch.lane import Warm
from grader.batch.pool import Died, Pool
from grader.batch.progress import BatchProgress
from grader.batch.store import Outcome, Person, Result, Run, Store
from grader.engine.session import Session
from grader.intake import Found, NoSuchSubmission, load_found
from grader.model import GradeReport, from_json, to_json

TRIES = 2
GONE = "It was there when the batch began and has vanished since."


@dataclass(frozen=True)
class Item:
    """One submission of the class and, as far as it was read, what it holds."""

    found: Found
    content: str
    assignments: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name."""
        return self.found.name

    @property
    def person(self) -> Person:
        """Who handed it in."""
        f = self.found
        return Person(
            name=f.name,
            author=f.author,
            late=f.late,
            attempt=f.attempt,
            ids=f.ids,
            emails=f.emails,
            platform=f.platform,
        )


@dataclass(frozen=True)
class Tally:
    """How a batch ended."""

    graded: int
    reused: int
    ungradable: tuple[str, ...]
    errors: dict[str, str]
    gone: tuple[str, ...]


def read_item(found: Found, wanted: Sequence[str], known: Sequence[str]) -> tuple[Item, Handed]:
    """Read one submission of the class."""
    submission = load_found(found, wanted or known, known)
    handed = handed_in(submission)
    there = {*submission.files, *submission.problems}
    return Item(found, content_digest(handed), tuple(name for name in known if name in there)), handed


@dataclass
class Coordinator:
    """One batch at work.

    Attributes:
        wanted: The assignments named; empty for those whose files are there.
        known: The names of all assignments.
        only_exercises: `--only` as given.
    """

    items: Sequence[Item]
    warm: Warm
    store: Store
    folder: BatchFolder
    run: int
    fingerprint: str
    fingerprints: Fingerprints
    wanted: tuple[str, ...]
    known: Sequence[str]
    _tries: collections.Counter[str] = field(default_factory=collections.Counter)
    _waiting: dict[str, list[Item]] = field(
        default_factory=dict
    )  # by content: those that get the same report
    _handed: dict[str, Item] = field(default_factory=dict)
    _old: dict[str, Result] = field(default_factory=dict)  # by content: what a partial grading is merged into
    _again: collections.deque[Job] = field(default_factory=collections.deque)  # those whose lane died
    _errors: dict[str, str] = field(default_factory=dict)
    _graded: int = 0
    _reused: int = 0

    def unfinished(self) -> list[Item]:
        """The submissions without a result; finished ones get their report file where it is missing."""
        outcomes = self.store.outcomes(self.run)
        todo = [item for item in self.items if not self._is_finished(item, outcomes.get(item.name))]
        self._reused = len(self.items) - len(todo)
        return todo

    def _is_finished(self, item: Item, outcome: Outcome | None) -> bool:
        number = self.store.find(item.content, self.fingerprint)
        if number is None:
            return False
        settled = outcome is not None and (outcome.content, outcome.result) == (item.content, number)
        if not settled:
            self.store.settle(self.run, item.person, item.content, result=number)
        if (
            not settled
            or not outcome
            or not outcome.written
            or not self.folder.report_file(item.name).exists()
        ):
            self._write(item, number)
        return True

    def grade(self, todo: Sequence[Item], pool: Pool, progress: BatchProgress) -> None:
        """Have all of these graded, each until it has an outcome."""
        queue = collections.deque(todo)
        while queue or self._handed:
            while self._again and pool.has_room():
                pool.give(self._again.popleft())
            while queue and pool.has_room():
                if not self._hand_out(queue.popleft(), pool):
                    progress.step()
            for job, answer in pool.answers():
                self._take(job, answer, progress)
            progress.show()

    def _hand_out(self, item: Item, pool: Pool) -> bool:
        """Have one submission graded; False where it is settled at once."""
        try:
            item, handed = read_item(item.found, self.wanted, self.known)
        except NoSuchSubmission:
            self._fail(item, GONE, Handed("", {}, {}, (), None))
            return False
        if self._is_finished(item, None):  # somebody else handed in the same, and it has been graded
            self._graded += 1
            return False
        others = self._waiting.setdefault(item.content, [])
        others.append(item)
        if len(others) == 1:  # else the same is being graded
            self._handed[item.name] = item
            pool.give(Job(item.name, handed, self._affected(item)))
        return True

    def _affected(self, item: Item) -> tuple[str, ...]:
        """Which exercises a change since the last result may affect; none named where all may be."""
        old = self.store.newest(item.content)
        if old is None or old.status != "graded":
            return ()
        before = self._fingerprints_of(old.fingerprint)
        current = {
            name: d for name, d in self.fingerprints.items() if name.split("/")[0] in self._assignments(item)
        }
        affected = changed(before, current)
        if not affected or len(affected) == len(current):
            return ()
        self._old[item.content] = old
        return tuple(name.split("/")[1] for name in affected)

    def _fingerprints_of(self, fingerprint: str) -> Fingerprints:
        runs = [run for run in self.store.runs() if run.fingerprint == fingerprint]
        return runs[-1].fingerprints if runs else {}

    def _assignments(self, item: Item) -> tuple[str, ...]:
        return self.wanted or item.assignments

    def _take(self, job: Job, answer: Done | Died, progress: BatchProgress) -> None:
        """Settle what has come back; a job whose lane died is tried once more."""
        if isinstance(answer, Died):
            self._tries[job.name] += 1
            self.folder.log("lane_died", submission=job.name, why=answer.why, attempt=self._tries[job.name])
            if self._tries[job.name] < TRIES:
                self._again.append(job)
                return
        item = self._handed.pop(job.name)
        same = self._waiting.pop(item.content)
        if isinstance(answer, Done) and answer.error is None:
            self._keep(item, same, answer)
        else:
            error = f"Its lane died twice: {answer.why}" if isinstance(answer, Died) else str(answer.error)
            for one in same:
                self._fail(one, error, job.handed)
        for _ in same:
            progress.step()

    def _keep(self, item: Item, same: Sequence[Item], done: Done) -> None:
        report = from_json(done.report)
        old = self._old.pop(item.content, None)
        if old is not None:
            report = merged(from_json(old.report), report, list(self.fingerprints))
        number = self.store.add(self._result(item, report, done.wall_s))
        for one in same:
            self.store.settle(self.run, one.person, one.content, result=number)
            self._write(one, number)
            self.folder.log(
                "graded",
                submission=one.name,
                score=report.score,
                status=report.status,
                wall_s=round(done.wall_s, 3),
            )
        self._graded += len(same)

    def _result(self, item: Item, report: GradeReport, wall_s: float) -> Result:
        return Result(
            content=item.content,
            fingerprint=self.fingerprint,
            report=to_json(report),
            score=report.score,
            max_score=report.max_score,
            status=report.status,
            graded_at=report.graded_at,
            wall_s=wall_s,
        )

    def _fail(self, item: Item, error: str, handed: Handed) -> None:
        """The grader failed on it: a report that says so, no score, and another try at the next start."""
        self._errors[item.name] = error
        self.store.settle(self.run, item.person, item.content, error=error)
        self.folder.log("grader_error", submission=item.name, error=error)
        self.folder.write_report(item.name, to_json(self._error_report(item, error, handed)))

    def _error_report(self, item: Item, error: str, handed: Handed) -> GradeReport:
        last = error.strip().splitlines()[-1] if error.strip() else "no reason known"
        problem = f"The grader failed on this submission, which is not its author's fault: {last}"
        options = self.warm.options
        submission = handed.submission(item.name)
        failed = type(submission)(item.name, submission.digest, {}, {}, (), problem)
        return Session(options, submission=failed, courses=self.warm.courses).ungradable()

    def _write(self, item: Item, number: int) -> None:
        report = renamed(from_json(self.store.result(number).report), item.name)
        self.folder.write_report(item.name, to_json(report))
        self.store.mark_written(self.run, item.name)

    def finish(self) -> Tally:
        """Close the run; what it came to."""
        gone = self.store.finish_run(self.run, {item.name for item in self.items}, now())
        scores = self.store.scores(self.run).items()
        ungradable = [name for name, score in scores if score is None and name not in self._errors]
        return Tally(self._graded, self._reused, tuple(ungradable), self._errors, tuple(gone))


def choose_run(store: Store, fingerprint: str, items: Sequence[Item]) -> Run | None:
    """The run that this start goes on with, or None where it has to begin another.

    It goes on with the last one if that was interrupted, or if the class is still what it was then.
    """
    last = store.last_run()
    if last is None or last.fingerprint != fingerprint:
        return None
    if last.finished_at is None:
        return last
    outcomes = store.outcomes(last.number)
    class_now = {item.name: item.content for item in items}
    return last if {name: outcome.content for name, outcome in outcomes.items()} == class_now else None
