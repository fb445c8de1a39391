"""The whole story of one verdict: everything that a report knows of a check, and a script that repeats it."""

from __future__ import annotations

import difflib

from grader.errors import UsageError
from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report import story
from grader.report.facts import Limits, lines_of
from grader.report.script import script
from grader.report.text import defuse, one_line, plural, wrap

_WIDTH = 88
_LIMITS = Limits(width=_WIDTH, parts=24, trace=60, printed=60)


def explain(report: GradeReport, check_id: str) -> str:
    """The story of a check in plain text.

    Args:
        report: Any report.
        check_id: As it stands in the report, `adaline/mse_loss/refuses_shapes_that_differ`, or the end of it,
            where only one check, or one that fails, ends so; an exercise stands for its first that fails.
    Raises:
        UsageError: No such check, or several.
    """
    exercise, check = _find(report, check_id)
    lines = [f"{check.id}: {story.VERDICT_WORDS[check.verdict]}, {story.points(check)}", ""]
    if story.is_shown(check) and check.explanation:
        lines += [*wrap(one_line(check.explanation, 2000), _WIDTH), ""]
    lines += [*_verdict(report, exercise, check), ""]
    if check.verdict in story.FAILING:
        told = [fact for fact in story.facts(check, limits=_LIMITS) if fact.label != "asked"]
        lines += [*lines_of(told), ""]
    if story.is_shown(check) and (source := script(check)):
        lines += ["A script that repeats it:", "", source]
    return "\n".join(map(defuse, "\n".join(lines).rstrip("\n").split("\n"))) + "\n"


def _find(report: GradeReport, wanted: str) -> tuple[ExerciseReport, CheckReport]:
    known = [(exercise, check) for exercise in report.exercises for check in exercise.checks]
    for ending in (wanted, f"/{wanted.replace(' ', '_')}"):
        found = [pair for pair in known if pair[1].id == ending or pair[1].id.endswith(ending)]
        failing = [pair for pair in found if pair[1].verdict in story.FAILING]
        if len(found) == 1 or len(failing) == 1:
            return (failing or found)[0]
    exercises = [e for e in report.exercises if wanted in (e.name, f"{e.assignment}/{e.name}")]
    if len(exercises) == 1 and exercises[0].checks:
        return exercises[0], (story.failing(exercises[0]) or exercises[0].checks)[0]
    if len(found) > 1:
        ids = ", ".join(check.id for _, check in found[:6])
        raise UsageError(f"Several checks are called '{wanted}': {ids}. Give the whole name.")
    names = [check.id for _, check in known] + [check.id.rpartition("/")[2] for _, check in known]
    names += [exercise.name for exercise in report.exercises]
    if not names:
        raise UsageError(f"This report has no checks: {report.problem or 'nothing was graded'}")
    close = difflib.get_close_matches(wanted, names, 1, 0.5)
    held = ", ".join(exercise.name for exercise in report.exercises)
    meant = f"; did you mean '{close[0]}'?" if close else f", which is about {held}."
    raise UsageError(f"No check '{wanted}' in this report{meant}")


def _verdict(report: GradeReport, exercise: ExerciseReport, check: CheckReport) -> list[str]:
    devices = ", ".join(
        f"{story.VERDICT_WORDS[verdict]} on {name}" for name, verdict in check.devices.items()
    )
    seed = "a secret seed" if report.seed is None else f"seed {report.seed}"
    facts = [f"Run on {plural(check.cases, 'case')} drawn from {seed}"] if check.cases else []
    facts += [one_line(devices)] if devices else []
    if check.counterexample:
        shrunk = check.counterexample.shrunk
        facts.append(f"the case below {'was made smaller' if shrunk else 'is the first that tells'}")
    lines = wrap("; ".join(facts) + ".", _WIDTH) if facts else []
    if exercise.problem:
        lines += wrap(one_line(exercise.problem, 1000), _WIDTH)
    if check.verdict == "skipped" and check.reason and story.is_shown(check):
        lines += wrap(f"Skipped: {one_line(check.reason, 1000)}", _WIDTH)
    if check.verdict == "passed":
        lines += wrap("Every case gave what was expected.", _WIDTH)
    return lines
