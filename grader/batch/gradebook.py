"""The gradebook: one row a submission, with what was measured and, apart from it, what staff made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from grader.batch.adjustments import Adjustments, Override, Struck
from grader.batch.folder import REPORTS
from grader.batch.pseudonyms import Pseudonyms
from grader.batch.store import Outcome, Person, Run, Store
from grader.engine.assemble import decimal_text
from grader.errors import UsageError
from grader.model import GradeReport, from_json


@dataclass(frozen=True, kw_only=True)
class Row:
    """One submission in the gradebook.

    Attributes:
        measured, max_measured: What the grader found; `measured` is None where there is no score.
        final, max_final: After struck checks, overrides and the late policy, in this order.
        adjustments: One sentence for each of these that applied.
        exercises: What was measured, by `assignment/exercise`: score and maximum.
        error: Why the grader failed on it.
    """

    person: Person
    status: str
    measured: Decimal | None
    max_measured: Decimal
    final: Decimal | None
    max_final: Decimal
    adjustments: tuple[str, ...]
    exercises: dict[str, tuple[Decimal, Decimal]]
    problem: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Gradebook:
    """A run's outcomes; reports are read one at a time, since a class of them does not fit in memory."""

    store: Store
    run: Run
    adjustments: Adjustments
    pseudonyms: Pseudonyms | None = None

    def reports(self) -> Iterator[tuple[Person, GradeReport | None, str | None]]:
        """Who, the report if there is one, and why the grader failed if it did."""
        for outcome in self._outcomes():
            person = outcome.person
            report = None
            if outcome.result is not None:
                report = from_json(self.store.result(outcome.result).report)
                report = report_of(report, person.name)
            if self.pseudonyms is not None:
                person, report = self.pseudonyms.person(person), self.pseudonyms.report(report, person)
            yield person, report, outcome.error

    def rows(self) -> Iterator[Row]:
        """All rows, by name."""
        for outcome in self._outcomes():
            person, shown = outcome.person, outcome.person
            report = (
                from_json(self.store.result(outcome.result).report) if outcome.result is not None else None
            )
            if self.pseudonyms is not None:
                shown, report = self.pseudonyms.person(person), self.pseudonyms.report(report, person)
            yield make_row(person, shown, report, outcome.error, self.adjustments)

    def _outcomes(self) -> list[Outcome]:
        """By the name that is shown: the order of other names would tell them."""
        outcomes = self.store.outcomes(self.run.number)
        shown = self.pseudonyms.name if self.pseudonyms else str
        return [outcomes[name] for name in sorted(outcomes, key=shown)]

    def unused(self) -> list[str]:
        """Sentences about adjustments that apply to nothing, or look misspelt."""
        made = self.adjustments
        outcomes = self.store.outcomes(self.run.number)
        numbers = {outcome.result for outcome in outcomes.values() if outcome.result is not None}
        if not made.struck and not any(override.exercise for override in made.overrides):
            numbers = set()  # no need to look into all reports
        checks: set[str] = set()
        exercises: set[str] = set()
        for number in sorted(numbers):
            report = from_json(self.store.result(number).report)
            exercises |= {f"{part.assignment}/{part.name}" for part in report.exercises}
            checks |= {check.id for part in report.exercises for check in part.checks}
        return list(_unused(self.adjustments, set(outcomes), exercises, checks))


def _unused(made: Adjustments, names: set[str], exercises: set[str], checks: set[str]) -> Iterator[str]:
    for struck in made.struck:
        if struck.check not in checks:
            yield f"No check {struck.check!r} is in this batch; it was not struck out."
    for override in made.overrides:
        if override.submission not in names or (override.exercise and override.exercise not in exercises):
            what = override.exercise or "a score"
            yield f"No {override.submission!r} with {what}; its override applies to nothing."
    for name in made.late.days:
        if name not in names:
            yield f"No submission {name!r}; the days in [late.days] apply to nothing."


def report_of(report: GradeReport, name: str) -> GradeReport:
    """A stored report under the name of who handed it in."""
    from grader.batch.job import renamed

    return renamed(report, name)


def make_row(
    person: Person, shown: Person, report: GradeReport | None, error: str | None, made: Adjustments
) -> Row:
    """The row of one submission.

    Args:
        person: Whose it is, by whom adjustments name it.
        shown: Whose it is, as the gradebook is to show it.
    """
    overrides = [override for override in made.overrides if override.submission == person.name]
    measured = Decimal(report.score) if report is not None and report.score is not None else None
    max_measured = Decimal(report.max_score) if report else Decimal(0)
    steps: list[str] = []
    final, most = _recounted(report, made.struck, overrides, steps)
    for override in overrides:
        if override.exercise is None:
            final = override.score
            steps.append(f"score set to {decimal_text(final)}: {override.reason}")
    final = _after_lateness(person, final, most, made, steps)
    return Row(
        person=shown,
        status=report.status if report else "grader_error",
        measured=measured,
        max_measured=max_measured,
        final=final,
        max_final=most,
        adjustments=tuple(steps),
        exercises=_measured(report),
        problem=report.problem if report else None,
        error=error,
    )


def _measured(report: GradeReport | None) -> dict[str, tuple[Decimal, Decimal]]:
    parts = report.exercises if report else []
    return {
        f"{part.assignment}/{part.name}": (Decimal(part.score), Decimal(part.max_score)) for part in parts
    }


def _recounted(
    report: GradeReport | None, struck: Sequence[Struck], overrides: Sequence[Override], steps: list[str]
) -> tuple[Decimal | None, Decimal]:
    """Score and maximum without the struck checks, and with the overrides of single exercises."""
    by_check = {one.check: one for one in struck}
    by_exercise = {one.exercise: one for one in overrides if one.exercise}
    score, most = Decimal(0), Decimal(0)
    for exercise in report.exercises if report else []:
        earned, possible = Decimal(0), Decimal(0)
        for check in exercise.checks:
            one, points, maximum = by_check.get(check.id), Decimal(check.points), Decimal(check.max_points)
            if one is not None:
                points, maximum = (maximum, maximum) if one.credit == "all" else (Decimal(0), Decimal(0))
                given = "all get its points" if one.credit == "all" else "it counts for nobody"
                steps.append(f"{check.id} struck out, {given}: {one.reason}")
            earned, possible = earned + points, possible + maximum
        override = by_exercise.get(f"{exercise.assignment}/{exercise.name}")
        if override is not None:
            earned = override.score
            steps.append(f"{override.exercise} set to {decimal_text(earned)}: {override.reason}")
        score, most = score + earned, most + possible
    if report is None or report.score is None:
        return None, Decimal(report.max_score) if report else Decimal(0)
    return score, most


def _after_lateness(
    person: Person, score: Decimal | None, most: Decimal, made: Adjustments, steps: list[str]
) -> Decimal | None:
    days = made.late.days_late(person.name, person.late)
    percent = made.late.percent(days)
    if score is None or not percent:
        return score
    cost = most * percent / 100
    steps.append(
        f"{decimal_text(days)} days late: {decimal_text(percent)} % ({decimal_text(cost)} points) taken off"
    )
    return max(score - cost, Decimal(0))


def find_run(store: Store, number: int | None, folder: Path) -> Run:
    """A run of a batch; by default the last one.

    Raises:
        UsageError: There is no such run.
    """
    runs = store.runs()
    if not runs:
        raise UsageError(f"{folder}: no batch was graded there.")
    if number is None:
        return runs[-1]
    for run in runs:
        if run.number == number:
            return run
    there = ", ".join(f"{run.number} ({run.started_at})" for run in runs)
    raise UsageError(f"--diff {number}: there is no such run; there is {there}.")


__all__ = ["REPORTS", "Gradebook", "Row", "find_run", "make_row"]
