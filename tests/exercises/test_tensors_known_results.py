"""The model solution of `tensors` gives the figures of the tutorial, and those that the hand-out prints.

Source: an NLP course's PyTorch tutorial, which makes, reshapes, multiplies, sums and indexes small tensors.
"""

import doctest
from pathlib import Path

import numpy as np
import pytest
import torch

from reference import tensors

HANDOUT = Path(__file__).resolve().parents[2] / "assignments" / "tensors" / "README.md"


def is_exactly(result: torch.Tensor, expected: list, dtype: torch.dtype = torch.float32) -> bool:
    """Whether a tensor has these values, this nesting and this dtype."""
    return result.dtype == dtype and torch.equal(result, torch.tensor(expected, dtype=dtype))


def test_one_to_fifteen_as_five_rows_of_three():
    """Tutorial: arange from 1 to 15, seen as 5×3."""
    rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [13, 14, 15]]
    assert is_exactly(tensors.counting(5, 3), rows, torch.int64)


def test_three_by_two_times_two_by_three():
    """Tutorial: the product of [[1, 2], [3, 4], [5, 6]] and [[1, 2, 3], [4, 5, 6]]."""
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    b = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert is_exactly(tensors.matrix_product(a, b), [[9, 12, 15], [19, 26, 33], [29, 40, 51]])


def test_five_by_seven_summed_over_each_dimension():
    """Tutorial: 1 … 35 as 5×7; the dimension named is the one that collapses, (5, 7) -> (7,) and (5,)."""
    x = tensors.counting(5, 7).float()
    assert is_exactly(tensors.sum_over(x, 0), [75, 80, 85, 90, 95, 100, 105])
    assert is_exactly(tensors.sum_over(x, 1), [28, 77, 126, 175, 224])
    assert tensors.grand_total(x) == 630.0


def test_quiz_averages_of_two_rows_and_three_columns():
    """Tutorial, quiz: averages of the rows and of the columns of [[1, 2.2, 9.6], [4, -7.2, 6.3]]."""
    x = torch.tensor([[1.0, 2.2, 9.6], [4.0, -7.2, 6.3]])
    assert [f"{value:.4f}" for value in tensors.row_average(x)] == ["4.2667", "1.0333"]
    assert [f"{value:.4f}" for value in tensors.column_average(x)] == ["2.5000", "-2.5000", "7.9500"]


def test_one_five_nine_are_the_corners_of_three_matrices():
    """Tutorial: the top left elements of 1 … 12 as 3×2×2 are "one, five, nine"."""
    stack = tensors.counting(3, 4).reshape(3, 2, 2)
    assert is_exactly(tensors.corner_of_each(stack), [1, 5, 9], torch.int64)


def test_integers_make_floats_where_floats_are_asked():
    """Lab: a scalar, a vector and a matrix from Python ints, as float32."""
    assert is_exactly(tensors.from_lists(5), 5)
    assert is_exactly(tensors.from_lists([1, 2, 3]), [1, 2, 3])
    assert is_exactly(tensors.from_lists([[1, 2], [3, 4]]), [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3, 1), (1, 4)),
        ((5, 1, 4), (3, 1)),
        ((), (2, 3)),
        ((2, 0), (1,)),
        ((0,), (1,)),
        ((100_000, 1), (10,)),
    ],
)
def test_broadcast_shape_agrees_with_numpy(left, right):
    assert tensors.broadcast_shape(left, right) == np.broadcast_shapes(left, right)


@pytest.mark.parametrize(("left", "right"), [((2,), (3,)), ((2, 3), (2,)), ((0,), (2,)), ((4, 1), (3, 4))])
def test_broadcast_shape_refuses_what_numpy_refuses(left, right):
    with pytest.raises(ValueError, match="mismatch"):
        np.broadcast_shapes(left, right)
    with pytest.raises(ValueError, match="can't be broadcast"):
        tensors.broadcast_shape(left, right)


def test_handout_prints_what_the_model_solution_gives():
    """Every example of the hand-out is run, so that none of them rots."""
    names = {**vars(tensors), "np": np, "torch": torch}
    text = HANDOUT.read_text("utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, names, "README.md", str(HANDOUT), 0)
    assert len(examples.examples) > 50
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    complaints: list[str] = []
    runner.run(examples, out=complaints.append)
    assert runner.failures == 0, "".join(complaints)


def test_every_exercise_is_in_handout_and_starter():
    """A contract that students don't get can't be asked of them."""
    own = [value for value in vars(tensors).values() if getattr(value, "__module__", "") == tensors.__name__]
    exercises = [function.__name__ for function in own]
    assert len(exercises) == 27
    starter = HANDOUT.with_name("starter.py").read_text("utf-8")
    handout = HANDOUT.read_text("utf-8")
    for name in exercises:
        assert f"\ndef {name}(" in starter
        assert f"`{name}(" in handout
