"""The counterexample that a student sees: small, telling, and with a difference that shows.

An edge of the check that fails and is small comes first. Where there is none, `search` looks for one on the
live submission. Both are bounded in calls, never in time, so the same submission gets the same counterexample
on any machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.compare import Difference
from grader.engine.key import CheckKey, decode_inputs
from grader.engine.show import size_of, text_of
from grader.exercise import Check
from grader.sandbox.inside.run import Implementation
from grader.values import Raised, decode_node, materialise

SMALL = 12  # numbers that a student can read at a glance
MAX_CALLS = 300
CALLS_A_CASE = 3  # a check that asks for few cases is an expensive one
FEWEST_CASES = 5  # one that asks for fewer is not searched at all

Live = Callable[[bytes, int], bytes]


@dataclass(frozen=True)
class Smallest:
    """A failing case with what both sides answered; `seed` is what its random generators start from."""

    inputs: bytes
    expected: bytes
    observed: bytes
    difference: Difference
    shrunk: bool
    seed: int

    @property
    def size(self) -> int:
        """How many numbers there are to read before the answers."""
        return size(self.inputs)


def size(inputs: bytes) -> int:
    """How many numbers a case holds."""
    return size_of(materialise(decode_inputs(inputs)))


def smallest(
    check: Check,
    key: CheckKey,
    failing: Mapping[int, tuple[bytes, Difference]],
    reference: Implementation | None,
    live: Live | None,
    seed: int,
) -> Smallest:
    """The counterexample to show.

    Args:
        failing: The cases of the key that fail, in their order: what was observed, and the difference.
        reference: The model solution; None in a hand-out, where only the key's cases are to be had.
        live: Runs the check on the submission for given inputs and seed; None where that is of no use.
        seed: The key's.
    """
    known = _alike([_from_key(key, index, *failed) for index, failed in failing.items()])
    edges = {key.inputs[index] for index in range(min(edge_count(check), len(key.inputs)))}
    telling = next((one for one in known if one.inputs in edges and one.size <= SMALL), None)
    if telling is not None:
        return telling
    by_size = min(known, key=lambda one: one.size)
    calls = min(MAX_CALLS, CALLS_A_CASE * check.cases) if check.cases else MAX_CALLS
    if reference is None or live is None or calls < CALLS_A_CASE * FEWEST_CASES:
        return known[0] if known[0].size <= SMALL else by_size
    from grader.engine.search import search  # imports Hypothesis, which most runs don't need

    found = search(check, reference, live, seed, calls, is_raised(by_size))
    return min([*found, by_size], key=lambda one: one.size if one.size > SMALL else 0)


def edge_count(check: Check) -> int:
    """How many of a check's first cases are explicit ones; see `draw.edge_cases`."""
    return len(check.edges) or max(len(check.dtypes or ()), len(check.layouts or ()), 1)


def _from_key(key: CheckKey, index: int, observed: bytes, difference: Difference) -> Smallest:
    expected = key.answers[index].observation
    return Smallest(key.inputs[index], expected, observed, difference, shrunk=False, seed=key.seeds[index])


def _alike(known: list[Smallest]) -> list[Smallest]:
    """The cases that fail as the first does, by an exception or an answer; those that show it, if any."""
    alike = [one for one in known if is_raised(one) == is_raised(known[0])]
    return [one for one in alike if shows(one)] or alike


def is_raised(one: Smallest) -> bool:
    """Whether the submission raised."""
    return isinstance(decode_node(one.observed), Raised)


def shows(one: Smallest) -> bool:
    """Whether a reader sees a difference between the two answers as they are printed, with seven digits."""
    if one.difference.kind not in ("values", "finite"):
        return True
    expected, observed = (_digits(text_of(decode_node(data))) for data in (one.expected, one.observed))
    return expected != observed


def _digits(text: str) -> str:
    """The text with `1.` as `1`, which are the same to a reader."""
    return re.sub(r"\.(?!\d)", "", text)
