"""The source of a check's program does what the program does, for every check that there is."""

from __future__ import annotations

import ast
import copy
from typing import Any

import pytest

from grader.engine.catalog import Course, assignment_names, load_course
from grader.engine.draw import draw_cases
from grader.exercise import Check
from grader.program import program_source
from grader.sandbox.inside.run import fresh_environment
from grader.values import encode_observation

# They read a data file that lies beside the checks.
WITHOUT = {
    f"adaline/train_{kind}/learns_to_tell_iris_flowers_apart" for kind in ("manual", "autograd", "module")
}


def observed(program: Any, course: Course, case: dict[str, Any]) -> bytes:
    fresh_environment(5)
    try:
        result = program(course.reference, **copy.deepcopy(case))
    except Exception as error:
        result = [type(error).__name__, str(error)]
    return encode_observation(result)


def rebuilt(check: Check) -> Any:
    source = program_source(check)
    if source is None:
        return None
    names: dict[str, Any] = {}
    exec(compile(f"from __future__ import annotations\n{source}", "program.py", "exec"), names)
    return names[[node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]]


@pytest.mark.parametrize("name", assignment_names())
def test_source_of_every_program_observes_what_the_program_observes(name: str):
    course = load_course(name)
    without, unlike = set(), []
    for check in course.assignment.checks:
        program = rebuilt(check)
        if program is None:
            without.add(check.id)
            continue
        case = draw_cases(check, 0, 1)[0]
        if observed(check.program, course, case) != observed(program, course, case):
            unlike.append(check.id)
    assert unlike == []
    assert without <= WITHOUT


@pytest.mark.parametrize("name", assignment_names())
def test_source_needs_nothing_of_the_grader(name: str):
    for check in load_course(name).assignment.checks:
        source = program_source(check) or ""
        assert "import grader" not in source
        assert "from grader" not in source
