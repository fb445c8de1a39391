"""The smallest telling case that fails: an edge where one is small already, else shrunk by Hypothesis.

The search runs the submission, in its worker, and the reference, here, on the same drawn cases. It is bounded in calls,
never in time, so the same submission gets the same counterexample on any machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import Phase
from hypothesis import strategies as st

from grader.compare import Difference
from grader.engine.draw import HypothesisSource, for_check, number, profile, run_hypothesis
from grader.engine.key import CheckKey, answer, decode_inputs, encode_case, judge_case
from grader.engine.show import size_of
from grader.exercise import Check
from grader.sandbox.client import WorkerEndedError
from grader.sandbox.inside.run import Implementation
from grader.values import MalformedError, materialise

SMALL = 12  # numbers that a student can read at a glance
MAX_CALLS = 300
MAX_EXAMPLES = 60

Live = Callable[[bytes, int], bytes]


@dataclass(frozen=True)
class Smallest:
    """A failing case, with what both sides answered to it."""

    inputs: bytes
    expected: bytes
    observed: bytes
    difference: Difference
    shrunk: bool


def size(inputs: bytes) -> int:
    """How many numbers a case holds."""
    return size_of(materialise(decode_inputs(inputs)))


def smallest(
    check: Check, key: CheckKey, failing: dict[int, tuple[bytes, Difference]], reference: Implementation, live: Live, seed: int
) -> Smallest:
    """The counterexample to show.

    Args:
        failing: The cases of the key that fail, in their order: what was observed, and the difference.
        live: Runs the check on the submission for given inputs and seed.
        seed: The key's.
    """
    first = next(iter(failing))
    shown = _from_key(key, first, failing[first])
    if size(shown.inputs) <= SMALL or check.cases is not None:
        return shown
    by_size = min(failing, key=lambda index: (size(key.inputs[index]), index))
    found = _search(check, reference, live, seed)
    known = _from_key(key, by_size, failing[by_size])
    return min([found, known] if found else [known], key=lambda one: size(one.inputs))


def _from_key(key: CheckKey, index: int, failed: tuple[bytes, Difference]) -> Smallest:
    return Smallest(key.inputs[index], key.answers[index].observation, failed[0], failed[1], shrunk=False)


class _EnoughError(BaseException):
    """The calls are used up, or the worker is gone; no `Exception`, so that Hypothesis does not take it for a failure."""


def _search(check: Check, reference: Implementation, live: Live, seed: int) -> Smallest | None:
    calls = 0
    best: Smallest | None = None

    def fails(data: st.DataObject) -> None:
        nonlocal calls, best
        calls += 1
        if calls > MAX_CALLS:
            raise _EnoughError
        found = _try(check, reference, live, encode_case(for_check(check, HypothesisSource(data))), seed)
        if found is not None:
            if best is None or size(found.inputs) <= size(best.inputs):
                best = found
            raise AssertionError

    try:
        drawing = number(seed, check.assignment, check.exercise, *check.inputs)
        run_hypothesis(fails, profile(MAX_EXAMPLES, (Phase.generate, Phase.shrink)), drawing)
    except (AssertionError, _EnoughError):
        pass
    return best


def _try(check: Check, reference: Implementation, live: Live, inputs: bytes, seed: int) -> Smallest | None:
    case_seed = number(seed, check.id, "shrink") >> 31
    right = answer(check, reference, inputs, case_seed)
    key = CheckKey(check.id, [inputs], [case_seed], [right], {})
    try:
        observed = live(inputs, case_seed)
        difference = judge_case(check, key, 0, observed)
    except (WorkerEndedError, MalformedError):
        raise _EnoughError from None
    return Smallest(inputs, right.observation, observed, difference, shrunk=True) if difference else None
