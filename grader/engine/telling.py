"""What all cases of a failing check say together: one regular pattern, and a rule for which of them fail."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from grader.engine.key import CheckKey, decode_inputs
from grader.engine.patterns import Answered, pattern
from grader.engine.rules import Table, rule, table
from grader.exercise import Check
from grader.sandbox.inside.run import Implementation, run_case
from grader.values import decode_node, materialise

TABLES = 512  # of as many checks at most, so that a lane holds some 30 MB


def words(
    key: CheckKey, failing: Mapping[int, bytes], count: int, passed: CheckKey | None = None
) -> tuple[str | None, str | None]:
    """The sentences for the pattern and for the rule, each None where there is none.

    Args:
        failing: What was observed in each failing case.
        count: How many cases ran, from the first on.
        passed: The exercise's essential check, where all of it passed and it asks the same: what its cases
        have in
            common may set this check's apart ("fails whenever the last mini-batch is smaller").
    """
    cases = [
        Answered(
            inputs=inputs_of(key, index),
            expected=decode_node(key.answers[index].observation),
            observed=decode_node(failing.get(index, key.answers[index].observation)),
            fails=index in failing,
        )
        for index in range(count)
    ]
    judged = _properties(tuple(key.inputs)).rows(range(count))
    fails = [case.fails for case in cases]
    found = rule(judged, fails)
    if found is None and passed is not None:
        beside = _right_elsewhere(passed, judged)
        found = rule(judged.with_rows(beside), fails + [False] * len(beside.names))
    return pattern(cases), found


@lru_cache(TABLES)
def _properties(inputs: tuple[bytes, ...]) -> Table:
    """The properties of a check's cases, which are the same for every submission."""
    return table(materialise(decode_inputs(data)) for data in inputs)


def asks_the_same(check: Check, reference: Implementation | None, other: CheckKey) -> bool:
    """Whether a check's program gives what another check's does, by the reference on a few of its cases."""
    return reference is not None and all(
        run_case(check.program, reference, decode_inputs(inputs), seed) == right.observation
        for inputs, seed, right in list(zip(other.inputs, other.seeds, other.answers, strict=True))[:3]
    )


def _right_elsewhere(passed: CheckKey, judged: Table) -> Table:
    """Another check's cases, as far as they have the same inputs."""
    others = _properties(tuple(passed.inputs))
    return others.rows([index for index, names in enumerate(others.names) if names == judged.names[0]])


def inputs_of(key: CheckKey, index: int) -> Mapping[str, Any]:
    """The inputs of one case, by name."""
    inputs: Mapping[str, Any] = materialise(decode_inputs(key.inputs[index]))
    return inputs
