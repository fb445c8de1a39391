"""What a lane is told to grade, and what it answers: data that travels between processes and machines."""

from __future__ import annotations

import hashlib

import msgspec

from grader.engine.assemble import decimal_text, total
from grader.intake import Submission, SubmittedFile
from grader.model import ExerciseReport, GradeReport


class Handed(msgspec.Struct, frozen=True):
    """What was handed in, as far as a report depends on it: everything but whose it is."""

    digest: str
    files: dict[str, SubmittedFile]
    problems: dict[str, str]
    notes: tuple[str, ...]
    problem: str | None

    def submission(self, name: str) -> Submission:
        """The same with a name."""
        return Submission(name, self.digest, self.files, self.problems, self.notes, self.problem)


class Job(msgspec.Struct, frozen=True):
    """Grade this; of its exercises only those named, if any are."""

    name: str
    handed: Handed
    only: tuple[str, ...] = ()


class Done(msgspec.Struct, frozen=True):
    """The report of a job as JSON, or why the grader failed; how long it took."""

    report: bytes
    error: str | None
    wall_s: float


def handed_in(submission: Submission) -> Handed:
    """The part of a submission that its report depends on."""
    files = {stem: submission.files[stem] for stem in sorted(submission.files)}
    problems = {stem: submission.problems[stem] for stem in sorted(submission.problems)}
    return Handed(submission.digest, files, problems, submission.notes, submission.problem)


def content_digest(handed: Handed) -> str:
    """A digest of what was handed in; two submissions with the same one get the same report."""
    return hashlib.sha256(msgspec.msgpack.encode(handed)).hexdigest()


def renamed(report: GradeReport, name: str) -> GradeReport:
    """The same report for a submission of another name."""
    about = msgspec.structs.replace(report.submission, name=name)
    return msgspec.structs.replace(report, submission=about)


def merged(old: GradeReport, new: GradeReport, exercises: list[str]) -> GradeReport:
    """The exercises of `new`, and from `old` those that were not graded again.

    Args:
        exercises: Which there are now, `assignment/exercise`, in the order in which a report tells them.
    """
    parts: dict[str, ExerciseReport] = {f"{part.assignment}/{part.name}": part for part in old.exercises}
    parts |= {f"{part.assignment}/{part.name}": part for part in new.exercises}
    told = [parts[name] for name in exercises if name in parts]
    return msgspec.structs.replace(
        new,
        exercises=told,
        score=decimal_text(total(part.score for part in told)),
        max_score=decimal_text(total(part.max_score for part in told)),
    )
