"""Which cases fail and which pass, in words, where one simple rule tells them apart.

A rule is a property of a case's inputs alone, such as "the last mini-batch is smaller". It is said only where
it is true of every failing case and of no passing one, or the other way round, and where so many cases would
hardly fall apart by accident in a way that one of all the properties tried fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.engine.features import features

LEAST_SIDE = 3  # cases that fail, and cases that pass
CHANCE = 500  # a rule is no accident where one in this many would be

Property = tuple[int, str]  # its family, the simplest first, and words that follow "where"


@dataclass(frozen=True)
class Table:
    """The properties of some cases.

    Attributes:
        names: The inputs' names of each case.
        columns: For each property a byte a case: whether it is true of it.
        ranks: How late a property is derived; what is derived late is said only where nothing else fits.
    """

    names: tuple[tuple[str, ...], ...]
    columns: Mapping[Property, bytes]
    ranks: Mapping[Property, int]

    def rows(self, chosen: Sequence[int]) -> Table:
        """The same of some of the cases."""
        columns = {of: bytes(column[index] for index in chosen) for of, column in self.columns.items()}
        return Table(tuple(self.names[index] for index in chosen), columns, self.ranks)

    def with_rows(self, other: Table) -> Table:
        """These cases and those."""
        ranks = {**self.ranks}
        for of, rank in other.ranks.items():
            ranks[of] = max(ranks.get(of, 0), rank)
        ours, theirs = bytes(len(self.names)), bytes(len(other.names))
        columns = {of: self.columns.get(of, ours) + other.columns.get(of, theirs) for of in ranks}
        return Table(self.names + other.names, columns, ranks)


def table(cases: Iterable[Mapping[str, Any]]) -> Table:
    """The properties of cases, of which the inputs are given by name."""
    names, found = [], []
    for inputs in cases:
        names.append(tuple(inputs))
        found.append(features(inputs))
    ranks: dict[Property, int] = {}
    for feature in found:
        for place, of in enumerate(feature):
            ranks[of] = max(ranks.get(of, 0), place)
    columns = {of: bytes(feature.get(of) is True for feature in found) for of in ranks}
    return Table(tuple(names), columns, ranks)


def rule(properties: Table, fails: Sequence[bool]) -> str | None:
    """The sentence for the rule that tells failing from passing cases, or None.

    Args:
        fails: Of each case of the table, whether it fails.
    """
    if min(sum(fails), len(fails) - sum(fails)) < LEAST_SIDE:
        return None
    columns = properties.columns
    if math.comb(len(fails), sum(fails)) < CHANCE * len(set(columns.values())):
        return None
    failing, right = bytes(fails), bytes(not failed for failed in fails)
    fitting = [of for of, column in columns.items() if column in (failing, right)]
    if not fitting:
        return None
    family = min(family for family, _ in fitting)
    for word, wanted in (("Fails", failing), ("Right", right)):
        of_family = [of for of in fitting if of[0] == family and columns[of] == wanted]
        if of_family:
            _, name = min(of_family, key=lambda of: (properties.ranks[of], of))
            return f"{word} exactly where {name} ({sum(wanted)} of {len(fails)} cases)."
    return None
