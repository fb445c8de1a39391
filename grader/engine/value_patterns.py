"""The regular patterns between two values: the same numbers in another type, dtype or shape, or changed by one rule."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from grader.values import ArrayNode, ListNode, Node, TensorNode, as_array

Array = np.ndarray[Any, Any]
Number = int | float


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
        least: So many must fail before a pattern in the numbers is said. What a type, dtype or shape is needs none.
    """
    failing = [leaf for leaf in leaves if leaf.fails]
    if not failing or not all(_is_numeric(leaf.expected) and _is_numeric(leaf.observed) for leaf in failing):
        return None
    for form in (_other_type, _other_device, _other_dtype):
        if sentence := form(failing):
            return sentence
    if len(failing) < least:
        return None
    pairs = [Pair(values(leaf.expected), values(leaf.observed), leaf.fails, leaf.inputs) for leaf in leaves if _is_numeric(leaf.expected)]
    return _transposed(pairs) or _other_shape(pairs) or _other_values(pairs)


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


def near(one: Array, other: Array) -> bool:
    """Whether two arrays are equal up to a few float32 roundings; nan equals nan."""
    if one.shape != other.shape:
        return False
    if not one.size:
        return True
    one, other = one.astype(np.float64), other.astype(np.float64)
    finite = np.abs(one[np.isfinite(one)])
    scale = float(finite.max()) if finite.size else 0.0
    return bool(np.allclose(one, other, rtol=1e-5, atol=1e-6 * scale, equal_nan=True))


# --- the same numbers, otherwise packed -------------------------------------------------------------------------


def _other_type(failing: Sequence[Leaf]) -> str | None:
    kinds = {(_kind(leaf.expected), _kind(leaf.observed)) for leaf in failing}
    if len(kinds) != 1:
        return None
    expected, observed = kinds.pop()
    if expected == observed or not all(near(values(leaf.expected), values(leaf.observed)) for leaf in failing):
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
    if len(pairs) < len(failing) or any(device(one) == device(other) or one.data != other.data for one, other in pairs):
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


# --- the same numbers in another shape --------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """The numbers of one case; `failing` says whether they differ too much."""

    expected: Array
    observed: Array
    failing: bool
    inputs: Mapping[str, Any]


def _other_shape(pairs: Sequence[Pair]) -> str | None:
    if not all(pair.expected.shape != pair.observed.shape for pair in pairs if pair.failing):
        return None
    for sentence, change in itertools.chain(_unit_dimensions(pairs), _cut()):
        if _explains(pairs, change):
            return sentence
    flat = all(near(pair.expected.ravel(), pair.observed.ravel()) for pair in pairs if pair.failing)
    return "The values are right and in the right order; only the shape is not." if flat else None


Change = Callable[[Array], Array | None]


def _explains(pairs: Sequence[Pair], change: Change) -> bool:
    """Whether a change of the expected values gives what was observed in every case, the passing ones too."""
    for pair in pairs:
        changed = change(pair.expected)
        if changed is None or not near(changed, pair.observed if pair.failing else pair.expected):
            return False
    return True


def _unit_dimensions(pairs: Sequence[Pair]) -> Iterator[tuple[str, Change]]:
    example = next(pair for pair in pairs if pair.failing)
    shapes = f"{_shape(example.observed)} instead of {_shape(example.expected)}, for example"
    for axis, where in ((0, "in front"), (-1, "at the end"), (1, "at position 1"), (2, "at position 2"), (-2, "before the last")):
        kept = f"The values are right; a dimension of size 1 is left over {where}: {shapes}."
        lost = f"The values are right; the dimension of size 1 {where} is missing: {shapes}."
        yield kept, lambda x, axis=axis: np.expand_dims(x, axis) if -x.ndim - 1 <= axis <= x.ndim else None
        yield lost, lambda x, axis=axis: np.squeeze(x, axis) if _has_unit(x, axis) else None


def _has_unit(x: Array, axis: int) -> bool:
    return -x.ndim <= axis < x.ndim and x.shape[axis] == 1


def _shape(array: Array) -> str:
    return f"({', '.join(map(str, array.shape))}{',' if array.ndim == 1 else ''})"


def _transposed(pairs: Sequence[Pair]) -> str | None:
    """Two dimensions are exchanged, which on a square changes no shape."""
    ranks = {pair.expected.ndim for pair in pairs if pair.failing}
    for one, other in itertools.combinations(range(max(ranks)), 2):
        words = "rows and columns" if ranks == {2} else f"dimensions {one} and {other}"
        if _explains(pairs, lambda x, one=one, other=other: np.swapaxes(x, one, other) if x.ndim > other else None):
            return f"It is transposed: {words} are exchanged."
    return None


def _cut() -> Iterator[tuple[str, Change]]:
    yield "The last entry (or row) is missing; the others are right.", lambda x: x[:-1] if x.ndim else None
    yield "The first entry (or row) is missing; the others are right.", lambda x: x[1:] if x.ndim else None


# --- numbers changed by one rule --------------------------------------------------------------------------------


def _other_values(pairs: Sequence[Pair]) -> str | None:
    if not all(pair.expected.shape == pair.observed.shape for pair in pairs if pair.failing):
        return None
    told = [pair for pair in pairs if pair.failing and _is_telling(pair)]
    if len(told) < 2:
        return None
    for sentence, change in _changes(pairs, told):
        if _explains(pairs, change):
            return sentence
    return _by_a_size(pairs) or _moved_in_time(pairs)


def _is_telling(pair: Pair) -> bool:
    return bool(pair.expected.size and np.isfinite(pair.expected).all() and np.isfinite(pair.observed).all())


def _changes(pairs: Sequence[Pair], told: Sequence[Pair]) -> Iterator[tuple[str, Change]]:
    yield "The signs are wrong: every value is the negative of the right one.", lambda x: -x
    if all(np.isin(pair.expected, (0, 1)).all() for pair in told):
        yield "0 and 1 (or False and True) are exchanged.", lambda x: 1 - x
    factor = _ratio(told[0])
    if factor == 0:
        yield "Every value is 0.", lambda x: x * 0
    elif factor is not None and not math.isclose(factor, 1.0, rel_tol=1e-4):
        yield f"Every value is {factor_words(factor)} the right one.", lambda x: x * factor
    offset = float((told[0].observed - told[0].expected).flat[0])
    direction = "too large" if offset > 0 else "too small"
    yield f"Every value is {number_text(abs(offset))} {direction}.", lambda x: x + offset
    for axis, name in ((0, "first"), (-1, "last")):
        if not any(pair.expected.ndim and pair.expected.shape[axis] >= 3 for pair in told):
            continue  # two entries that changed places are shifted as well as reversed
        for step in (1, -1):
            sentence = (
                f"The values are shifted by one place along the {name} dimension; what falls off returns at the other end."
            )
            yield sentence, lambda x, axis=axis, step=step: np.roll(x, step, axis) if x.ndim else x
        yield f"The values are right, but in reverse order along the {name} dimension.", lambda x, axis=axis: np.flip(x, axis) if x.ndim else x


def _ratio(pair: Pair) -> float | None:
    """Observed over expected, at the largest expected number."""
    if not pair.expected.size or not np.isfinite(pair.expected).all():
        return None
    where = int(np.argmax(np.abs(pair.expected)))
    largest = float(pair.expected.flat[where])
    return float(pair.observed.flat[where]) / largest if largest else None


def factor_words(factor: float) -> str:
    """`twice`, `half of`, `0.1 times`."""
    for value, words in ((2.0, "twice"), (0.5, "half of"), (-2.0, "minus twice"), (-0.5, "minus half of")):
        if math.isclose(factor, value, rel_tol=1e-5):
            return words
    return f"{number_text(factor)} times"


def number_text(value: float) -> str:
    """A number as a reader likes it: `0.1`, `1/3`, `2.5`."""
    fraction = Fraction(value).limit_denominator(12) if math.isfinite(value) else Fraction(0)
    if fraction.denominator in (3, 6, 7, 9, 11, 12) and math.isclose(fraction, value, rel_tol=1e-5):
        return str(fraction)
    return f"{value:.6g}"


# --- factors that are a size ------------------------------------------------------------------------------------


def _by_a_size(pairs: Sequence[Pair]) -> str | None:
    """Every case's factor is a size of its inputs: summed where averaged, or the other way round."""
    told = [pair for pair in pairs if pair.failing and _is_telling(pair)]
    factors = [_ratio(pair) for pair in told]
    if any(factor is None for factor in factors) or len({round(factor, 6) for factor in factors if factor}) < 2:
        return None
    for name in sizes_of(told[0].inputs):
        for form in _FORMS:
            if _explains_by_size(pairs, name, form.factor):
                return form.sentence.format(size=name)
    return None


@dataclass(frozen=True)
class _Form:
    """How a factor follows from a size."""

    sentence: str
    factor: Callable[[float], float | None]


_FORMS = (
    _Form("Every value is {size} times too large: summed where an average is asked for?", lambda n: n),
    _Form("Every value is divided by {size} too often: averaged where a sum is asked for?", lambda n: 1 / n if n else None),
    _Form("Every value is {size} times too large, and doubled.", lambda n: 2 * n),
    _Form("Every value is half of {size} times the right one.", lambda n: n / 2),
    _Form("It is divided by k where k - 1 is right, k being {size}.", lambda n: (n - 1) / n if n > 1 else None),
    _Form("It is divided by k - 1 where k is right, k being {size}.", lambda n: n / (n - 1) if n > 1 else None),
)


def _explains_by_size(pairs: Sequence[Pair], name: str, factor: Callable[[float], float | None]) -> bool:
    for pair in pairs:
        size = sizes_of(pair.inputs).get(name)
        by = None if size is None else factor(float(size))
        if by is None or not near(pair.expected * by, pair.observed if pair.failing else pair.expected):
            return False
    return True


_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def sizes_of(inputs: Mapping[str, Any]) -> dict[str, int]:
    """The sizes that a case's inputs have, in words: "the number of rows of x", "the number of elements of x"."""
    found: dict[str, int] = {}
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor | np.ndarray):
            found.update(_tensor_sizes(name, tuple(value.shape)))
        elif isinstance(value, list | tuple | str):
            found[f"the length of {name}"] = len(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found[name] = value
    return found


def _tensor_sizes(name: str, shape: tuple[int, ...]) -> dict[str, int]:
    if len(shape) == 1:
        return {f"the number of elements of {name}": shape[0]}
    words = ("rows", "columns") if len(shape) == 2 else ()
    found = {
        f"the number of {words[axis]} of {name}" if words else f"the {_ORDINALS[axis]} size of {name}": size
        for axis, size in enumerate(shape[:5])
    }
    return {**found, f"the number of elements of {name}": math.prod(shape)} if shape else found


# --- lists over time --------------------------------------------------------------------------------------------


def _moved_in_time(pairs: Sequence[Pair]) -> str | None:
    """Sequences that are one entry late, such as losses logged before an update instead of after it."""
    long = [pair for pair in pairs if pair.failing and pair.expected.ndim == 1 and len(pair.expected) >= 3]
    if len(long) < 3 or any(pair.expected.ndim != 1 for pair in pairs):
        return None
    both = [pair for pair in pairs if pair.failing]
    if all(near(pair.observed[1:], pair.expected[:-1]) for pair in both):
        return "One place late: each entry, from the second on, is what belongs in the place before it."
    if all(near(pair.observed[:-1], pair.expected[1:]) for pair in both):
        return "One place early: each entry but the last is what belongs in the place after it."
    return None
