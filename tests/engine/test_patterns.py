"""One regular pattern between what was expected and what was observed, or nothing rather than a guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from grader.compare import compare
from grader.engine.number_patterns import factor_words, number_text
from grader.engine.patterns import Answered, pattern
from grader.values import ArrayNode, DictNode, ListNode, Node, Raised, TensorNode, observe

SHAPES = [(2, 3), (3, 2), (3, 3), (4, 2), (5, 3), (1, 4), (1, 1)]


def matrices() -> list[dict[str, Any]]:
    """Cases of one input `x`, telling numbers in many shapes."""
    return [
        {"x": torch.arange(1.0, n * d + 1).reshape(n, d) * (1 + i / 4)} for i, (n, d) in enumerate(SHAPES)
    ]


def vectors(shortest: int = 1) -> list[dict[str, Any]]:
    return [{"x": torch.arange(1.0, n + 1) ** 2} for n in range(shortest, shortest + 6)]


def told(
    right: Callable[..., Any], wrong: Callable[..., Any], cases: list[dict[str, Any]] | None = None
) -> str | None:
    """The pattern of a wrong function against a right one."""
    answered = []
    for inputs in matrices() if cases is None else cases:
        expected, observed = observe(right(**inputs)), observe(wrong(**inputs))
        answered.append(Answered(inputs, expected, observed, compare(expected, observed) is not None))
    return pattern(answered)


def test_transposed() -> None:
    assert told(lambda x: x * 2, lambda x: x.T * 2) == "It is transposed: rows and columns are exchanged."


def test_transposed_where_only_squares_are_looked_at() -> None:
    squares = [{"x": torch.arange(float(n * n)).reshape(n, n)} for n in (2, 3, 4)]
    assert told(lambda x: x, lambda x: x.T, squares) == "It is transposed: rows and columns are exchanged."


def test_negated() -> None:
    assert (
        told(lambda x: x.sum(1), lambda x: -x.sum(1))
        == "The signs are wrong: every value is the negative of the right one."
    )


@pytest.mark.parametrize(
    ("factor", "words"),
    [(2.0, "twice"), (0.5, "half of"), (3.0, "3 times"), (0.1, "0.1 times"), (1 / 3, "1/3 times")],
)
def test_a_constant_factor_comes_with_its_value(factor: float, words: str) -> None:
    assert told(lambda x: x.mean(1), lambda x: x.mean(1) * factor) == f"Every value is {words} the right one."


def test_a_constant_offset_comes_with_its_value() -> None:
    assert told(lambda x: x.sum(1), lambda x: x.sum(1) - 0.25) == "Every value is 0.25 too small."


def test_rolled() -> None:
    sentence = told(lambda x: x, lambda x: x.roll(1), vectors(3))
    assert sentence is not None
    assert sentence.startswith("The values are shifted by one place along the first dimension")


def test_two_entries_are_too_few_to_call_it_shifted() -> None:
    pairs = [{"x": torch.tensor([1.0, n])} for n in (2.0, 3.0, 5.0, 7.0)]
    assert told(lambda x: x, lambda x: x.roll(1), pairs) is None


def test_reversed() -> None:
    assert told(lambda x: x, lambda x: x.flip(0), vectors(3)) == (
        "The values are right, but in reverse order along the first dimension."
    )


def test_summed_where_averaged_names_the_size() -> None:
    assert told(lambda x: x.mean(1), lambda x: x.sum(1)) == (
        "Every value is the number of columns of x times too large: summed where an average is asked for?"
    )
    assert told(lambda x: x.mean(0), lambda x: x.sum(0)) == (
        "Every value is the number of rows of x times too large: summed where an average is asked for?"
    )
    assert told(lambda x: x.mean(), lambda x: x.sum()) == (
        "Every value is the number of elements of x times too large: summed where an average is asked for?"
    )


def test_averaged_where_summed() -> None:
    assert (told(lambda x: x.sum(1), lambda x: x.mean(1)) or "").startswith(
        "Every value is divided by the number of columns"
    )


def test_the_wrong_denominator_of_a_variance() -> None:
    cases = vectors(3)
    sentence = told(lambda x: x.var(), lambda x: x.var(correction=0), cases)
    assert sentence == "It is divided by k where k - 1 is right, k being the number of elements of x."


def test_a_dimension_kept_or_dropped() -> None:
    kept = told(lambda x: x.sum(1), lambda x: x.sum(1, keepdim=True))
    assert (
        kept
        == "The values are right; a dimension of size 1 is left over at the end: (2, 1) instead of (2,), say."
    )
    dropped = told(lambda x: x.sum(1, keepdim=True), lambda x: x.sum(1))
    assert dropped is not None
    assert dropped.startswith("The values are right; the dimension of size 1 at the end is missing")
    front = told(lambda x: x.sum(0), lambda x: x.sum(0, keepdim=True))
    assert front is not None
    assert "left over in front" in front


def test_right_values_in_another_dtype() -> None:
    assert (
        told(lambda x: x.double(), lambda x: x)
        == "The values are right; the dtype is float32 instead of float64."
    )
    whole = told(lambda x: x.argmax(1), lambda x: x.argmax(1).float())
    assert whole == "The values are right; the dtype is float32 instead of int64."


def test_right_values_in_another_type() -> None:
    assert (
        told(lambda x: x, lambda x: x.numpy())
        == "The values are right; they come as a numpy array instead of a tensor."
    )
    assert told(lambda x: x.sum(), lambda x: x.sum().item()) == (
        "The values are right; they come as a Python float instead of a tensor."
    )
    assert told(lambda x: x.sum().item(), lambda x: x.sum()) == (
        "The values are right; they come as a tensor instead of a Python float."
    )
    assert (
        told(lambda x: x, lambda x: x.tolist(), vectors())
        == "The values are right; they come as a list instead of a tensor."
    )


def test_right_values_on_the_wrong_device() -> None:
    answered = [
        Answered(
            {}, TensorNode("float32", (1,), bytes(4)), TensorNode("float32", (1,), bytes(4), "the CPU"), True
        )
        for _ in range(3)
    ]
    assert pattern(answered) == "The values are right; the result is on the CPU, where its inputs are not."


def test_right_for_the_first_call_only() -> None:
    sentence = told(
        lambda x: {"first call": x, "second call": x}, lambda x: {"first call": x, "second call": x * x.sum()}
    )
    assert sentence == (
        "The first call is right and a second one with the same inputs is not: something stays behind."
    )


def test_a_second_call_is_not_blamed_where_the_first_is_wrong_too() -> None:
    both = told(
        lambda x: {"first call": x, "second call": x}, lambda x: {"first call": x * 2, "second call": x * 2}
    )
    assert both == "In first call and second call: every value is twice the right one."


def test_a_part_of_the_answer_is_named() -> None:
    sentence = told(lambda x: [x, x.sum(1)], lambda x: [x, -x.sum(1)])
    assert sentence == "In entry 1: the signs are wrong: every value is the negative of the right one."


def test_parts_with_different_patterns_say_nothing() -> None:
    assert told(lambda x: [x, x], lambda x: [-x, 2 * x]) is None


def test_lists_that_lack_an_entry_or_change_their_order() -> None:
    cut = told(lambda x: list(x), lambda x: list(x)[:-1], vectors(3))
    assert cut == "The last entry is missing; the others are right."
    swapped = told(lambda x: [x, x * 3], lambda x: [x * 3, x])
    assert swapped == "The parts of the answer are right, but in reverse order."


def test_losses_that_are_one_step_late() -> None:
    def losses(x: Tensor, start: int) -> list[float]:
        return [float(x.sum()) * 0.5**step for step in range(start, start + 4)]

    assert told(lambda x: losses(x, 1), lambda x: losses(x, 0)) == "Every value is twice the right one."
    uneven = vectors(4)
    late = told(lambda x: x.tolist(), lambda x: [0.0, *x.tolist()[:-1]], uneven)
    assert late == "One place late: each entry, from the second on, is what belongs in the place before it."


def test_false_and_true_exchanged() -> None:
    assert told(lambda x: x > 2, lambda x: x <= 2) == "0 and 1 (or False and True) are exchanged."


# --- nothing rather than a guess ---------------------------------------------------------------------------


def test_a_pattern_that_a_passing_case_contradicts_is_not_said() -> None:
    def doubled_for_large(x: Tensor) -> Tensor:
        return x * 2 if x.shape[0] > 2 else x

    assert told(lambda x: x, doubled_for_large) is None


def test_a_pattern_that_a_failing_case_contradicts_is_not_said() -> None:
    assert told(lambda x: x, lambda x: x * (2 if x.shape != (5, 3) else 3)) is None


def test_two_failing_cases_are_too_few() -> None:
    assert told(lambda x: x, lambda x: -x, matrices()[:2]) is None


def test_an_exception_among_the_failing_cases_says_nothing() -> None:
    def sometimes(x: Tensor) -> Any:
        return Raised(("builtins.ValueError",), "") if x.shape == (3, 3) else -x

    assert told(lambda x: x, sometimes) is None


def test_unrelated_numbers_say_nothing() -> None:
    assert told(lambda x: x, lambda x: x**2) is None
    assert told(lambda x: x.sum(1), lambda x: x.sum(0)) is None
    assert told(lambda x: x, lambda x: torch.full_like(x, 0.1)) is None


def test_nothing_but_zeros_is_said() -> None:
    assert told(lambda x: x, lambda x: torch.zeros_like(x)) == "Every value is 0."


def test_no_failing_case_says_nothing() -> None:
    assert told(lambda x: x, lambda x: x) is None


NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(), st.booleans(), st.none(), st.text(max_size=3)
)


def tensor_nodes() -> st.SearchStrategy[Node]:
    def make(shape: tuple[int, ...], kind: str, value: float, array: bool) -> Node:
        data = np.full(shape, value, kind).tobytes()
        return ArrayNode(kind, shape, data) if array else TensorNode(kind, shape, data)

    shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
    kinds = st.sampled_from(["float32", "float64", "int64", "bool", "complex64"])
    return st.builds(make, shapes, kinds, st.sampled_from([0.0, 1.0, 2.0]), st.booleans())


NODES = st.recursive(
    st.one_of(NUMBERS, tensor_nodes(), st.just(Raised(("builtins.ValueError",), ""))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(ListNode),
        st.lists(st.tuples(st.sampled_from(["a", "first call", "second call"]), inner), max_size=3).map(
            DictNode
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NODES, NODES, st.booleans()), min_size=1, max_size=5))
def test_whatever_is_observed_a_sentence_or_nothing_comes_back(cases: list[tuple[Node, Node, bool]]) -> None:
    inputs = {"x": torch.ones(2, 3), "n": 3, "names": ["a"]}
    sentence = pattern([Answered(inputs, expected, observed, fails) for expected, observed, fails in cases])
    assert sentence is None or sentence.endswith((".", "?"))


def test_numbers_are_written_as_people_write_them() -> None:
    assert [number_text(value) for value in (0.1, 1 / 3, 2 / 3, 2.5, 0.25, 1e-3, 12)] == [
        "0.1",
        "1/3",
        "2/3",
        "2.5",
        "0.25",
        "0.001",
        "12",
    ]
    assert factor_words(-2.0) == "minus twice"
