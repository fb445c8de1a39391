"""No right solution is failed: model solutions and alternatives pass on the device, or are skipped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

from grader.compare import Tolerance, compare
from grader.engine.catalog import Course, assignment_names, implementation, load_course
from grader.engine.draw import draw_cases
from grader.engine.key import case_seeds
from grader.exercise import Check
from grader.sandbox.inside import simulated
from grader.sandbox.inside.run import Device, run_case
from grader.values import DictNode, ListNode, Node, Raised, TensorNode, decode_node, encode_input

if simulated.available():
    pytest.skip(str(simulated.available()), allow_module_level=True)

CASES = 5
# What the simulation cannot follow: graded, it is a doubt, so the check is skipped there; it must be no mismatch.
DOUBTED = {"lazy_layers": "a parameter without a shape is filled in place later"}
CLOSE = Tolerance(1e-6, 1e-5)  # the device's kernels are the CPU's, but a layer may take another one of them


@cache
def course(name: str) -> Course:
    return load_course(name)


def solutions() -> Iterator[Any]:
    for name in assignment_names():
        for exercise in course(name).assignment.exercises:
            yield pytest.param(name, exercise.name, None, id=f"{name}/{exercise.name}")
        for mutant in course(name).alternatives:
            yield pytest.param(name, mutant.exercise, mutant, id=f"{name}/{mutant.exercise}/{mutant.name}")


_cases: dict[str, list[tuple[Node, int]]] = {}


def cases(check: Check) -> list[tuple[Node, int]]:
    if check.id not in _cases:
        _cases[check.id] = _draw(check)
    return _cases[check.id]


def _draw(check: Check) -> list[tuple[Node, int]]:
    drawn = draw_cases(check, 0, min(check.cases or CASES, CASES))
    nodes = [DictNode([(name, encode_input(value)) for name, value in case.items()]) for case in drawn]
    return list(zip(nodes, case_seeds(check, 0, len(nodes)), strict=True))


def without_devices(node: Any) -> Any:
    if isinstance(node, TensorNode):
        return msgspec.structs.replace(node, device="cpu")
    if isinstance(node, ListNode):
        return ListNode([without_devices(item) for item in node.items])
    if isinstance(node, DictNode):
        return DictNode([(key, without_devices(item)) for key, item in node.items])
    return node


def devices(node: Any) -> list[str]:
    """The device of each tensor, in order."""
    if isinstance(node, TensorNode):
        return [node.device]
    if isinstance(node, ListNode):
        return [name for item in node.items for name in devices(item)]
    if isinstance(node, DictNode):
        return [name for _, item in node.items for name in devices(item)]
    return []


def through_numpy(node: Node) -> bool:
    """Whether a solution stopped at NumPy, which contracts allow and a device can't follow; see `elsewhere`."""
    return isinstance(node, Raised) and "device type tensor to numpy" in node.message


@pytest.mark.parametrize(("assignment", "exercise", "mutant"), list(solutions()))
def test_right_solution_passes_on_the_device_or_is_skipped(
    assignment: str, exercise: str, mutant: Any
) -> None:
    theirs = reference = course(assignment).reference
    if mutant is not None:
        theirs = implementation(mutant.source, f"simulated_{mutant.name}", mutant.where)
    for check in course(assignment).assignment.checks:
        if check.exercise == exercise and check.on_devices:
            for inputs, seed in cases(check):
                doubted = mutant is not None and mutant.name in DOUBTED
                _agrees(check, theirs, reference, inputs, seed, doubted)


def _agrees(
    check: Check, theirs: Any, reference: Any, inputs: Node, seed: int, doubted: bool = False
) -> None:
    runs: list[simulated.Simulation] = []

    @contextlib.contextmanager
    def session() -> Iterator[None]:
        with simulated.simulation() as run:
            runs.append(run)
            yield

    device = Device(simulated.DEVICE_NAME, simulated.place, simulated.bring_back, session)
    on_cpu = decode_node(run_case(check.program, theirs, inputs, seed))
    on_device = decode_node(run_case(check.program, theirs, inputs, seed, device))
    if any(run.unsupported for run in runs) or through_numpy(on_device):
        return
    assert not any(run.mismatch for run in runs)
    if doubted and isinstance(on_device, Raised):
        return
    assert compare(on_cpu, without_devices(on_device), CLOSE) is None, check.id
    expected = decode_node(run_case(check.program, reference, inputs, seed, device))
    if not isinstance(expected, Raised) and check.judge is None:
        assert devices(on_device) == devices(expected), check.id
