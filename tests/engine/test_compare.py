"""When two observations agree: nothing is broadcast, cast or forgiven on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from grader.compare import Tolerance, compare
from grader.values import Raised, decode_node, encode_observation, observe

F32 = torch.float32


EXACT = Tolerance()


def difference(expected: object, observed: object, tolerance: Tolerance = EXACT) -> str | None:
    found = compare(observe(expected), decode_node(encode_observation(observed)), tolerance)
    return found and found.kind


T = torch.tensor

SAME = [
    (T([1.0, 2.0]), T([1.0, 2.0])),
    (T([0.0]), T([-0.0])),
    (T([math.nan, math.inf]), T([math.nan, math.inf])),
    (torch.zeros(0, 3), torch.zeros(0, 3)),
    ([1, T(2.0)], (1, T(2.0))),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (T([[1.0, 2.0], [3.0, 4.0]]).T, T([[1.0, 3.0], [2.0, 4.0]])),
    (1.5, np.float64(1.5)),
    (torch.ones(2), torch.nn.Parameter(torch.ones(2))),
    (Raised.of(ValueError("one")), Raised.of(UnicodeError("another"))),
    (None, None),
    ("é", "é"),
    (torch.float64, torch.float64),
    (T([1.0], dtype=torch.bfloat16), T([1.0], dtype=torch.bfloat16)),
]


@pytest.mark.parametrize(("expected", "observed"), SAME)
def test_right_answers_in_other_clothes_agree(expected: object, observed: object) -> None:
    assert difference(expected, observed) is None


DIFFERENT = [
    (T([1.0]), T([[1.0]]), "shape"),
    (T(1.0), T([1.0]), "shape"),
    (torch.zeros(0), torch.zeros(0, 3), "shape"),
    (T([5.0]), torch.zeros(0), "shape"),
    (T([1.0, 1.0]), T(1.0), "shape"),
    (T([1.0]), T([1.0], dtype=torch.float64), "dtype"),
    (T([1]), T([1.0]), "dtype"),
    (T([1.0]), 1.0, "type"),
    (1.0, 1, "type"),
    (1, True, "type"),
    (1.0, np.float32(1.0), "type"),
    (T([1.0]), np.array([1.0], dtype=np.float32), "type"),
    (T([1.0]), [1.0], "type"),
    (T([1.0]), None, "type"),
    ([1.0], iter([1.0]), "type"),
    (T([1.0, 2.0]), T([1.0, math.nan]), "finite"),
    (T([1.0, math.inf]), T([1.0, 3e38]), "finite"),
    (T([math.inf]), T([-math.inf]), "values"),
    (T([1.0, 2.0]), T([1.0, 2.0000002]), "values"),
    ([1.0, 2.0], [1.0], "shape"),
    ({"a": 1}, {"a": 1, "b": 2}, "values"),
    (T([1.0]), Raised.of(ValueError("no")), "raised"),
    (Raised.of(ValueError("asked")), T([1.0]), "raised"),
    (Raised.of(ValueError("asked")), Raised.of(TypeError("other")), "raised"),
    (2**70, 2**70 + 1, "never"),
    (torch.ones(2), torch.ones(2).to_sparse(), "type"),
]


@pytest.mark.parametrize(("expected", "observed", "kind"), DIFFERENT)
def test_wrong_answers_differ_in_the_first_thing_that_is_wrong(
    expected: object, observed: object, kind: str
) -> None:
    found = difference(expected, observed)
    if kind == "never":
        assert found is None  # beyond 64 bits numbers are not told apart, and no exercise has them
    else:
        assert found == kind


def test_the_order_of_kinds_wins_over_the_order_of_entries() -> None:
    assert difference([T([1.0]), T([1.0])], [T([2.0]), T([[1.0]])]) == "shape"


def test_a_plain_bound_accepts_up_to_itself() -> None:
    bound = Tolerance(absolute=0.5)
    assert difference(T([1.0]), T([1.5]), bound) is None
    assert difference(T([1.0]), T([1.6]), bound) == "values"
    assert difference(1.0, 1.6, bound) == "values"


def test_a_bound_never_lets_nan_or_inf_through() -> None:
    bound = Tolerance(absolute=math.inf)
    assert difference(T([1.0]), T([math.nan]), bound) == "finite"
    assert difference(T([1.0]), T([math.inf]), bound) == "finite"
    assert difference(1.0, math.nan, bound) == "finite"


def test_a_rounding_bound_is_around_the_float64_answer_and_scales_with_the_dtype() -> None:
    centre, bound = observe(T([1 / 3], dtype=torch.float64)), observe(T([8.0], dtype=torch.float64))
    tolerance = Tolerance(centre=centre, bound=bound)
    assert difference(T([0.33333]), T([1 / 3 + 5e-7]), tolerance) is None
    assert difference(T([0.33333]), T([1 / 3 + 5e-6]), tolerance) == "values"
    double = T([1 / 3], dtype=torch.float64)
    assert difference(double, double + 5e-7, tolerance) == "values"
