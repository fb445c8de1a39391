"""The class page: one HTML file that opens offline, beside a page for each student."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.batch.charts import bars, lying_bars
from grader.batch.class_summary import ClassSummary
from grader.batch.gradebook import Gradebook, Row
from grader.engine.assemble import decimal_text
from grader.model import GradeReport
from grader.report.text import clean

STUDENTS = "students"
_FOLDER = Path(__file__).parent
_SHOWN_MISCONCEPTIONS = 20


@dataclass(frozen=True)
class Charts:
    """The page's images."""

    scores: Markup
    exercises: Markup | None
    misconceptions: Markup | None


def summarise(gradebook: Gradebook) -> ClassSummary:
    """The figures of a run."""
    summary = ClassSummary()
    for row, (_, report, _) in zip(gradebook.rows(), gradebook.reports(), strict=True):
        summary.add(row, report)
    return summary


def class_page(gradebook: Gradebook, summary: ClassSummary) -> str:
    """The page of the class."""
    style = (_FOLDER / "class.css").read_text("utf-8")
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        ),
    )
    environment.filters |= {
        "points": decimal_text,
        "page": page_address,
        "percent": lambda part: f"{100 * part:.0f} %",
    }
    return environment.get_template("class.html.jinja").render(
        summary=summary,
        charts=_charts(summary),
        run=gradebook.run,
        made=gradebook.adjustments,
        shown_name=gradebook.pseudonyms.name if gradebook.pseudonyms else str,
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _charts(summary: ClassSummary) -> Charts:
    tenths = [f"{10 * n}–{10 * (n + 1)} %" for n in range(10)]
    exercises = list(summary.exercises.values())
    held = summary.by_holders()[:_SHOWN_MISCONCEPTIONS]
    return Charts(
        scores=bars("Submissions by final score", tenths, summary.distribution(), what="submissions"),
        exercises=lying_bars(
            "Mean points, in percent of the exercise's",
            [one.name for one in exercises],
            [round(100 * one.mean / float(one.max_score)) if one.max_score else 0 for one in exercises],
            what="percent",
            most=100,
        )
        if exercises
        else None,
        misconceptions=lying_bars(
            "Misconceptions by how many hold them",
            [f"{one.exercise.partition('/')[2]}: {one.name.replace('_', ' ')}" for one in held],
            [one.holders for one in held],
            what="submissions",
        )
        if held
        else None,
    )


def page_address(name: str) -> str:
    """The address of a student's page, from the class page."""
    return f"{STUDENTS}/{quote(name)}.html"


def student_pages(gradebook: Gradebook) -> Iterator[tuple[str, str]]:
    """Each student's page, by the submission's name; what staff adjusted stands among its notes."""
    from grader.report.html import to_html

    for row, (_, report, _) in zip(gradebook.rows(), gradebook.reports(), strict=True):
        if report is not None:
            yield row.person.name, to_html(_with_adjustments(report, row))


def _with_adjustments(report: GradeReport, row: Row) -> GradeReport:
    if not row.adjustments or row.final is None:
        return report
    told = [f"Adjusted by the course staff: {sentence}." for sentence in row.adjustments]
    told.append(f"That makes {decimal_text(row.final)} of {decimal_text(row.max_final)} points.")
    return msgspec.structs.replace(report, notes=[*told, *report.notes])
