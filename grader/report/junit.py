"""A grade report as JUnit XML: a suite for each assignment, a test case for each check."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from itertools import groupby

from grader.model import CheckReport, ExerciseReport, GradeReport
from grader.report import story
from grader.report.facts import Limits, lines_of
from grader.report.story import Told
from grader.report.text import clean, one_line

_LIMITS = Limits(width=100, parts=6, trace=40, printed=0)
_MAX_OUTPUT = 10_000
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: GradeReport) -> bytes:
    """The report as XML in UTF-8.

    A failed check is a `failure`; an error, a timeout and a crash are an `error`; what was skipped or not
    attempted is `skipped`. An ungradable submission is one test case with an `error`.
    """
    suites = ET.Element("testsuites", name="grader")
    for assignment, exercises in groupby(report.exercises, key=lambda exercise: exercise.assignment):
        suites.append(_suite(assignment, list(exercises)))
    if report.status == "ungradable":
        suite = ET.SubElement(
            suites, "testsuite", name="submission", tests="1", failures="0", errors="1", skipped="0"
        )
        case = ET.SubElement(suite, "testcase", classname="submission", name="can be graded")
        ET.SubElement(case, "error", type="ungradable", message=_xml(one_line(report.problem or "")))
    ET.indent(suites)
    text: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(assignment: str, exercises: list[ExerciseReport]) -> ET.Element:
    suite = ET.Element("testsuite", name=_xml(assignment))
    cases = [case for exercise in exercises for case in _cases(exercise)]
    suite.extend(cases)
    seconds = sum(check.duration_s for exercise in exercises for check in exercise.checks)
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(cases)))
    for name, tag in counts.items():
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")
    return suite


def _cases(exercise: ExerciseReport) -> Iterable[ET.Element]:
    told = Told()
    for check in exercise.checks:
        case = ET.Element(
            "testcase",
            classname=_xml(f"{exercise.assignment}.{exercise.name}"),
            name=_xml(story.title(check)),
            time=f"{check.duration_s:.3f}",
        )
        _add_verdict(case, exercise, check, told)
        if story.is_shown(check) and check.output.strip():
            ET.SubElement(case, "system-out").text = _xml(clean(check.output)[:_MAX_OUTPUT])
        yield case


def _add_verdict(case: ET.Element, exercise: ExerciseReport, check: CheckReport, told: Told) -> None:
    message = f"{story.VERDICT_WORDS[check.verdict]}, {story.points(check)}"
    if check.verdict in story.FAILING:
        tag = "failure" if check.verdict == "failed" else "error"
        element = ET.SubElement(case, tag, type=check.verdict, message=_xml(message))
        element.text = _xml("\n".join(lines_of(story.facts(check, told, _LIMITS))))
    elif check.verdict != "passed":
        reason = check.reason if story.is_shown(check) else None
        why = one_line(reason or exercise.problem or "")
        ET.SubElement(case, "skipped", message=_xml(f"{message}: {why}".rstrip(": ")))


def _xml(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
