"""A worker holds of an assignment only the programs of its checks, and what they use."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from grader.engine.catalog import PROJECT, assignment_names
from grader.exercise import Exercise, Rounding, Within
from grader.sandbox.client import Budget, Zygote
from grader.sandbox.inside import zygote
from grader.sandbox.limits import Limits
from grader.sandbox.start import start_zygote
from grader.sandbox.wire import Load, Run
from grader.strategies import Strategy
from grader.values import DictNode, decode_node, encode_node

pytestmark = pytest.mark.boundary

CHECKS = """
from grader.exercise import Assignment, rounding
from grader.strategies import edge, tensor

small = Assignment("small")


def nearly_the_answer(x):
    return 2 * x.abs()


def helper(value):
    return deeper[0](value)


deeper = [lambda value: SHIFT + value]
SHIFT = 1
EDGES = [edge(n=1)]
ERROR = rounding(scale=nearly_the_answer)


class Model:
    def __call__(self, value):
        return used_by_a_class(value)


def used_by_a_class(value):
    return helper(value) - SHIFT


doubles = small.exercise("doubles", x=tensor("n"))


@doubles.check(points=1, essential=True, edges=EDGES, error=ERROR)
def doubles_it(impl, x):
    return Model()(doubles.call(impl, x=x))
"""


@pytest.fixture
def checks(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "small" / "checks.py"
    file.parent.mkdir()
    file.write_text(CHECKS)
    yield file
    sys.modules.pop("assignments.small.checks", None)


def test_what_a_program_uses_stays_and_nothing_else(checks: Path):
    programs = zygote.load_programs([str(checks)])
    left = {name for name in vars(sys.modules["assignments.small.checks"]) if not name.startswith("__")}
    assert left == {"doubles", "helper", "deeper", "SHIFT", "Model", "used_by_a_class"}
    impl = type("Impl", (), {"doubles": staticmethod(lambda x: 2 * x)})
    assert programs["small/doubles/doubles_it"](impl, 3) == 6


def test_an_exercise_no_longer_knows_its_checks(checks: Path):
    zygote.load_programs([str(checks)])
    doubles = sys.modules["assignments.small.checks"].doubles
    assert (doubles.checks, doubles.inputs) == ([], {})


@pytest.mark.parametrize("name", assignment_names(PROJECT / "assignments"))
def test_no_strategy_or_error_model_of_a_real_assignment_is_left(name: str):
    file = PROJECT / "assignments" / name / "checks.py"
    ours = sys.modules.get(f"assignments.{name}.checks")
    try:
        programs = zygote.load_programs([str(file)])
        left = vars(sys.modules[f"assignments.{name}.checks"])
    finally:
        sys.modules.pop(f"assignments.{name}.checks")
        if ours is not None:
            sys.modules[f"assignments.{name}.checks"] = ours
    assert programs
    assert all(isinstance(program, FunctionType) for program in programs.values())
    assert not [key for key, value in left.items() if isinstance(value, Strategy | Rounding | Within)]
    assert all(not value.checks for value in left.values() if isinstance(value, Exercise))


def test_a_worker_runs_the_program_and_cannot_find_the_error_model(checks: Path):
    spy = """
import sys
def doubles(x):
    module = sys.modules["assignments.small.checks"]
    print([hasattr(module, name) for name in ("nearly_the_answer", "ERROR", "EDGES", "helper")])
    return 2 * x
"""
    with Zygote(start_zygote([checks])) as warm, warm.worker() as worker:
        worker.load(Load("small", "small.py", [spy], ["doubles"]), Budget(5, Limits()))
        inputs = encode_node(DictNode([("x", 3)]))
        answers = worker.run(Run("small/doubles/doubles_it", [inputs], [0]), Budget(5, Limits()))
        said = worker.output(0)
    assert decode_node(answers.observations[0]) == 6
    assert said.strip() == "[False, False, False, True]"
