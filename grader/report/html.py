"""A grade report as one HTML file that opens offline: no scripts, nothing fetched, every text escaped.

Its content security policy allows nothing but its own style sheet, named by a hash: a text that got through
as markup could load, send and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report import story, values
from grader.report.counterexample import call_lines
from grader.report.facts import Fact, Limits
from grader.report.figures import drawings
from grader.report.grids import Grid, grids
from grader.report.text import clean, one_line, plural

_FOLDER = Path(__file__).parent
_LIMITS = Limits(width=300, parts=6, trace=40, printed=15)
_CALL_WIDTH = 72
_TOLD_APART = ("", "expected", "got", "asked")
_FOR_ALL_ALIKE = ("because", "hint", "reason", "means", "printed")
_AS_IT_STANDS = ("trace", "printed")
_LABELS = {
    "where": "Inputs",
    "when": "Which cases",
    "differs": "Difference",
    "pattern": "Pattern",
    "because": "What your code does",
    "hint": "Hint",
    "reason": "Reason",
    "means": "What it means",
    "trace": "Where it was raised",
    "printed": "What you printed",
    "devices": "Devices",
    "note": "Note",
}
_STATUS = {
    "full": "full marks",
    "partial": "partly right",
    "none": "not right yet",
    "not_attempted": "not attempted",
    "missing": "missing",
}


@dataclass(frozen=True)
class Told:
    """A labelled paragraph, or lines that stay as they are."""

    label: str
    text: str
    verbatim: bool


@dataclass(frozen=True)
class Comparison:
    """The grids of one part of an answer."""

    label: str
    grids: list[Grid]


@dataclass(frozen=True)
class CheckView:
    """A failing check as the page shows it; `alike` are others with the same root cause."""

    title: str
    verdict: str
    points: str
    asked: str
    call: str
    comparisons: list[Comparison]
    facts: list[Told]
    alike: list[CheckView]


@dataclass(frozen=True)
class ExerciseView:
    """An exercise as the page shows it."""

    anchor: str
    name: str
    status: str
    state: str
    points: str
    problem: str
    trouble: list[Told]
    checks: list[CheckView]
    others: list[tuple[str, str, str]]
    others_summary: str
    again: str


def to_html(report: GradeReport, *, command: str = "./grade.sh") -> str:
    """The page.

    Args:
        report: Any report.
        command: How the grader is started, for the line that says how to look again.
    """
    style = _style()
    sections: dict[str, list[ExerciseView]] = {}
    loaded_by: dict[str, str] = {}
    for index, exercise in enumerate(report.exercises):
        view = _told_once(_exercise(report, exercise, f"exercise-{index + 1}", command), loaded_by)
        sections.setdefault(exercise.assignment, []).append(view)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            style=Markup(style),
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            sections=sections,
            drawings=drawings(report.figures),
            practice=report.isolation.level != "A",
            notes=story.notes(report),
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )


def _safe(value: Any) -> Any:
    """What a template prints: text without control characters; autoescape does the rest."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _style() -> str:
    return (_FOLDER / "report.css").read_text(encoding="utf-8")


def _exercise(report: GradeReport, exercise: ExerciseReport, anchor: str, command: str) -> ExerciseView:
    shown = [] if story.unloadable(exercise) else story.by_cause(exercise)
    others = [check for check in exercise.checks if check.verdict not in story.FAILING]
    seed = f" --seed {report.seed}" if report.seed else ""
    state = "not run" if story.unloadable(exercise) else _STATUS[exercise.status]
    return ExerciseView(
        anchor=anchor,
        name=one_line(exercise.name),
        status=exercise.status,
        state=state,
        points=story.points(exercise),
        problem=one_line(exercise.problem or "", 1000),
        trouble=[_told(fact) for fact in story.not_loaded(exercise, _LIMITS)]
        if story.unloadable(exercise)
        else [],
        checks=[_check(check, alike) for check, alike in shown],
        others=[(story.title(check), story.VERDICT_WORDS[check.verdict], _why(check)) for check in others],
        others_summary=_counts(others),
        again=f"{command} {exercise.assignment} --only {exercise.name}{seed}" if shown else "",
    )


def _told_once(view: ExerciseView, told: dict[str, str]) -> ExerciseView:
    """The exercise; where its file could not be run, the reason stands with the first of the file's exercises."""
    if view.state != "not run":
        return view
    first = told.setdefault(view.problem, view.name)
    if first == view.name:
        return view
    return replace(view, problem=f"For the same reason as {first}.", trouble=[])


def _why(check: CheckReport) -> str:
    reason = one_line(check.reason or "", 600) if story.is_shown(check) else ""
    return f"{story.points(check)}{': ' if reason else ''}{reason}"


def _counts(checks: Sequence[CheckReport]) -> str:
    verdicts = [check.verdict for check in checks]
    words = [(verdict, verdicts.count(verdict)) for verdict in dict.fromkeys(verdicts)]
    return ", ".join(f"{plural(count, 'check')} {story.VERDICT_WORDS[verdict]}" for verdict, count in words)


def _check(check: CheckReport, alike: Sequence[CheckReport] = (), *, first: bool = True) -> CheckView:
    found = check.counterexample if story.is_shown(check) else None
    told = [fact for fact in story.facts(check, limits=_LIMITS) if fact.label not in _TOLD_APART]
    return CheckView(
        title=story.title(check),
        verdict=story.VERDICT_WORDS[check.verdict],
        points=story.points(check),
        asked=one_line(check.explanation, 1000) if story.is_shown(check) else "",
        call="\n".join(call_lines(found.call, _CALL_WIDTH)) if found else "",
        comparisons=list(_comparisons(found.expected, found.observed)) if found else [],
        facts=[_told(fact) for fact in told if first or fact.label not in _FOR_ALL_ALIKE],
        alike=[_check(other, first=False) for other in alike],
    )


def _comparisons(expected: Any, observed: Any) -> Iterator[Comparison]:
    parts = values.parts(expected, observed)
    shown = [part for part in parts if part.differs] or parts
    for part in shown[: _LIMITS.parts]:
        yield Comparison(part.label, grids(part))


def _told(fact: Fact) -> Told:
    verbatim = fact.label in _AS_IT_STANDS
    lines = [line.removeprefix("| ") for line in fact.lines] if fact.label == "printed" else fact.lines
    return Told(_LABELS[fact.label], ("\n" if verbatim else " ").join(lines), verbatim)
