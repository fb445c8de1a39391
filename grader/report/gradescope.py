"""A grade report as the `results.json` of Gradescope.

Format: gradescope-autograders.readthedocs.io, "Autograder Specifications". Its levels of visibility are the
checks' own. All text is sent as plain text, which Gradescope shows as it is.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report import story
from grader.report.facts import Limits, lines_of
from grader.report.story import Told
from grader.report.text import one_line

_LIMITS = Limits(width=90, parts=6, trace=20, printed=20)


def gradescope(report: GradeReport) -> bytes:
    """The report as JSON.

    Gradescope knows no missing score. An ungradable submission is therefore sent with 0 points, the reason on
    top, and `"ungradable": true` in its `extra_data`, for staff to find.
    """
    results: dict[str, Any] = {
        "score": _number(report.score or "0"),
        "output": _overview(report),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": [_test(exercise, check, told) for exercise, check, told in _checks(report)],
        "extra_data": {
            "digest": report.submission.digest,
            "max_score": report.max_score,
            "ungradable": report.status == "ungradable",
            "isolation": report.isolation.level,
        },
    }
    return json.dumps(results, indent=1).encode() + b"\n"


def _checks(report: GradeReport) -> list[tuple[ExerciseReport, CheckReport, Told]]:
    """Each check with what its readers have read of the exercise before, so that a cause is told once."""
    found = []
    for exercise in report.exercises:
        told: dict[str, Told] = {}
        found += [(exercise, check, told.setdefault(check.visibility, Told())) for check in exercise.checks]
    return found


def _overview(report: GradeReport) -> str:
    lines = [one_line(note, 600) for note in story.notes(report)]
    if report.status == "ungradable":
        problem = one_line(report.problem or "", 1000)
        return "\n".join([f"This submission cannot be graded: {problem}", "The 0 is no grade.", *lines])
    if report.isolation.level != "A":
        lines.append(f"Graded at isolation level {report.isolation.level}.")
    problems = {one_line(exercise.problem, 600) for exercise in report.exercises if exercise.problem}
    return "\n".join([*lines, *sorted(problems)])


def _test(exercise: ExerciseReport, check: CheckReport, told: Told) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{exercise.assignment}/{exercise.name}: {story.title(check)}",
        "score": _number(check.points),
        "max_score": _number(check.max_points),
        "status": "passed" if check.verdict == "passed" else "failed",
        "visibility": check.visibility,
        "extra_data": {"id": check.id, "verdict": check.verdict},
    }
    output = "\n".join(_output(exercise, check, told))
    return {**test, "output": output} if output else test


def _output(exercise: ExerciseReport, check: CheckReport, told: Told) -> list[str]:
    if check.verdict == "passed":
        return []
    if check.verdict in story.FAILING:
        words = story.VERDICT_WORDS[check.verdict]
        facts = story.facts(check, told, _LIMITS, shown=check.visibility != "hidden")
        return [f"{words[0].upper()}{words[1:]}.", *lines_of(facts)]
    why = (check.reason if check.visibility != "hidden" else None) or exercise.problem or ""
    return [f"{story.VERDICT_WORDS[check.verdict].capitalize()}. {one_line(why, 600)}".rstrip()]


def _number(points: str) -> float | int:
    value = Decimal(points)
    return int(value) if value == value.to_integral_value() else float(value)
