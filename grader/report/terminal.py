"""A grade report in the terminal: what is right in a line, what is wrong in detail, the score last.

Everything is said in words; colour and signs only repeat it. No text of a report is read as markup, and each
line is made safe for a log that CI systems look for commands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report import story
from grader.report.facts import Fact, Limits, lines_of
from grader.report.story import FAILING, Told
from grader.report.text import defuse, encodable, one_line, plural, wrap

MAX_WIDTH = 100
_STYLES = {
    "expected": "green",
    "got": "red",
    "hint": "bold",
    "pattern": "bold",
    "note": "dim",
    "printed": "dim",
}


@dataclass(frozen=True)
class Line:
    """A line and how it is coloured, where there is colour."""

    text: str
    style: str = ""


def print_report(report: GradeReport, console: Console, *, command: str = "./grade.sh") -> None:
    """Print a finished report.

    Args:
        report: Any report, ungradable ones too.
        console: Where to; its width, encoding and colours are respected.
        command: How the grader is started, for the lines that say how to look again.
    """
    width = min(console.width, MAX_WIDTH)
    for line in report_lines(report, width, command):
        safe = defuse(encodable(line.text, console.encoding)).rstrip()
        console.print(Text(safe, style=line.style), soft_wrap=True)


def report_lines(report: GradeReport, width: int, command: str = "./grade.sh") -> Iterator[Line]:
    """The lines of a report, at most `width` wide but for what can't be broken."""
    if report.status == "ungradable":
        yield from _wrapped(
            "✗ ", f"This submission cannot be graded: {one_line(report.problem or '', 1000)}", width, "red"
        )
        for note in story.notes(report):
            yield from _wrapped("Note: ", one_line(note, 600), width, "yellow")
        points = "" if report.max_score == "0" else f" (of {report.max_score} points)"
        yield Line(f"No score, which is not a score of 0{points}", "bold")
        return
    yield from _full(report, width)
    for exercise in report.exercises:
        if exercise.status in ("partial", "none") and not story.unloadable(exercise):
            yield from _exercise(report, exercise, width, command)
    yield from _not_run(report, width)
    yield from _notes(report, width)
    yield Line(
        f"Score: {report.score} of {report.max_score} points", "bold green" if _is_full(report) else "bold"
    )


def _is_full(report: GradeReport) -> bool:
    return all(exercise.status == "full" for exercise in report.exercises)


def _full(report: GradeReport, width: int) -> Iterator[Line]:
    found = [exercise for exercise in report.exercises if exercise.status == "full"]
    for exercise in found:
        yield from _wrapped("✓ ", f"{name(report, exercise)} · {story.points(exercise)}", width, "green")
    if found:
        yield Line("")


def name(report: GradeReport, exercise: ExerciseReport) -> str:
    """An exercise's name, with its assignment where there are several."""
    return exercise.name if len(report.assignments) < 2 else f"{exercise.assignment}/{exercise.name}"


def _exercise(report: GradeReport, exercise: ExerciseReport, width: int, command: str) -> Iterator[Line]:
    label = name(report, exercise)
    told = Told()
    groups = story.by_cause(exercise)
    for index, (check, alike) in enumerate(groups):
        again = _again(report, exercise, command) if index + 1 == len(groups) else None
        yield from _check(label, check, told, width, again)
        if alike:
            titles = ", ".join(map(story.title, alike))
            text = f"{label} · {len(alike)} more for the same reason · {story.points_of(alike)}: {titles}"
            yield from _wrapped("✗ ", text, width, "red")
    for reason, checks in story.skipped(exercise).items():
        text = f"{label} · {plural(len(checks), 'check')} skipped · {story.points_of(checks)}"
        yield from _wrapped("- ", f"{text}: {one_line(reason)}".rstrip(": "), width, "dim")
    rest = [check for check in exercise.checks if check.verdict not in (*FAILING, "skipped")]
    for verdict in ("not_attempted", "passed"):
        yield from _counted(label, [check for check in rest if check.verdict == verdict], width)
    yield Line("")


def _counted(label: str, checks: Sequence[CheckReport], width: int) -> Iterator[Line]:
    if not checks:
        return
    passed = checks[0].verdict == "passed"
    sign, style = ("✓ ", "green") if passed else ("- ", "dim")
    words = f"{plural(len(checks), 'check')} {story.VERDICT_WORDS[checks[0].verdict]}"
    yield from _wrapped(sign, f"{label} · {words} · {story.points_of(checks)}", width, style)


def _check(label: str, check: CheckReport, told: Told, width: int, again: str | None) -> Iterator[Line]:
    words = "" if check.verdict == "failed" else f"{story.VERDICT_WORDS[check.verdict]} · "
    yield from _wrapped(
        "✗ ", f"{label} · {story.title(check)} · {words}{story.points(check)}", width, "bold red"
    )
    facts = story.facts(check, told, Limits(width=width - 2))
    if again:
        facts.append(Fact("again", (again,)))
    for fact in facts:
        for line in lines_of([fact]):
            marks = bool(line.strip()) and not line.strip("^ ")
            yield Line(f"  {line}", "red" if marks else _STYLES.get(fact.label, ""))


def _again(report: GradeReport, exercise: ExerciseReport, command: str) -> str:
    seed = f" --seed {report.seed}" if report.seed else ""
    return f"{command} {exercise.assignment} --only {exercise.name}{seed}"


_ABSENT = {"missing": "Missing", "not_attempted": "Not attempted"}


def _not_run(report: GradeReport, width: int) -> Iterator[Line]:
    whole = _untouched(report)
    groups: dict[tuple[str, str], list[ExerciseReport]] = {}
    for exercise in report.exercises:
        if exercise.assignment in whole:
            continue
        if exercise.status in _ABSENT or story.unloadable(exercise):
            why = one_line(exercise.problem or "", 600)
            if exercise.status == "missing" and f"does not define {exercise.name}." in why:
                why = ""
            groups.setdefault((_ABSENT.get(exercise.status, "Not run"), why), []).append(exercise)
    for (word, why), exercises in groups.items():
        reason = f" ({why.rstrip('.')})" if why else ""
        names = ", ".join(name(report, exercise) for exercise in exercises)
        if word != "Not run":
            yield from _wrapped("- ", f"{word}{reason}: {names}", width, "yellow")
            continue
        yield from _wrapped("✗ ", f"{word}{reason}: {names}", width, "red")
        for line in lines_of(list(story.not_loaded(exercises[0], Limits(width=width - 2)))):
            yield Line(f"  {line}")
    for word in _ABSENT.values():
        untouched = [assignment for assignment, status in whole.items() if status == word]
        if untouched:
            text = ", ".join(f"{one}{_file_missing(report, one)}" for one in untouched)
            yield from _wrapped("- ", f"{word}, all of it: {text}", width, "yellow")
    if groups or whole:
        yield Line("")


def _file_missing(report: GradeReport, assignment: str) -> str:
    """Why all exercises of an assignment are missing, where there is one reason."""
    problems = {exercise.problem for exercise in report.exercises if exercise.assignment == assignment}
    why = problems.pop() if len(problems) == 1 else None
    return f" ({one_line(why, 600).rstrip('.')})" if why else ""


def _untouched(report: GradeReport) -> dict[str, str]:
    """Of several assignments those of which nothing is written, or nothing there: one word says it of all."""
    found: dict[str, set[str]] = {}
    for exercise in report.exercises:
        found.setdefault(exercise.assignment, set()).add(exercise.status)
    if len(found) < 2:
        return {}
    return {
        assignment: _ABSENT[next(iter(states))]
        for assignment, states in found.items()
        if len(states) == 1 and states <= set(_ABSENT)
    }


def _notes(report: GradeReport, width: int) -> Iterator[Line]:
    for note in story.notes(report):
        yield from _wrapped("Note: ", one_line(note, 600), width, "yellow")
    if report.isolation.level != "A":
        missing = "; ".join(f"{name}: {why}" for name, why in sorted(report.isolation.missing.items()))
        text = f"isolation level {report.isolation.level}" + (f" (missing {missing})" if missing else "")
        yield from _wrapped("Practice result: ", one_line(text, 600), width, "dim")


def _wrapped(sign: str, text: str, width: int, style: str) -> Iterator[Line]:
    first, *more = wrap(sign + text, width - 2)
    yield Line(first, style)
    for line in more:
        yield Line(f"  {line}", style)
