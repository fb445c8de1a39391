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
    columns = {name: tuple(feature.get(name) is True for feature in found) for name in _in_order(found)}
    if math.comb(len(fails), sum(fails)) < CHANCE * len(set(columns.values())):
        return None
    for name, column in columns.items():
        if column == tuple(fails):
            return f"Fails exactly where {name} ({sum(fails)} of {len(fails)} cases)."
    for name, column in columns.items():
        if column == tuple(not failed for failed in fails):
            return f"Right exactly where {name} ({len(fails) - sum(fails)} of {len(fails)} cases)."
    return None


def _in_order(found: Sequence[Mapping[str, bool]]) -> list[str]:
    """All properties, in the order in which they are derived: the simplest first."""
    ranks: dict[str, int] = {}
    for feature in found:
        for place, name in enumerate(feature):
            ranks[name] = max(ranks.get(name, 0), place)
    return sorted(ranks, key=lambda name: (ranks[name], name))
