"""Grading inside plain pytest, and grading from within a repository that wants to have a say in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from grader.engine.catalog import PROJECT, Course

CAREFUL = PROJECT / "examples" / "careful"
MISTAKEN = PROJECT / "examples" / "common_mistakes"
FAILED = 1  # pytest's exit code where a test fails


def environment(**more: str) -> dict[str, str]:
    ours = (
        "PYTEST_ADDOPTS",
        "PYTEST_PLUGINS",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
        "GRADER_SEED",
        "CI",
        "GITHUB_ACTIONS",
    )
    return {name: value for name, value in os.environ.items() if name not in ours} | more


def plain_pytest(*arguments: str | Path) -> tuple[int, str]:
    """`pytest assignments/adaline …`, as somebody types it in the project's folder."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "assignments/adaline",
        "-p",
        "no:cacheprovider",
        *map(str, arguments),
    ]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout + done.stderr


def checks_of(course: Course, exercise: str) -> int:
    return next(len(one.checks) for one in course.assignment.exercises if one.name == exercise)


# --- plain pytest -------------------------------------------------------------------------------------------


def test_checks_are_tests_and_their_words_are_the_failures(courses: dict[str, Course]) -> None:
    code, said = plain_pytest("--submission", MISTAKEN, "-k", "mse_loss or predict_labels", "--cases", "10")
    assert code == FAILED
    count = checks_of(courses["adaline"], "mse_loss") + checks_of(courses["adaline"], "predict_labels")
    deselected = len(courses["adaline"].assignment.checks) - count
    assert f"2 failed, {count - 2} passed, {deselected} deselected" in said
    assert "adaline/mse_loss/refuses_shapes_that_differ: failed" in said
    assert "hint: What is (3, 1) minus (3,)?" in said
    assert "Traceback" not in said


def test_the_first_failure_ends_it_with_x(tmp_path: Path) -> None:
    code, said = plain_pytest(
        "--submission", MISTAKEN, "-x", "-k", "mse_loss", "--cases", "5", "--junitxml", tmp_path / "junit.xml"
    )
    assert code == FAILED
    assert "stopping after 1 failures" in said
    suite = ET.parse(tmp_path / "junit.xml").getroot()[0]
    assert suite.attrib["failures"] == "1"
    failing = [case.attrib["name"] for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failing == ["refuses_shapes_that_differ"]


def test_two_processes_keep_an_exercise_together_and_report_everything(
    courses: dict[str, Course], tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    report_options = ("--json-report", "--json-report-file", str(file))
    code, said = plain_pytest("--submission", CAREFUL, "-n", "2", "--cases", "5", "-v", *report_options)
    assert code == 0, said
    report = json.loads(file.read_text())
    parts = [test["metadata"]["grader"] for test in report["tests"]]
    known = [check.id for check in courses["adaline"].assignment.checks]
    assert sorted(part["check"]["id"] for part in parts) == sorted(known)
    assert {part["check"]["verdict"] for part in parts} == {"passed"}
    assert {part["exercise"]["assignment"] for part in parts} == {"adaline"}
    processes: dict[str, set[str]] = {}
    for line in said.splitlines():
        if line.startswith("[gw") and "PASSED" in line:
            processes.setdefault(line.split("::")[1], set()).add(line[1:4])
    assert len(processes) == len(courses["adaline"].assignment.exercises)
    assert {len(one) for one in processes.values()} == {1}
    assert len(set.union(*processes.values())) == 2


def test_an_unknown_submission_is_one_sentence() -> None:
    code, said = plain_pytest("--submission", "nowhere")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "nowhere: no such file or folder" in said
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said


def test_without_a_submission_nothing_is_collected() -> None:
    assert plain_pytest()[0] == pytest.ExitCode.NO_TESTS_COLLECTED


# --- a repository that wants to have a say ------------------------------------------------------------------

BOAST = "print('I was run', flush=True)\nimport os\nopen('i_was_run', 'a').write(__file__ + '\\n')\n"
CONFTEST = (
    BOAST
    + """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
)
MODULES = (
    "torch",
    "numpy",
    "grader",
    "pytest",
    "hypothesis",
    "msgspec",
    "typer",
    "rich",
    "sitecustomize",
    "usercustomize",
    "json",
)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A repository with the common mistakes and everything that could turn them into full marks."""
    (tmp_path / "adaline.py").write_bytes((MISTAKEN / "adaline.py").read_bytes())
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --collect-only -p conftest\npython_files = *.py\n"
    )
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-k nothing'\n")
    (tmp_path / "tox.ini").write_text("[pytest]\naddopts = --co\n")
    (tmp_path / "setup.cfg").write_text("[tool:pytest]\naddopts = --co\n")
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(BOAST)
    (tmp_path / "assignments").mkdir()
    (tmp_path / "assignments" / "order.txt").write_text("nothing\n")
    return tmp_path


OUTCOME = ("1.25", {"adaline/mse_loss/refuses_shapes_that_differ"})


def outcome_in(folder: Path, command: list[str], **more: str) -> tuple[int, str, set[str]]:
    """The exit code, the score and the failing checks of a grading that was started in a folder."""
    options = ["adaline", "--only", "mse_loss", "--cases", "10", "--submission", ".", "--json", "-"]
    settings = environment(**{"PYTEST_ADDOPTS": "--collect-only", "PYTEST_PLUGINS": "conftest", **more})
    done = subprocess.run(
        [*command, *options], cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    failing = {
        check["id"]
        for part in report["exercises"]
        for check in part["checks"]
        if check["verdict"] != "passed"
    }
    return done.returncode, report["score"], failing


@pytest.mark.parametrize(
    "command",
    [[str(PROJECT / "grade.sh")], [sys.executable, "-P", "-m", "grader"]],
    ids=["grade.sh", "python -P -m grader"],
)
def test_the_graded_repository_has_no_say(command: list[str], hostile: Path) -> None:
    ready = {"VIRTUAL_ENV": sys.prefix, "PYTHONPATH": str(PROJECT)}
    assert outcome_in(hostile, command, **ready) == (1, *OUTCOME)
    assert not (hostile / "i_was_run").exists()


def test_such_a_repository_would_have_a_say_in_plain_pytest(hostile: Path) -> None:
    """The partner of the test above: started without care, the conftest runs and decides."""
    (hostile / "pytest.ini").unlink()
    (hostile / "test_it.py").write_text("def test_it(): assert False\n")
    for name in MODULES:
        (hostile / f"{name}.py").unlink()
    command = [sys.executable, "-P", "-m", "pytest", "-c", os.devnull, "--rootdir", ".", "test_it.py"]
    done = subprocess.run(
        command, cwd=hostile, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "1 passed" in done.stdout
    assert (hostile / "i_was_run").exists()
