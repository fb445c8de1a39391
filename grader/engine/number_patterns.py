"""The regular patterns between two arrays of numbers: another shape, or every number changed by one rule."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import torch

Array = np.ndarray[Any, Any]
Change = Callable[[Array], Array | None]


@dataclass(frozen=True)
class Pair:
    """The numbers of one case; `failing` says whether they differ too much."""

    expected: Array
    observed: Array
    failing: bool
    inputs: Mapping[str, Any]


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


def number_pattern(pairs: Sequence[Pair]) -> str | None:
    """The pattern that holds in all cases; some of them fail."""
    return _transposed(pairs) or _other_shape(pairs) or _other_values(pairs)


# --- the same numbers in another shape ---------------------------------------------------------------------


def _other_shape(pairs: Sequence[Pair]) -> str | None:
    if not all(pair.expected.shape != pair.observed.shape for pair in pairs if pair.failing):
        return None
    for sentence, change in itertools.chain(_unit_dimensions(pairs), _cut()):
        if _explains(pairs, change):
            return sentence
    flat = all(near(pair.expected.ravel(), pair.observed.ravel()) for pair in pairs if pair.failing)
    return "The values are right and in the right order; only the shape is not." if flat else None


def _explains(pairs: Sequence[Pair], change: Change) -> bool:
    """Whether a change of the expected values gives what was observed in every case, the passing ones too."""
    for pair in pairs:
        changed = change(pair.expected)
        if changed is None or not near(changed, pair.observed if pair.failing else pair.expected):
            return False
    return True


def _unit_dimensions(pairs: Sequence[Pair]) -> Iterator[tuple[str, Change]]:
    example = next(pair for pair in pairs if pair.failing)
    shapes = f"{_shape(example.observed)} instead of {_shape(example.expected)}, say"
    for axis, where in (
        (0, "in front"),
        (-1, "at the end"),
        (1, "at position 1"),
        (2, "at position 2"),
        (-2, "before the last"),
    ):
        kept = f"The values are right; a dimension of size 1 is left over {where}: {shapes}."
        lost = f"The values are right; the dimension of size 1 {where} is missing: {shapes}."
        yield kept, partial(_with_unit, axis)
        yield lost, partial(_without_unit, axis)


def _with_unit(axis: int, x: Array) -> Array | None:
    return np.expand_dims(x, axis) if -x.ndim - 1 <= axis <= x.ndim else None


def _without_unit(axis: int, x: Array) -> Array | None:
    return np.squeeze(x, axis) if -x.ndim <= axis < x.ndim and x.shape[axis] == 1 else None


def _shape(array: Array) -> str:
    return f"({', '.join(map(str, array.shape))}{',' if array.ndim == 1 else ''})"


def _transposed(pairs: Sequence[Pair]) -> str | None:
    """Two dimensions are exchanged, which on a square changes no shape."""
    ranks = {pair.expected.ndim for pair in pairs if pair.failing}
    for one, other in itertools.combinations(range(max(ranks)), 2):
        words = "rows and columns" if ranks == {2} else f"dimensions {one} and {other}"
        if _explains(pairs, partial(_swapped, one, other)):
            return f"It is transposed: {words} are exchanged."
    return None


def _swapped(one: int, other: int, x: Array) -> Array | None:
    return np.swapaxes(x, one, other) if x.ndim > other else None


def _cut() -> Iterator[tuple[str, Change]]:
    yield "The last entry (or row) is missing; the others are right.", lambda x: x[:-1] if x.ndim else None
    yield "The first entry (or row) is missing; the others are right.", lambda x: x[1:] if x.ndim else None


# --- numbers changed by one rule ---------------------------------------------------------------------------


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
            around = "what falls off returns at the other end"
            sentence = f"The values are shifted by one place along the {name} dimension; {around}."
            yield sentence, partial(_rolled, step, axis)
        yield (
            f"The values are right, but in reverse order along the {name} dimension.",
            partial(_flipped, axis),
        )


def _rolled(step: int, axis: int, x: Array) -> Array:
    return np.roll(x, step, axis) if x.ndim else x


def _flipped(axis: int, x: Array) -> Array:
    return np.flip(x, axis) if x.ndim else x


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


# --- factors that are a size -------------------------------------------------------------------------------


def _by_a_size(pairs: Sequence[Pair]) -> str | None:
    """Every case's factor is a size of its inputs: summed where averaged, or the other way round."""
    told = [pair for pair in pairs if pair.failing and _is_telling(pair)]
    factors = [_ratio(pair) for pair in told]
    if (
        any(factor is None for factor in factors)
        or len({round(factor, 6) for factor in factors if factor}) < 2
    ):
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
    _Form(
        "Every value is divided by {size} too often: averaged where a sum is asked for?",
        lambda n: 1 / n if n else None,
    ),
    _Form("Every value is {size} times too large, and doubled.", lambda n: 2 * n),
    _Form("Every value is half of {size} times the right one.", lambda n: n / 2),
    _Form(
        "It is divided by k where k - 1 is right, k being {size}.", lambda n: (n - 1) / n if n > 1 else None
    ),
    _Form(
        "It is divided by k - 1 where k is right, k being {size}.", lambda n: n / (n - 1) if n > 1 else None
    ),
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
    """The sizes of a case's inputs, in words: "the number of rows of x", "the number of elements of x"."""
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


# --- lists over time ---------------------------------------------------------------------------------------


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
