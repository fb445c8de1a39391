"""What differs by one regular pattern, said in a sentence even where no known misconception fits.

A pattern is decided over all cases of a check: it must give what was observed in every failing case, and what
was expected in every passing one. Where none does, nothing is said. All functions here are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.engine import value_patterns
from grader.engine.number_patterns import near
from grader.engine.value_patterns import Leaf
from grader.values import ArrayNode, DictNode, ListNode, Node, Raised, TensorNode, as_array

LEAST_FAILING = 3  # so many failing cases at least, before a pattern in the numbers is no chance
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Answered:
    """One case: its inputs by name, what was expected and observed, and whether that fails."""

    inputs: Mapping[str, Any]
    expected: Node
    observed: Node
    fails: bool


def pattern(cases: Sequence[Answered]) -> str | None:
    """The one regular pattern by which a check's observations differ from the expected ones, or None."""
    failing = [case for case in cases if case.fails]
    if not failing or any(isinstance(case.observed, Raised) for case in failing):
        return None
    return _calls_differ(cases) or _parts_of_lists(cases) or _at_one_place(cases)


def _calls_differ(cases: Sequence[Answered]) -> str | None:
    """Where a check calls twice: the first answer is right, the second one is not."""
    right_first = [
        _same(expected["first call"], observed["first call"])
        and not _same(expected["second call"], observed["second call"])
        for case in cases
        if case.fails
        for expected, observed in [(_entries(case.expected), _entries(case.observed))]
        if {"first call", "second call"} == set(expected) == set(observed)
    ]
    if len(right_first) == sum(case.fails for case in cases) and all(right_first):
        return "The first call is right and a second one with the same inputs is not: something stays behind."
    return None


def _entries(node: Node) -> dict[str, Node]:
    return (
        {key: value for key, value in node.items if isinstance(key, str)}
        if isinstance(node, DictNode)
        else {}
    )


def _parts_of_lists(cases: Sequence[Answered]) -> str | None:
    """Lists of right parts: too short by one at either end, or in the wrong order."""
    pairs = [(case.expected, case.observed) for case in cases if case.fails]
    lists = [(e.items, o.items) for e, o in pairs if isinstance(e, ListNode) and isinstance(o, ListNode)]
    if len(lists) < len(pairs) or len(lists) < LEAST_FAILING:
        return None
    for sentence, change in _LIST_CHANGES:
        if all(_same(ListNode(change(expected)), ListNode(observed)) for expected, observed in lists):
            return sentence
    return None


_LIST_CHANGES: tuple[tuple[str, Callable[[list[Node]], list[Node]]], ...] = (
    ("The last entry is missing; the others are right.", lambda items: items[:-1]),
    ("The first entry is missing; the others are right.", lambda items: items[1:]),
    ("The parts of the answer are right, but in reverse order.", lambda items: items[::-1]),
)


# --- where it differs --------------------------------------------------------------------------------------


def _at_one_place(cases: Sequence[Answered]) -> str | None:
    """The pattern of the parts that differ: every one of them must show it."""
    if not all(
        _shape_of_tree(case.expected) == _shape_of_tree(case.observed) for case in cases if case.fails
    ):
        return None
    places = _differing_places(cases)
    told = {place: value_patterns.describe(_leaves_at(cases, place), LEAST_FAILING) for place in places}
    sentences = set(told.values())
    if len(sentences) != 1:
        return None
    sentence = sentences.pop()
    if sentence is None or places == [()]:
        return sentence
    where = (
        " and ".join(_name(place) for place in places[:3]) if len(places) <= 3 else "each part that differs"
    )
    return f"In {where}: {sentence[0].lower()}{sentence[1:]}"


def _name(place: Path) -> str:
    return " ".join(f"entry {part}" if isinstance(part, int) else part for part in place)


def _differing_places(cases: Sequence[Answered]) -> list[Path]:
    found: dict[Path, None] = {}
    for case in cases:
        if case.fails:
            observed = dict(_parts(case.observed))
            found.update(
                {place: None for place, node in _parts(case.expected) if not _same(node, observed[place])}
            )
    return list(found)


def _leaves_at(cases: Sequence[Answered], place: Path) -> list[Leaf]:
    """The part at one place, of all cases; a case counts as failing where that part differs."""
    leaves = []
    for case in cases:
        expected, observed = dict(_parts(case.expected)), dict(_parts(case.observed))
        if place in expected and place in observed:
            fails = case.fails and not _same(expected[place], observed[place])
            leaves.append(Leaf(case.inputs, expected[place], observed[place], fails))
    return leaves


def _same(one: Node, other: Node) -> bool:
    """Whether two nodes are equal up to a rounding error, which is no pattern."""
    if isinstance(one, TensorNode | ArrayNode) and isinstance(other, TensorNode | ArrayNode):
        kinds = [(type(node), node.dtype, node.shape, value_patterns.device(node)) for node in (one, other)]
        return kinds[0] == kinds[1] and (one.data == other.data or near(as_array(one), as_array(other)))
    if value_patterns.is_number_list(one) and value_patterns.is_number_list(other):
        return near(value_patterns.values(one), value_patterns.values(other))
    if isinstance(one, float) and isinstance(other, float):
        return near(value_patterns.values(one), value_patterns.values(other))
    if _is_inner(one) and _is_inner(other):
        pairs = zip(_parts(one), _parts(other), strict=False)
        return _shape_of_tree(one) == _shape_of_tree(other) and all(_same(a[1], b[1]) for a, b in pairs)
    return one == other


def _is_inner(node: Node) -> bool:
    """Whether a node is looked at in parts: a dict or list that holds something, but no list of numbers."""
    return (
        isinstance(node, DictNode | ListNode) and bool(node.items) and not value_patterns.is_number_list(node)
    )


def _parts(node: Node, place: Path = ()) -> Iterator[tuple[Path, Node]]:
    """The leaves of a tree; a list of numbers is one leaf."""
    if not _is_inner(node):
        yield place, node
    elif isinstance(node, DictNode):
        for key, value in node.items:
            yield from _parts(value, (*place, key if isinstance(key, str) else repr(key)))
    elif isinstance(node, ListNode):
        for index, value in enumerate(node.items):
            yield from _parts(value, (*place, index))


def _shape_of_tree(node: Node) -> list[Path]:
    return [place for place, _ in _parts(node)]
