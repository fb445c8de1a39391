"""JUnit, Gradescope, GitHub and the schema: what programs read."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from decimal import Decimal

import jsonschema
import pytest

from grader.model import to_json
from grader.report.github import fenced, inline, to_annotations, to_summary
from grader.report.gradescope import gradescope
from grader.report.junit import junit
from grader.report.schema import SCHEMA_FILE, schema_text
from tests.report import samples
from tests.report.checking import assert_valid
from tests.report.runner import command_in
from tests.report.samples import HOSTILE, KINDS
from tests.report.snapshots import assert_snapshot

SNAPSHOTS = ["wrong", "trouble", "not_run", "hidden", "ungradable"]

# --- JUnit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SNAPSHOTS)
def test_junit_is_as_in_its_snapshot(kind: str):
    assert_snapshot(f"junit/{kind}.xml", junit(KINDS[kind]).decode())


@pytest.mark.parametrize("kind", KINDS)
def test_junit_counts_what_it_holds(kind: str):
    root = ET.fromstring(junit(KINDS[kind]))
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name, "0")) == sum(case.find(tag) is not None for case in cases)
    checks = sum(len(exercise.checks) for exercise in KINDS[kind].exercises)
    assert len(root.findall(".//testcase")) == (checks or 1)


def test_junit_keeps_hostile_text_as_text():
    root = ET.fromstring(junit(KINDS["hostile"]))
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out")
    }
    assert "<script>alert(1)</script>" in "".join(root.itertext())


# --- Gradescope -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SNAPSHOTS)
def test_gradescope_is_as_in_its_snapshot(kind: str):
    assert_snapshot(f"gradescope/{kind}.json", gradescope(KINDS[kind]).decode())


@pytest.mark.parametrize("kind", KINDS)
def test_gradescope_tests_add_up_to_the_score(kind: str):
    results = json.loads(gradescope(KINDS[kind]), parse_float=Decimal)
    assert (
        sum(test["score"] for test in results["tests"])
        == Decimal(KINDS[kind].score or "0")
        == results["score"]
    )
    if kind != "ungradable":
        assert sum(test["max_score"] for test in results["tests"]) == Decimal(KINDS[kind].max_score)
    assert {test["visibility"] for test in results["tests"]} <= {
        *("visible", "hidden", "after_due_date", "after_published")
    }


def test_gradescope_gets_what_is_shown_later_and_never_what_is_hidden():
    tests = json.loads(gradescope(KINDS["hidden"]))["tests"]
    later = next(test for test in tests if test["visibility"] == "after_due_date")
    hidden = next(test for test in tests if test["visibility"] == "hidden")
    assert "secret(x=[42.])" in later["output"]
    assert "LATER" in later["output"]
    assert hidden["output"].count("\n") == 1
    assert "is not shown" in hidden["output"]


def test_gradescope_tells_a_cause_again_to_those_who_see_only_other_checks():
    found = samples.example("f()", 1, 2, "expected 1, got 2")
    later = samples.check(
        "a", "failed", visibility="after_due_date", counterexample=found, diagnosis=[samples.THE_COLUMNS]
    )
    now = samples.check("b", "failed", counterexample=found, diagnosis=[samples.THE_COLUMNS])
    tests = json.loads(gradescope(samples.report(samples.exercise("f", later, now))))["tests"]
    assert all("Averages over dim 0" in test["output"] for test in tests)


def test_gradescope_marks_ungradable_for_staff():
    results = json.loads(gradescope(KINDS["ungradable"]))
    assert results["score"] == 0
    assert results["extra_data"]["ungradable"] is True
    assert "not UTF-8" in results["output"]


# --- GitHub -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*SNAPSHOTS, "hostile"])
def test_annotations_are_as_in_their_snapshot(kind: str):
    assert_snapshot(f"github/{kind}.txt", to_annotations(KINDS[kind], folder="hand in"))


@pytest.mark.parametrize("kind", [*SNAPSHOTS, "practice"])
def test_summary_is_as_in_its_snapshot(kind: str):
    assert_snapshot(f"github/{kind}.md", to_summary(KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_the_annotations_is_an_error_of_ours(kind: str):
    lines = to_annotations(KINDS[kind]).splitlines()
    assert [command_in(line) for line in lines] == ["error"] * len(lines)


def test_properties_of_an_annotation_cannot_be_left():
    for line in to_annotations(KINDS["hostile"]).splitlines():
        properties = line.removeprefix("::error ").partition("::")[0]
        assert {pair.partition("=")[0] for pair in properties.split(",")} <= {"file", "line", "title"}


def test_annotation_stands_at_the_line_of_the_error():
    assert "::error file=adaline.py,line=41,title=mse_loss" in to_annotations(KINDS["trouble"])
    assert "::error file=autograd.py,line=3::" in to_annotations(KINDS["not_run"])
    assert "::error file=hand in/tensors.py,line=12," in to_annotations(KINDS["wrong"], folder="hand in/")


def test_line_that_a_submission_prints_is_no_place():
    check = samples.check("c", "error", traceback="/etc/passwd.py, line 1, in f\nEvil: other.py, line 9")
    report = samples.report(samples.exercise("f", check))
    assert to_annotations(report).startswith("::error file=tensors.py,title=")


def test_summary_holds_no_workflow_command_nor_leaves_its_fence():
    text = to_summary(KINDS["hostile"])
    outside = []
    fence = ""
    for line in text.splitlines():
        if not fence and line.startswith("```"):
            fence = line.removesuffix("text")
        elif fence and line.startswith(fence):
            fence = ""
        elif not fence:
            outside.append(line)
    assert fence == ""
    assert not any(sign in line for line in outside for sign in ("<", "`", "![", "@", "](", "::", "http:"))
    assert HOSTILE.count("```") == 1  # the partner: the text tries to leave


def test_fence_is_longer_than_any_in_the_text():
    assert fenced("a\n`````\nb").splitlines()[0] == "``````text"


def test_inline_text_is_shown_as_it_is():
    assert inline("a_b: 1 < 2") == "a_b&#58; 1 &#60; 2"
    assert (
        inline("__init__ **x** www.x.org @you")
        == "&#95;&#95;init&#95;&#95; &#42;&#42;x&#42;&#42; www&#46;x.org &#64;you"
    )


def test_summary_of_a_huge_report_keeps_to_the_limit():
    output = "x" * 200 + "\n"
    checks = [
        samples.check(f"c{i}", "failed", output=f"{i}\n" + output * 3, explanation="y" * 600)
        for i in range(1500)
    ]
    text = to_summary(samples.report(samples.exercise("f", *checks)))
    assert len(text.encode()) < 2**20
    assert text.endswith("There is no room here for the rest.\n")


@pytest.mark.parametrize("word", ["42", "LATER", "dim 0"])
@pytest.mark.parametrize("write", [to_annotations, to_summary, lambda report: junit(report).decode()])
def test_what_may_not_be_seen_yet_is_not_written(write, word: str):
    assert word not in write(KINDS["hidden"]).replace("#42", "")


# --- schema -----------------------------------------------------------------------------------------------


def test_schema_file_is_current():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run python -m grader.report.schema"


def _changed(**fields: object) -> bytes:
    data = json.loads(to_json(KINDS["wrong"]))
    for path, value in fields.items():
        target = data
        *way, last = path.split("__")
        for key in way:
            target = target[int(key) if key.isdigit() else key]
        target[last] = value
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("score", "1.5e3"),
        ("score", 1.5),
        ("score", None),
        ("max_score", "-1"),
        ("format_version", 2),
        ("status", "ungradable"),
        ("problem", "graded, but a problem"),
        ("submission__digest", "md5:0"),
        ("isolation__level", "D"),
        ("exercises__1__status", "fine"),
        ("exercises__1__checks__0__id", "averages"),
        ("exercises__1__checks__0__verdict", "ok"),
        ("exercises__1__checks__0__points", "0.5"),
        ("exercises__1__checks__0__visibility", "hidden"),
        ("exercises__1__checks__0__visibility", "secret"),
        ("exercises__1__checks__0__verdict", "passed"),
        ("exercises__1__checks__0__counterexample__inputs", []),
        ("exercises__1__checks__0__counterexample__call", None),
    ],
)
def test_schema_refuses_what_is_no_report(path: str, value: object):
    assert_valid(_changed())
    with pytest.raises(AssertionError, match=r"\$"):
        assert_valid(_changed(**{path: value}))


def test_schema_describes_tensors_as_they_are_written():
    schema = json.loads(schema_text())
    tensor = {"$ref": "#/$defs/Tensor", "$defs": schema["$defs"]}
    jsonschema.validate(samples.tensor([[1.0, "nan"]]), tensor)
    jsonschema.validate(samples.big(64, 128), tensor)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"dtype": "float32", "shape": [1]}, tensor)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(samples.tensor(["NaN"]), tensor)
