"""The workflow for submission repositories calls the grader as it is, and gives the repository no say."""

from __future__ import annotations

import re
import shlex

import typer.main

from grader.cli import app
from grader.engine.catalog import PROJECT

WORKFLOW = (PROJECT / "docs" / "ci" / "grade.yml").read_text("utf-8")


def test_its_command_is_one_that_the_grader_understands() -> None:
    command = re.search(r'grade\.sh" (.*?)\n\n', WORKFLOW, re.DOTALL)
    assert command is not None
    arguments = shlex.split(command[1].replace("\\\n", " "))
    grade = typer.main.get_command(app).commands["grade"]  # type: ignore[attr-defined]
    context = grade.make_context("grade", arguments)
    assert str(context.params["submission"]) == "$GITHUB_WORKSPACE"
    assert context.params["assignments"] == ["$ASSIGNMENTS"]
    assert context.params["require_isolation"].value == "B"


def test_the_checks_lie_outside_of_the_graded_repository() -> None:
    assert '"$RUNNER_TEMP/grader"' in WORKFLOW
    assert not re.search(r"working-directory|PYTHONPATH|pip install|\bpytest\b", WORKFLOW)


def test_it_runs_strangers_code_without_a_token_to_steal() -> None:
    assert "permissions:\n  contents: read\n" in WORKFLOW
    assert "persist-credentials: false" in WORKFLOW
    assert "pull_request_target" not in WORKFLOW
    assert "secrets." not in WORKFLOW
