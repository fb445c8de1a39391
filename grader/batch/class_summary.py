"""What a class came to: counted over all reports, one at a time."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from grader.batch.gradebook import Row
from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report.story import unloadable
from grader.report.text import one_line

MANY_FAILURES = 3  # so many equal wrong answers are no coincidence any more
TROUBLE = ("crashed", "timeout")


@dataclass
class ExerciseCount:
    """One exercise over the class."""

    name: str
    max_score: Decimal
    attempted: int = 0
    full: int = 0
    points: Decimal = Decimal(0)
    handed_in: int = 0

    @property
    def mean(self) -> float:
        """Mean points of those who handed the file in."""
        return float(self.points / self.handed_in) if self.handed_in else 0.0


@dataclass
class MisconceptionCount:
    """One misconception over the class, with the first who holds it as the example."""

    name: str
    exercise: str
    explanation: str
    hint: str
    holders: int
    example: str
    call: str
    difference: str


@dataclass(frozen=True)
class Suspect:
    """A submission to look at first, and why."""

    name: str
    kind: str
    why: str


@dataclass
class ClassSummary:
    """The figures of a class page."""

    rows: list[Row] = field(default_factory=list)
    exercises: dict[str, ExerciseCount] = field(default_factory=dict)
    misconceptions: dict[str, MisconceptionCount] = field(default_factory=dict)
    suspects: list[Suspect] = field(default_factory=list)
    attempts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _alike: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _same: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row, report: GradeReport | None) -> None:
        """Count one submission."""
        self.rows.append(row)
        self.attempts[row.person.attempt] += 1
        self.suspects += _suspects(row, report)
        if report is None or report.status != "graded":
            return
        for exercise in report.exercises:
            self._exercise(exercise)
        self._misconceptions(row.person.name, report)
        if any(part.status not in ("missing", "not_attempted") for part in report.exercises):
            self._same[report.submission.digest].append(row.person.name)
            if alike := _wrong_answers(report):
                self._alike[alike].append(row.person.name)

    def _exercise(self, exercise: ExerciseReport) -> None:
        name = f"{exercise.assignment}/{exercise.name}"
        count = self.exercises.setdefault(name, ExerciseCount(name, Decimal(exercise.max_score)))
        count.handed_in += exercise.status != "missing"
        count.attempted += exercise.status not in ("missing", "not_attempted")
        count.full += exercise.status == "full"
        count.points += Decimal(exercise.score)

    def _misconceptions(self, who: str, report: GradeReport) -> None:
        held: set[str] = set()
        for exercise in report.exercises:
            for check in exercise.checks:
                for found in check.diagnosis:
                    key = f"{exercise.assignment}/{exercise.name}/{found.misconception}"
                    if key in held:
                        continue
                    held.add(key)
                    if key in self.misconceptions:
                        self.misconceptions[key].holders += 1
                    else:
                        shown = check.counterexample
                        self.misconceptions[key] = MisconceptionCount(
                            name=found.misconception,
                            exercise=f"{exercise.assignment}/{exercise.name}",
                            explanation=found.explanation,
                            hint=found.hint,
                            holders=1,
                            example=who,
                            call=one_line(shown.call, 300) if shown else "",
                            difference=one_line(shown.difference, 300) if shown else "",
                        )

    def by_holders(self) -> list[MisconceptionCount]:
        """The misconceptions, the most widely held first."""
        return sorted(self.misconceptions.values(), key=lambda one: (-one.holders, one.exercise, one.name))

    def look_first(self) -> list[Suspect]:
        """The submissions to look at first: those in trouble, then those that are suspiciously equal."""
        order = ("grader error", "ungradable", "not loaded", "crashed", "timeout")
        troubled = sorted(self.suspects, key=lambda one: (order.index(one.kind), one.name))
        return [*troubled, *self._equal_ones()]

    def _equal_ones(self) -> Iterator[Suspect]:
        told: set[str] = set()
        for groups, what in (
            (self._same, "the same files"),
            (self._alike, "the same wrong answers in every case shown"),
        ):
            for names in sorted(group for group in groups.values() if len(group) > 1):
                if set(names) <= told:
                    continue
                told |= set(names)
                others = ", ".join(names[1:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
                yield Suspect(names[0], "equal", f"{what} as {others}")

    def mean(self) -> float | None:
        """Mean final score, as a part of the maximum."""
        parts = self.fractions()
        return sum(parts) / len(parts) if parts else None

    def median(self) -> float | None:
        """Median final score, as a part of the maximum."""
        parts = sorted(self.fractions())
        middle = len(parts) // 2
        if not parts:
            return None
        return parts[middle] if len(parts) % 2 else (parts[middle - 1] + parts[middle]) / 2

    def fractions(self) -> list[float]:
        """The final scores as parts of the maximum."""
        return [
            float(row.final / row.max_final) for row in self.rows if row.final is not None and row.max_final
        ]

    def distribution(self, bins: int = 10) -> list[int]:
        """How many submissions are in each tenth of the maximum; full marks are in the last."""
        counts = [0] * bins
        for part in self.fractions():
            counts[min(int(part * bins + 1e-9), bins - 1)] += 1
        return counts


def _suspects(row: Row, report: GradeReport | None) -> Iterator[Suspect]:
    name = row.person.name
    if row.error is not None:
        yield Suspect(name, "grader error", one_line(row.error.strip().splitlines()[-1]))
    elif report is not None and report.status == "ungradable":
        yield Suspect(name, "ungradable", one_line(report.problem or ""))
    stopped = {part.problem or "": part for part in (report.exercises if report else []) if unloadable(part)}
    for problem, part in stopped.items():
        yield Suspect(name, "not loaded", f"{part.assignment}: {one_line(problem, 200)}")
    for kind in TROUBLE:
        checks = [
            c for part in (report.exercises if report else []) for c in part.checks if c.verdict == kind
        ]
        if checks:
            more = f" and {len(checks) - 1} more" if len(checks) > 1 else ""
            yield Suspect(name, kind, f"{checks[0].id}{more}: {one_line(checks[0].reason or kind, 200)}")


def _wrong_answers(report: GradeReport) -> str | None:
    """A digest of all wrong answers that are shown; None where there are too few to mean anything.

    What a known misconception explains does not count: many hold the same one on their own.
    """
    failed = [
        c
        for part in report.exercises
        for c in part.checks
        if c.verdict in ("failed", "error") and not c.diagnosis
    ]
    shown = [_answer(check) for check in failed]
    if len(shown) < MANY_FAILURES:
        return None
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()


def _answer(check: CheckReport) -> tuple[str, object, str | None]:
    found = check.counterexample
    last = check.traceback.strip().splitlines()[-1] if check.traceback else None
    return check.id, found.observed if found else None, last
