"""Name the misconceptions that explain a submission: those that answer as it does on every case."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.compare import EXACT, Tolerance, compare
from grader.engine.catalog import Mutant
from grader.engine.key import Answer, CheckKey, decode_inputs
from grader.exercise import Check, Within
from grader.values import Node, Raised, decode_node, materialise

Case = tuple[str, int]


@dataclass(frozen=True)
class Observed:
    """What one implementation answered to the cases of one check, in their order."""

    check: Check
    key: CheckKey
    observations: Sequence[bytes]


def diagnose(
    observed: Sequence[Observed], mutants: Sequence[Mutant], failing: frozenset[Case]
) -> list[Mutant]:
    """The misconception that explains everything observed, or two that do so together, or none.

    Args:
        observed: All checks of one exercise that ran.
        mutants: The exercise's misconceptions.
        failing: The cases (check id, index) that the submission fails.
    """
    if not failing:
        return []
    by_check = {part.check.id: part for part in observed}
    in_order = sorted(failing)  # most misconceptions disagree on the first of them already
    alone = [
        mutant
        for mutant in mutants
        if all(_agree(by_check[check], index, mutant.name) for check, index in in_order)
        and _agrees_when_right(observed, failing, mutant.name)
    ]
    if alone or _always_the_same(by_check, failing):
        return alone
    explained = {mutant.name: _explained(by_check, failing, mutant.name) for mutant in mutants}
    consistent = {
        mutant.name: _agrees_when_right(observed, failing, mutant.name)
        for mutant in mutants
        if explained[mutant.name]
    }
    return _pair(mutants, failing, explained, consistent)


def _always_the_same(by_check: Mapping[str, Observed], failing: frozenset[Case]) -> bool:
    """Whether a submission fails its essential check by one answer to questions that differ.

    That is one mistake, not two.
    """
    essential = [(by_check[check], index) for check, index in failing if by_check[check].check.essential]
    given = {part.observations[index] for part, index in essential}
    asked = {part.key.answers[index].observation for part, index in essential}
    return len(given) == 1 and len(asked) > 1


def _pair(
    mutants: Sequence[Mutant],
    failing: frozenset[Case],
    explained: Mapping[str, frozenset[Case]],
    consistent: Mapping[str, bool],
) -> list[Mutant]:
    """Two misconceptions of which each case that fails shows one, and both are needed.

    Best are two that are right wherever the submission is. Otherwise (each may be hidden in some cases, as
    where the submission does one thing for small inputs and another for large ones) each has to be seen alone
    in several cases. Where more than one pair fits, none is named.
    """
    partial = [mutant for mutant in mutants if explained[mutant.name] and explained[mutant.name] != failing]
    pairs = [
        (one, other)
        for one, other in itertools.combinations(partial, 2)
        if explained[one.name] | explained[other.name] == failing
    ]
    clear = [pair for pair in pairs if all(consistent[mutant.name] for mutant in pair)]
    seen = [pair for pair in pairs if _seen_alone(explained[pair[0].name], explained[pair[1].name])]
    for fitting in (clear, seen):
        if fitting:
            return list(fitting[0]) if len(fitting) == 1 else []
    return []


LEAST_ALONE = 3


def _seen_alone(one: frozenset[Case], other: frozenset[Case]) -> bool:
    """Whether each of two explanations has several cases for itself."""
    return min(len(one - other), len(other - one)) >= LEAST_ALONE


def _explained(by_check: Mapping[str, Observed], failing: frozenset[Case], name: str) -> frozenset[Case]:
    return frozenset(case for case in failing if _agree(by_check[case[0]], case[1], name))


def _agrees_when_right(observed: Sequence[Observed], failing: frozenset[Case], name: str) -> bool:
    """Whether a misconception is right wherever the submission is."""
    return all(
        _agree(part, index, name)
        for part in observed
        for index in part.key.misconceptions.get(name, {})
        if (part.check.id, index) not in failing and index < len(part.observations)
    )


def _agree(part: Observed, index: int, name: str) -> bool:
    theirs = part.observations[index]
    answer = part.key.answers[index]
    mutants = part.key.misconceptions.get(name, {}).get(index, answer.observation)
    return agree(part.check, part.key, index, name, mutants, theirs)


def agree(check: Check, key: CheckKey, index: int, name: str, one: bytes, other: bytes) -> bool:
    """Whether two observations of one case count as the same, by the check's own comparison.

    Args:
        name: The misconception that answered `one`.
    """
    if one == other:
        return True
    first, second = _decoded(one), _decoded(other)
    if isinstance(first, Raised) or isinstance(second, Raised):
        if isinstance(_decoded(key.answers[index].observation), Raised):
            return compare(first, second) is None  # an exception is asked: its words are free
        return (
            isinstance(first, Raised)
            and isinstance(second, Raised)
            and _same_trouble(first, second, (name, check.exercise))
        )
    if check.judge is not None:
        inputs, expected = decode_inputs(key.inputs[index]), decode_node(key.answers[index].observation)
        sentences = [
            check.judge(materialise(inputs), materialise(expected), materialise(node))
            for node in (first, second)
        ]
        return sentences[0] == sentences[1]
    return compare(first, second, _tolerance(check, key.answers[index])) is None


def _same_trouble(one: Raised, other: Raised, names: tuple[str, str]) -> bool:
    """Whether two exceptions that nobody asked for tell of the same thing.

    A RuntimeError may be anything, so the words count too; not those that somebody chose in a raise or assert.

    Args:
        names: What the first calls itself where the other bears the exercise's name.
    """
    if one.classes[0] != other.classes[0]:
        return False
    return one.message.replace(*names) == other.message or _own_words(one) or _own_words(other)


def _own_words(raised: Raised) -> bool:
    return bool(raised.frames) and raised.frames[-1].source.startswith(("raise", "assert"))


def _decoded(data: bytes) -> Node:
    """An observation; a small one is kept, since it is compared with those of all misconceptions."""
    return _kept(data) if len(data) <= 2048 else decode_node(data)


_kept = lru_cache(maxsize=4096)(decode_node)


def _tolerance(check: Check, answer: Answer) -> Tolerance:
    if isinstance(check.error, Within):
        return Tolerance(check.error.absolute, check.error.relative)
    if answer.bound:
        return Tolerance(bound=decode_node(answer.bound))
    return EXACT
