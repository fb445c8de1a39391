"""A real submission through every writer: what the engine puts into a report is what they expect there."""

from __future__ import annotations

import json
import sys
import types
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from grader.engine.show import as_json
from grader.model import GradeReport, from_json, to_json
from grader.report import story, values
from grader.report.explain import explain
from grader.report.github import to_annotations, to_summary
from grader.report.gradescope import gradescope
from grader.report.html import to_html
from grader.report.junit import junit
from grader.report.script import script
from grader.values import observe
from tests.report.checking import assert_valid
from tests.report.pages import Page
from tests.report.runner import command_in
from tests.report.test_html import assert_harmless
from tests.report.test_terminal import printed

PROJECT = Path(__file__).parents[2]

# One mistake of each kind: wrong shape, an exception, a process that ends; most exercises are not there.
TENSORS = """
import os

def row_average(x):
    print("shape", x.shape)
    return x.mean(0)

def pairwise_sum(a, b):
    return a.missing + b

def grand_total(x):
    os._exit(3)
"""


@pytest.fixture
def report(grade_text) -> GradeReport:
    """What a careless submission gets."""
    return grade_text("tensors", TENSORS)


def test_real_report_goes_through_every_writer(report: GradeReport):
    assert_valid(report)
    assert from_json(to_json(report)) == report
    assert_harmless(Page(to_html(report)))
    assert ET.fromstring(junit(report)).tag == "testsuites"
    assert json.loads(gradescope(report))["tests"]
    assert {command_in(line) for line in to_annotations(report).splitlines()} == {"error"}
    assert to_summary(report).startswith("## ")
    text = printed(report)
    for words in (
        "row_average",
        "its process died",
        "stopped by an error",
        "| shape torch.Size",
        "Missing: ",
    ):
        assert words in text
    for exercise in report.exercises:
        for check in exercise.checks:
            assert explain(report, check.id).startswith(f"{check.id}: ")


def test_scripts_give_again_what_the_submission_answered(grade_text, monkeypatch: pytest.MonkeyPatch):
    text = (PROJECT / "examples" / "common_mistakes" / "adaline.py").read_text("utf-8")
    report = grade_text("adaline", text)
    module = types.ModuleType("adaline")
    exec(compile(text, "adaline.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "adaline", module)
    repeated = []
    for check in (check for exercise in report.exercises for check in story.failing(exercise)):
        source = script(check)
        if source is None or check.counterexample is None or values.is_raised(check.counterexample.observed):
            continue
        names: dict[str, object] = {}
        exec(source.replace("\nprint(", "\nanswer = ("), names)
        assert as_json(observe(names["answer"])) == check.counterexample.observed, check.id
        repeated.append(check.id)
    assert len(repeated) >= 5
