"""The grade report as data, in the format that INTERFACE fixes; nothing here computes.

Points and scores are exact decimals, written as strings. Fields whose names end in `_s`, and `graded_at`, are the only
ones that differ between two runs on the same submission, seed, versions and devices.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FORMAT = "grade-report"
FORMAT_VERSION = 1

Verdict = Literal["passed", "failed", "error", "timeout", "crashed", "skipped", "not_attempted"]
ExerciseStatus = Literal["full", "partial", "none", "not_attempted", "missing"]
ReportStatus = Literal["graded", "ungradable"]

VERDICTS_FROM_BEST: tuple[Verdict, ...] = (
    "passed",
    "skipped",
    "not_attempted",
    "failed",
    "error",
    "timeout",
    "crashed",
)


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A misconception that answers as the submission does on every case of the exercise; or a regular pattern."""

    misconception: str
    explanation: str
    hint: str


class Counterexample(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest telling case that fails.

    Attributes:
        call: The call as a student would type it.
        inputs: By parameter name, as JSON values (tensors as dtype, shape, values).
        expected, observed: What the reference and the submission gave, as JSON values.
        difference: One sentence.
        shrunk: Whether it was found by shrinking, rather than among the cases of the key.
        program: The check's program as source that needs nothing but torch, numpy and `impl`, the submission's module;
            None where it can't be written down like that.
        case_seed: What torch, numpy and random were seeded with for this case; None where the seed is secret.

    An input may hold, beside dtype, shape and values, what makes it more than its numbers: `strides` and `offset` where
    it is not contiguous, `requires_grad`, and its `grad`.
    """

    call: str
    inputs: dict[str, Any]
    expected: Any
    observed: Any
    difference: str
    shrunk: bool
    program: str | None = None
    case_seed: int | None = None


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check; `file` and `line` are the place in the submission that it is about, if there is one."""

    id: str
    title: str
    verdict: Verdict
    devices: dict[str, Verdict]
    reason: str | None
    points: str
    max_points: str
    visibility: str
    cases: int
    duration_s: float
    counterexample: Counterexample | None = None
    diagnosis: list[Diagnosis] = []
    traceback: str | None = None
    output: str = ""
    explanation: str = ""
    pattern: str | None = None
    rule: str | None = None
    file: str | None = None
    line: int | None = None


class ExerciseReport(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one exercise."""

    assignment: str
    name: str
    score: str
    max_score: str
    status: ExerciseStatus
    checks: list[CheckReport]
    problem: str | None = None


class SubmissionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which submission this is about."""

    name: str
    digest: str
    files: list[str]


class IsolationInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What kept the submission away from the rest of the machine."""

    level: str
    applied: list[str]
    missing: dict[str, str]


class GradeReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one graded submission."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    submission: SubmissionInfo
    assignments: list[str]
    seed: int | None
    devices: list[str]
    graded_at: str
    versions: dict[str, str]
    isolation: IsolationInfo
    score: str | None
    max_score: str
    status: ReportStatus
    problem: str | None
    exercises: list[ExerciseReport]
    notes: list[str] = []
    figures: list[dict[str, Any]] = []


def to_json(report: GradeReport) -> bytes:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def from_json(data: bytes) -> GradeReport:
    """The report in these bytes.

    Raises:
        msgspec.MsgspecError: They hold none, or one of another format version.
    """
    report = msgspec.json.decode(data, type=GradeReport)
    if report.format != FORMAT or report.format_version != FORMAT_VERSION:
        raise msgspec.ValidationError(f"not a {FORMAT} of version {FORMAT_VERSION}")
    return report
