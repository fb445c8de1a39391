"""The counterexample that is shown: small, telling, visible, and the same every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from grader.engine.key import CheckKey, answer, case_seeds, decode_inputs, encode_case, judge_case
from grader.engine.shrink import MAX_CALLS, SMALL, Live, Smallest, shows, smallest
from grader.exercise import Assignment, Check
from grader.sandbox.client import WorkerEndedError
from grader.sandbox.inside.run import Implementation, run_case
from grader.strategies import edge, integer, tensor
from grader.values import materialise

lesson = Assignment("lesson")
scale = lesson.exercise("scale", x=tensor("n", "d", sides=(1, 9)), k=integer(1, 9))


def program(impl: Any, x: torch.Tensor, k: int) -> Any:
    """x times k."""
    return impl.scale(x, k)


def make(name: str, **options: Any) -> Check:
    scale.check(points=1, name=name, **options)(program)
    return scale.checks[-1]


PLAIN = make("plain", edges=[edge(n=7, d=8)])
WITH_EDGE = make("with_edge", edges=[edge(n=7, d=8), edge(n=2, d=3)])
EXPENSIVE = make("expensive", edges=[edge(n=7, d=8)], cases=1)
RIGHT = Implementation({"scale": lambda x, k: x * k})


class Shown:
    """What is shown of a wrong function, and how often it was called for that."""

    def __init__(self, check: Check, wrong: Callable[..., Any], drawn: int = 30) -> None:
        from grader.engine.draw import draw_cases

        inputs = [encode_case(case) for case in draw_cases(check, 0, drawn)]
        seeds = case_seeds(check, 0, len(inputs))
        answers = [answer(check, RIGHT, data, seed) for data, seed in zip(inputs, seeds, strict=True)]
        key = CheckKey(check.id, inputs, seeds, answers, {})
        impl = Implementation({"scale": wrong})
        self.calls = 0

        def live(data: bytes, seed: int) -> bytes:
            self.calls += 1
            return run_case(check.program, impl, decode_inputs(data), seed)

        failing = {}
        for index, data in enumerate(inputs):
            observed = live(data, seeds[index])
            if difference := judge_case(check, key, index, observed):
                failing[index] = observed, difference
        self.calls = 0
        self.found: Smallest = smallest(check, key, failing, RIGHT, self.searched(live), 0)
        self.inputs: dict[str, Any] = materialise(decode_inputs(self.found.inputs))

    def searched(self, live: Live) -> Live:
        """What the search calls."""
        return live


def test_a_small_edge_that_fails_is_shown_without_a_search() -> None:
    shown = Shown(WITH_EDGE, lambda x, k: x * k + 1)
    assert shown.calls == 0
    assert shown.inputs["x"].tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_a_search_ends_at_telling_numbers_and_unequal_sizes() -> None:
    shown = Shown(PLAIN, lambda x, k: x * k + 1)
    assert shown.inputs["x"].tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert shown.found.shrunk
    assert shown.found.size <= SMALL


def test_what_fails_for_one_row_only_is_shown_with_one_row() -> None:
    shown = Shown(PLAIN, lambda x, k: x * k + (len(x) == 1))
    assert shown.inputs["x"].shape[0] == 1
    assert shown.inputs["x"].flatten().tolist() == list(range(1, shown.inputs["x"].numel() + 1))


def test_what_needs_many_rows_is_shown_as_small_as_it_fails() -> None:
    shown = Shown(PLAIN, lambda x, k: x * k + (len(x) > 5))
    assert tuple(shown.inputs["x"].shape) == (6, 1)


def test_the_same_submission_gets_the_same_counterexample() -> None:
    first, second = (Shown(PLAIN, lambda x, k: x * k + (x > 2)) for _ in range(2))
    assert first.found == second.found


def test_calls_are_bounded() -> None:
    shown = Shown(PLAIN, lambda x, k: x * k + (x.sum() > 10))
    assert 0 < shown.calls <= MAX_CALLS + 3


def test_an_expensive_check_is_not_searched() -> None:
    shown = Shown(EXPENSIVE, lambda x, k: x * k + 1, drawn=1)
    assert shown.calls == 0


def test_a_difference_that_does_not_show_is_passed_over() -> None:
    def wrong(x: torch.Tensor, k: int) -> torch.Tensor:
        return x * k + 2**-23 * (x * k == 1) if len(x) < 4 else x * k + 1

    shown = Shown(PLAIN, wrong)
    assert shows(shown.found)
    assert len(shown.inputs["x"]) >= 4


def test_a_wrong_answer_is_not_told_with_the_case_of_an_exception() -> None:
    def wrong(x: torch.Tensor, k: int) -> torch.Tensor:
        if len(x) == 1:
            raise ValueError("a single row")
        return x * k + 1

    shown = Shown(PLAIN, wrong)
    assert shown.found.difference.kind == "values"


def test_answers_that_do_not_repeat_end_the_search() -> None:
    state = {"calls": 0}

    def flaky(x: torch.Tensor, k: int) -> torch.Tensor:
        state["calls"] += 1
        return x * k + state["calls"] % 3

    assert Shown(PLAIN, flaky).found.difference.kind == "values"


def test_a_worker_that_dies_in_the_search_leaves_the_keys_case() -> None:
    class Dying(Shown):
        def searched(self, live: Live) -> Live:
            def until_it_dies(data: bytes, seed: int) -> bytes:
                if self.calls >= 5:
                    raise WorkerEndedError("timeout", "too slow")
                return live(data, seed)

            return until_it_dies

    shown = Dying(PLAIN, lambda x, k: x * k + (len(x) > 5))
    assert shown.calls == 5
    assert not shown.found.shrunk


def test_without_a_model_solution_the_keys_smallest_case_is_shown() -> None:
    from grader.engine.draw import draw_cases

    inputs = [encode_case(case) for case in draw_cases(PLAIN, 0, 20)]
    answers = [answer(PLAIN, RIGHT, data, 0) for data in inputs]
    key = CheckKey(PLAIN.id, inputs, [0] * len(inputs), answers, {})
    wrong = Implementation({"scale": lambda x, k: x * k + 1})
    observed = [run_case(PLAIN.program, wrong, decode_inputs(data), 0) for data in inputs]
    failing = {i: (o, d) for i, o in enumerate(observed) if (d := judge_case(PLAIN, key, i, o))}
    found = smallest(PLAIN, key, failing, None, None, 0)
    assert found.size == min(
        Smallest(data, b"", b"", d, False, 0).size
        for data, (_, d) in zip(inputs, failing.values(), strict=True)
    )
