from __future__ import annotations

import contextlib
import io
import sys
import types

import pytest
import torch

from grader.errors import UsageError
from grader.report.explain import explain
from grader.report.script import expression, input_lines, script
from tests.report import samples
from tests.report.runner import commands_in
from tests.report.samples import KINDS, tensor
from tests.report.snapshots import assert_snapshot

PROGRAM = """import torch

def doubled(value):
    return 2 * value

def doubles(impl, x):
    '''Twice what it gives.'''
    return doubled(impl.f(x))"""


def failing(
    program: str | None = "def call(impl, x):\n    return impl.f(x)",
    case_seed: int | None = 7,
    **inputs: object,
):
    found = samples.example("f(x=…)", tensor([1.0]), tensor([2.0]), "1 of 1 values differ", **inputs)
    fields = {**samples.as_dict(found), "program": program, "case_seed": case_seed}
    check = samples.check("gives_the_answer", "failed", counterexample=type(found)(**fields))
    return samples.report(samples.exercise("f", check))


def run(text: str, module: types.ModuleType) -> tuple[str, dict[str, object]]:
    """What a script prints, and its names, beside a student's file."""
    out, names = io.StringIO(), {}
    sys.modules["tensors"] = module
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(text, "script.py", "exec"), names)
    finally:
        del sys.modules["tensors"]
    return out.getvalue(), names


def student(f) -> types.ModuleType:
    module = types.ModuleType("tensors")
    module.f = f  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize(
    ("kind", "check"),
    [("wrong", "row_average"), ("trouble", "trains"), ("hidden", "works_on_hidden_cases"), ("plain", "fit")],
)
def test_story_is_as_in_its_snapshot(kind: str, check: str):
    assert_snapshot(f"explain/{kind}.txt", explain(KINDS[kind], check))


def test_story_with_a_script_is_as_in_its_snapshot():
    x = tensor(
        [[1.0, 2.0], [3.0, 4.0]], strides=[1, 2], requires_grad=True, grad=tensor([[0.0, 0.0], [0.0, 0.0]])
    )
    assert_snapshot("explain/script.txt", explain(failing(PROGRAM, x=x), "tensors/f/gives_the_answer"))


def test_script_of_a_plain_call_runs_beside_the_students_file():
    text = script(failing(x=tensor([1.0, 2.0])).exercises[0].checks[0])
    assert text is not None
    printed, _ = run(text, student(lambda x: x + 1))
    assert printed == "tensor([2., 3.])\n"
    assert "def " not in text


def test_script_of_a_longer_program_holds_the_program():
    text = script(failing(PROGRAM, x=tensor([1.0, 2.0])).exercises[0].checks[0])
    assert text is not None
    assert run(text, student(lambda x: x + 1))[0] == "tensor([4., 6.])\n"


def test_script_seeds_what_the_case_was_seeded_with():
    text = script(failing(x=tensor([1.0])).exercises[0].checks[0])
    assert text is not None
    printed, _ = run(text, student(lambda x: torch.rand(3)))
    torch.manual_seed(7)
    assert printed == f"{torch.rand(3)}\n"


def test_there_is_no_script_where_the_program_is_not_known():
    assert script(failing(None, x=tensor([1.0])).exercises[0].checks[0]) is None
    assert "script" not in explain(failing(None, x=tensor([1.0])), "f")


@pytest.mark.parametrize(
    "made",
    [
        torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).T,
        torch.tensor([[1.0, 2.0, 3.0]]).expand(4, 3),
        torch.arange(24.0).reshape(4, 6)[::2, 1::2],
        torch.arange(24)[5:9],
        torch.arange(24.0, dtype=torch.float64).reshape(2, 3, 4).permute(2, 0, 1),
        torch.tensor([True, False, True, True])[::2],
        torch.tensor(2.5),
        torch.empty(0, 3),
        torch.tensor([float("nan"), float("inf"), -float("inf"), 0.1]),
        torch.tensor([0.1, 1e-30], dtype=torch.bfloat16),
        torch.tensor([1.0, 2.0], requires_grad=True),
    ],
    ids=lambda tensor: f"{tensor.dtype}-{list(tensor.shape)}-{tensor.stride()}",
)
def test_input_is_rebuilt_with_dtype_values_and_layout(made: torch.Tensor):
    from grader.engine.assemble import input_json

    names: dict[str, object] = {"torch": torch}
    exec("\n".join(input_lines("x", input_json(made))), names)
    rebuilt = names["x"]
    assert isinstance(rebuilt, torch.Tensor)
    assert rebuilt.dtype == made.dtype
    assert rebuilt.requires_grad == made.requires_grad
    assert torch.equal(torch.nan_to_num(rebuilt.detach()), torch.nan_to_num(made.detach()))
    assert torch.equal(rebuilt.detach().isnan(), made.detach().isnan())
    sides = [i for i, side in enumerate(made.shape) if side > 1]
    assert [rebuilt.stride(i) for i in sides] == [made.stride(i) for i in sides] or made.numel() == 0


@pytest.mark.parametrize(
    "value", [3, 2.5, None, True, "a'b\n", [1, [2.0]], {"a": [None]}, torch.float64], ids=str
)
def test_plain_inputs_are_rebuilt(value: object):
    shown = "torch.float64" if value is torch.float64 else value
    assert eval(expression(shown), {"torch": torch}) == value


@pytest.mark.parametrize(
    "wanted", ["row_average", "tensors/row_average", "averages every row", "averages_every_row"]
)
def test_check_is_found_by_the_end_of_its_name_or_its_exercise(wanted: str):
    assert explain(KINDS["wrong"], wanted).startswith("tensors/row_average/averages_every_row: failed")


def test_unknown_check_gets_a_suggestion():
    with pytest.raises(UsageError, match="did you mean 'averages_every_row'"):
        explain(KINDS["wrong"], "averages_evry_row")


def test_unknown_exercise_gets_a_suggestion_too():
    with pytest.raises(UsageError, match="did you mean 'row_average'"):
        explain(KINDS["wrong"], "row_avrage")


def test_what_is_unlike_anything_here_is_told_what_is_here():
    with pytest.raises(UsageError, match=r"No check 'zzz' in this report, which is about .*row_average"):
        explain(KINDS["wrong"], "zzz")


def test_name_of_several_checks_is_refused():
    with pytest.raises(UsageError, match="Several checks"):
        explain(KINDS["tensors"], "gives_the_answer")


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_has_a_story_without_commands_or_control_characters(kind: str):
    for exercise in KINDS[kind].exercises:
        for check in exercise.checks:
            text = explain(KINDS[kind], check.id)
            assert commands_in(text) == []
            assert [char for char in text if not (char.isprintable() or char == "\n")] == []


@pytest.mark.parametrize("word", ["42", "LATER", "dim 0"])
def test_what_may_not_be_seen_yet_is_not_told(word: str):
    assert all(
        word not in explain(KINDS["hidden"], check.id) for check in KINDS["hidden"].exercises[0].checks
    )
