"""A grade report for a CI run on GitHub: annotations on the student's lines, and a summary in Markdown.

Source: GitHub's documentation, "Workflow commands" (how their data is escaped; a step summary holds 1 MiB).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report import story
from grader.report.facts import Limits, lines_of
from grader.report.story import Told
from grader.report.text import clean, one_line, plural, shorten

MAX_SUMMARY_BYTES = 900_000
_ANNOTATION = Limits(width=100, parts=2, trace=8, printed=0)
_DETAIL = Limits(width=100, parts=6, trace=20, printed=10)
# What starts code, emphasis, a link, HTML, a cell, a mention, a formula or (`www.`, `:`) a link by itself.
_SIGNS = re.compile(r"[\\`*\[\]<>#|&~@:$]|\b_+|_+\b|(?<=www)\.", re.IGNORECASE)
_PLACE = re.compile(r"([^\s,:/\\]+\.(?:py|ipynb)), line (\d+)")


# --- annotations ------------------------------------------------------------------------------------------


def to_annotations(report: GradeReport, *, folder: str = "") -> str:
    """Workflow commands, one a line, for each root cause of what fails.

    Args:
        report: Any report.
        folder: Where the submission lies in the repository, to be put before its file names.
    """
    lines = []
    if report.status == "ungradable":
        lines.append(_command("error", {"title": "cannot be graded"}, one_line(report.problem or "", 1000)))
    for problem, exercise in _problems(report).items():
        lines.append(_command("error", _place(report, exercise, None, folder), problem))
    for exercise in report.exercises:
        if not story.unloadable(exercise):
            lines += _annotated(report, exercise, folder)
    return "".join(f"{line}\n" for line in lines)


def _problems(report: GradeReport) -> dict[str, ExerciseReport]:
    """Why files could not be run, each with the first of its exercises."""
    found: dict[str, ExerciseReport] = {}
    for exercise in report.exercises:
        if story.unloadable(exercise):
            found.setdefault(one_line(exercise.problem or "", 1000), exercise)
    return found


def _annotated(report: GradeReport, exercise: ExerciseReport, folder: str) -> Iterator[str]:
    told = Told()
    for check in story.failing(exercise):
        if not story.is_shown(check) or (story.cause(check) in told.causes):
            continue
        title = f"{exercise.name}: {story.title(check)} ({story.points(check)})"
        text = "\n".join(lines_of(story.facts(check, told, _ANNOTATION)))
        yield _command("error", {**_place(report, exercise, check, folder), "title": title}, text)


def _place(
    report: GradeReport, exercise: ExerciseReport, check: CheckReport | None, folder: str
) -> dict[str, str]:
    """The file and the line that an annotation belongs to, as far as the report knows them."""
    file, line = (check.file, check.line) if check else (None, None)
    texts = [check.traceback, check.reason] if check else [exercise.problem]
    for text in filter(None, texts):
        for name, number in _PLACE.findall(text):
            if file is None and name in report.submission.files:
                file, line = name, int(number)
    if file is None:
        file = next(
            (name for name in report.submission.files if name.startswith(f"{exercise.assignment}.")), None
        )
    if file is None:
        return {}
    path = f"{folder.rstrip('/')}/{file}" if folder else file
    return {"file": path, "line": str(line)} if line else {"file": path}


def _command(name: str, properties: dict[str, str], data: str) -> str:
    told = ",".join(f"{key}={_escaped_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_escaped(clean(data))}" if told else f"::{name}::{_escaped(clean(data))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(one_line(text, 300)).replace(":", "%3A").replace(",", "%2C")


# --- the summary ------------------------------------------------------------------------------------------


def to_summary(report: GradeReport) -> str:
    """The report in Markdown: score, table of the exercises, and what fails in detail while there is room."""
    if report.status == "ungradable":
        return f"## No score\n\nThis submission cannot be graded: {inline(report.problem or '')}\n"
    text = f"## {report.score} of {report.max_score} points\n\n"
    text += "".join(f"> Note: {inline(note)}\n\n" for note in story.notes(report))
    if report.isolation.level != "A":
        text += f"> Practice result: isolation level {inline(report.isolation.level)}.\n\n"
    text += _table(report)
    for section in _sections(report):
        if len((text + section).encode()) > MAX_SUMMARY_BYTES:
            return text + "\nThere is no room here for the rest.\n"
        text += section
    return text


def _table(report: GradeReport) -> str:
    rows = ["| exercise | points | |", "|---|--:|---|"]
    for exercise in report.exercises:
        points = f"{exercise.score} of {exercise.max_score}"
        rows.append(f"| {inline(exercise.name)} | {points} | {inline(_state(exercise))} |")
    return "\n".join(rows) + "\n"


def _state(exercise: ExerciseReport) -> str:
    words = {"full": "full marks", "not_attempted": "not attempted", "missing": "missing"}
    if exercise.status in words or story.unloadable(exercise):
        why = f": {exercise.problem}" if exercise.problem else ""
        return f"{words.get(exercise.status, 'not run')}{why}"
    skipped = sum(check.verdict == "skipped" for check in exercise.checks)
    failing = len(story.failing(exercise))
    counts = ((failing, "not passed"), (skipped, "skipped"))
    return ", ".join(f"{plural(count, 'check')} {state}" for count, state in counts if count)


def _sections(report: GradeReport) -> Iterator[str]:
    for exercise in report.exercises:
        told = Told()
        for check in [] if story.unloadable(exercise) else story.failing(exercise):
            heading = f"{exercise.name} · {story.title(check)} · {story.points(check)}"
            body = "\n".join(lines_of(story.facts(check, told, _DETAIL)))
            yield f"\n### {inline(heading)}\n\n{fenced(body)}"


def inline(text: str) -> str:
    """Text that Markdown shows as it is, in a line: punctuation is written as character references."""
    return _SIGNS.sub(lambda found: "".join(f"&#{ord(c)};" for c in found[0]), one_line(text, 1000))


def fenced(text: str) -> str:
    """Text as a code block, within a fence that does not occur in it."""
    text = clean(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shorten(text, 20_000)}\n{fence}\n"
