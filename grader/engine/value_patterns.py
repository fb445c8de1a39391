"""The regular patterns between two values: the same numbers in another type, dtype or place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.engine.number_patterns import Array, Pair, near, number_pattern
from grader.values import ArrayNode, ListNode, Node, TensorNode, as_array


@dataclass(frozen=True)
class Leaf:
    """One part of one case's answer."""

    inputs: Mapping[str, Any]
    expected: Node
    observed: Node
    fails: bool


def describe(leaves: Sequence[Leaf], least: int) -> str | None:
    """The pattern that all these parts show, failing and passing ones; None where none does.

    Args:
        least: So many must fail before a pattern in the numbers is said; other types and dtypes need
            no number of cases.
    """
    failing = [leaf for leaf in leaves if leaf.fails]
    if not failing or not all(_is_numeric(leaf.expected) and _is_numeric(leaf.observed) for leaf in failing):
        return None
    for form in (_other_type, _other_device, _other_dtype):
        if sentence := form(failing):
            return sentence
    if len(failing) < least:
        return None
    pairs = [
        Pair(values(leaf.expected), values(leaf.observed), leaf.fails, leaf.inputs)
        for leaf in leaves
        if _is_numeric(leaf.expected)
    ]
    return number_pattern(pairs)


def is_number_list(node: Node) -> bool:
    """Whether a node is a list of plain numbers (losses, indices), which is then looked at as one array."""
    return isinstance(node, ListNode) and bool(node.items) and all(_is_plain(item) for item in node.items)


def _is_plain(node: Node) -> bool:
    return isinstance(node, int | float) and not isinstance(node, bool)


def _is_numeric(node: Node) -> bool:
    if isinstance(node, TensorNode | ArrayNode):
        return not node.dtype.startswith("complex")
    return _is_plain(node) or is_number_list(node)


def values(node: Node) -> Array:
    """The numbers of a leaf, in float64."""
    if isinstance(node, TensorNode | ArrayNode):
        return as_array(node).astype(np.float64)
    if isinstance(node, ListNode):
        return np.array(node.items, dtype=np.float64)
    return np.array(node, dtype=np.float64)


# --- the same numbers, otherwise packed --------------------------------------------------------------------


def _other_type(failing: Sequence[Leaf]) -> str | None:
    kinds = {(_kind(leaf.expected), _kind(leaf.observed)) for leaf in failing}
    if len(kinds) != 1:
        return None
    expected, observed = kinds.pop()
    if expected == observed or not all(
        near(values(leaf.expected), values(leaf.observed)) for leaf in failing
    ):
        return None
    return f"The values are right; they come as {observed} instead of {expected}."


def _kind(node: Node) -> str:
    if isinstance(node, TensorNode):
        return "a tensor"
    if isinstance(node, ArrayNode):
        return "a numpy array"
    if isinstance(node, ListNode):
        return "a list"
    return f"a Python {type(node).__name__}"


def _tensors(failing: Sequence[Leaf]) -> list[tuple[TensorNode | ArrayNode, TensorNode | ArrayNode]]:
    """Both sides of each part, where both are tensors, or both numpy arrays."""
    return [
        (leaf.expected, leaf.observed)
        for leaf in failing
        if isinstance(leaf.expected, TensorNode | ArrayNode)
        and isinstance(leaf.observed, TensorNode | ArrayNode)
        and type(leaf.expected) is type(leaf.observed)
    ]


def device(node: TensorNode | ArrayNode) -> str:
    """Where the values lie."""
    return node.device if isinstance(node, TensorNode) else "cpu"


def _other_device(failing: Sequence[Leaf]) -> str | None:
    pairs = _tensors(failing)
    if len(pairs) < len(failing) or any(
        device(one) == device(other) or one.data != other.data for one, other in pairs
    ):
        return None
    return f"The values are right; the result is on {device(pairs[0][1])}, where its inputs are not."


def _other_dtype(failing: Sequence[Leaf]) -> str | None:
    pairs = _tensors(failing)
    if len(pairs) < len(failing) or any(one.dtype == other.dtype for one, other in pairs):
        return None
    if not all(_near_in_coarser(one, other) for one, other in pairs):
        return None
    wanted, got = ({node.dtype for node in nodes} for nodes in zip(*pairs, strict=True))
    if len(got) > 1:
        return "The values are right, the dtype is not."
    asked = f" instead of {wanted.pop()}" if len(wanted) == 1 else ", whatever is asked for"
    return f"The values are right; the dtype is {got.pop()}{asked}."


def _near_in_coarser(expected: TensorNode | ArrayNode, observed: TensorNode | ArrayNode) -> bool:
    one, other = values(expected), values(observed)
    if expected.shape != observed.shape:
        return False
    coarse = {"float16", "bfloat16"} & {expected.dtype, observed.dtype}
    return bool(np.allclose(one, other, rtol=1e-2, equal_nan=True)) if coarse else near(one, other)
