"""Which cases fail and which pass, in words, where one simple rule tells them apart.

A rule is a property of a case's inputs alone, such as "the last mini-batch is smaller". It is said only where
it is true of every failing case and of no passing one, or the other way round, and where so many cases would
hardly fall apart by accident in a way that one of all the properties tried fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from grader.engine.features import features

LEAST_SIDE = 3  # cases that fail, and cases that pass
CHANCE = 500  # a rule is no accident where one in this many would be


def rule(cases: Sequence[tuple[Mapping[str, Any], bool]]) -> str | None:
    """The sentence for the rule that tells failing from passing cases, or None.

    Args:
        cases: The inputs of each case by name, and whether it fails.
    """
    fails = [failed for _, failed in cases]
    if min(sum(fails), len(fails) - sum(fails)) < LEAST_SIDE:
        return None
    found = [features(inputs) for inputs, _ in cases]
    columns = {key: tuple(feature.get(key) is True for feature in found) for key in _in_order(found)}
    if math.comb(len(fails), sum(fails)) < CHANCE * len(set(columns.values())):
        return None
    right = tuple(not failed for failed in fails)
    for family in sorted({family for family, _ in columns}):
        for word, wanted in (("Fails", tuple(fails)), ("Right", right)):
            for (of, name), column in columns.items():
                if of == family and column == wanted:
                    return f"{word} exactly where {name} ({sum(wanted)} of {len(fails)} cases)."
    return None


def _in_order(found: Sequence[Mapping[tuple[int, str], bool]]) -> list[tuple[int, str]]:
    """All properties, in the order in which they are derived: the simplest first."""
    ranks: dict[tuple[int, str], int] = {}
    for feature in found:
        for place, key in enumerate(feature):
            ranks[key] = max(ranks.get(key, 0), place)
    return sorted(ranks, key=lambda key: (ranks[key], key))
