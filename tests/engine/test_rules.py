"""Which cases fail and which pass, where a simple rule tells them apart, hardly by accident."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.engine.rules import rule, table
from grader.strategies import lay_out
from tests.conftest import GradeText, check, reference

Fails = Callable[..., bool]


def matrices(count: int = 60) -> list[dict[str, Any]]:
    """Cases with a matrix of any small shape, layout and dtype, of positive and negative numbers."""
    drawn = random.Random(0)
    cases = []
    for _ in range(count):
        shape = (drawn.randint(1, 5), drawn.randint(1, 5))
        x = torch.tensor([drawn.randint(-9, 9) for _ in range(shape[0] * shape[1])], dtype=torch.float32)
        x = x.reshape(shape).to(drawn.choice([torch.float32, torch.float64]))
        cases.append({"x": lay_out(x, drawn.choice(["contiguous", "transposed", "strided", "offset"]))})
    return cases


def batches() -> list[dict[str, Any]]:
    return [
        {"n": n, "minibatch_size": size, "seed": 7 * n % 5} for n in range(1, 11) for size in range(1, 13)
    ]


def told(cases: list[dict[str, Any]], fails: Fails) -> str | None:
    return rule(table(cases), [bool(fails(**case)) for case in cases])


RULES: list[tuple[str, list[dict[str, Any]], Fails]] = [
    (
        "Fails exactly where the last mini-batch is smaller",
        batches(),
        lambda n, minibatch_size, seed: n % minibatch_size != 0,
    ),
    (
        "Fails exactly where there is more than one mini-batch and the last one is smaller",
        batches(),
        lambda n, minibatch_size, seed: n > minibatch_size and n % minibatch_size != 0,
    ),
    (
        "Fails exactly where minibatch_size is larger than the number of rows",
        batches(),
        lambda n, minibatch_size, seed: minibatch_size > n,
    ),
    ("Fails exactly where n is 1", batches(), lambda n, minibatch_size, seed: n == 1),
    ("Fails exactly where n is more than 1", batches(), lambda n, minibatch_size, seed: n != 1),
    ("Fails exactly where seed is 0", batches(), lambda n, minibatch_size, seed: seed == 0),
    ("Fails exactly where there is a single row in x", matrices(), lambda x: x.shape[0] == 1),
    ("Fails exactly where there is a single column in x", matrices(), lambda x: x.shape[1] == 1),
    ("Right exactly where x is square", matrices(), lambda x: x.shape[0] != x.shape[1]),
    (
        "Right exactly where there is a single row in x",  # rather than: x and w have different numbers of elements
        [{**case, "w": torch.zeros(case["x"].shape[1], 1)} for case in matrices()],
        lambda x, w: x.shape[0] > 1,
    ),
    ("Fails exactly where x is not contiguous", matrices(), lambda x: not x.is_contiguous()),
    ("Fails exactly where x is float64", matrices(), lambda x: x.dtype == torch.float64),
    ("Fails exactly where x holds a negative number", matrices(), lambda x: bool((x < 0).any())),
    (
        "Fails exactly where the number of rows of x is larger than the number of columns of x",
        matrices(),
        lambda x: x.shape[0] > x.shape[1],
    ),
    (
        "Fails exactly where tokens is empty",
        [{"tokens": ["a"] * (n % 4)} for n in range(40)],
        lambda tokens: not tokens,
    ),
    (
        "Fails exactly where indices holds something twice",
        [{"indices": [n % 3, n % 5, 4]} for n in range(40)],
        lambda indices: len(set(indices)) < 3,
    ),
    (
        "Fails exactly where indices holds a negative number",
        [{"indices": [n - 10, 5, 7 * n % 11]} for n in range(40)],
        lambda indices: min(indices) < 0,
    ),
    (
        "Fails exactly where threshold is 0.25",
        [{"x": 0, "threshold": (0.25, 0.5, 0.75)[n % 3]} for n in range(40)],
        lambda x, threshold: threshold == 0.25,
    ),
    (
        "Fails exactly where x and y have different shapes",
        [{"x": torch.ones(2 + n % 3), "y": torch.ones(2 + n % 2)} for n in range(40)],
        lambda x, y: x.shape != y.shape,
    ),
]


@pytest.mark.parametrize(("words", "cases", "fails"), RULES, ids=[words for words, _, _ in RULES])
def test_a_simple_rule_is_found(words: str, cases: list[dict[str, Any]], fails: Fails) -> None:
    sentence = told(cases, fails)
    assert sentence is not None
    assert sentence.startswith(f"{words} (")


def test_the_sentence_counts_the_cases() -> None:
    assert (
        told(batches(), lambda n, minibatch_size, seed: n == 1)
        == "Fails exactly where n is 1 (12 of 120 cases)."
    )


def test_a_rule_with_one_exception_is_not_said() -> None:
    cases = batches()
    fails = [case["n"] == 1 for case in cases]
    fails[-1] = True
    assert rule(table(cases), fails) is None


def test_nothing_is_said_where_all_fail_or_none() -> None:
    assert told(batches(), lambda **_: True) is None
    assert told(batches(), lambda **_: False) is None


def test_two_failing_cases_make_no_rule() -> None:
    cases = [{"n": n} for n in range(40)]
    assert told(cases, lambda n: n < 2) is None


def test_a_handful_of_cases_makes_no_rule() -> None:
    cases = [{"x": torch.ones(n, 2)} for n in (1, 1, 1, 2, 3, 4)]
    assert told(cases, lambda x: len(x) == 1) is None


def test_failures_at_random_have_no_rule() -> None:
    for seed in range(40):
        drawn = random.Random(seed)
        for cases in (matrices(15), matrices(60)):
            fails = [drawn.random() < 0.3 for _ in cases]
            assert rule(table(cases), fails) is None


def test_the_same_cases_give_the_same_sentence() -> None:
    first = told(matrices(), lambda x: x.shape[0] == 1)
    assert first == told(matrices(), lambda x: x.shape[0] == 1)


def test_a_check_that_fails_throughout_is_set_apart_from_the_essential_one(grade_text: GradeText) -> None:
    text = reference("adaline") + (
        "\n\ndef minibatches(n, minibatch_size):\n    order = torch.randperm(n)\n"
        "    return list(order[: n // minibatch_size * minibatch_size].split(minibatch_size))\n"
    )
    found = check(grade_text("adaline", text, only=("minibatches",)), "keeps_the_smaller_last_minibatch")
    assert found.rule == "Fails exactly where the last mini-batch is smaller (100 of 200 cases)."


def test_checks_that_ask_different_things_are_not_compared(grade_text: GradeText) -> None:
    text = reference("tensors") + "\n\ndef from_numpy_copy(array):\n    return torch.from_numpy(array)\n"
    found = check(grade_text("tensors", text, only=("from_numpy_copy",)), "has_memory_of_its_own")
    assert found.verdict == "failed"
    assert found.rule is None
