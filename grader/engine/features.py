"""Properties of a case's inputs that a rule can name: sizes, layouts, dtypes, signs, what divides what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

Named = Iterator[tuple[str, bool]]
Inputs = Mapping[str, Any]


def features(inputs: Inputs) -> dict[tuple[int, str], bool]:
    """Every property of one case: its family, the simplest first, and words that follow "where"."""
    found: dict[tuple[int, str], bool] = {}
    families = (_plain_values, _sizes, _batches, _texts_and_lists, _kinds, _relations, _signs, _two_sizes)
    for family, derive in enumerate(families):
        for name, holds in derive(inputs):
            found.setdefault((family, name), bool(holds))
    return found


def _tensors(inputs: Inputs) -> list[tuple[str, torch.Tensor]]:
    """The tensors among the inputs; a numpy array counts as one."""
    found = []
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor):
            found.append((name, value.detach()))
        elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            found.append((name, torch.from_numpy(value)))
    return found


def _whole_numbers(inputs: Inputs) -> dict[str, int]:
    return {
        name: value
        for name, value in inputs.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }


# --- plain values ------------------------------------------------------------------------------------------


def _plain_values(inputs: Inputs) -> Named:
    for name, value in inputs.items():
        if value is None or isinstance(value, bool | str | float | torch.dtype):
            yield f"{name} is {_text(value)}", True
        if isinstance(value, int) and not isinstance(value, bool):
            yield f"{name} is {value}", True
            yield f"{name} is more than 1", value > 1
            yield f"{name} is more than 2", value > 2
            yield f"{name} is odd", value % 2 == 1
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{name} is negative", value < 0
            yield f"{name} is 0", value == 0
            yield f"{name} is not a whole number", not float(value).is_integer()


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


# --- sizes -------------------------------------------------------------------------------------------------


def _sizes(inputs: Inputs) -> Named:
    for name, x in _tensors(inputs):
        for axis, size in enumerate(x.shape):
            words = dimension(name, axis, x.ndim)
            yield f"there is a single {words[0]} in {name}" if words[0] else f"{words[1]} is 1", size == 1
            yield f"{name} has no {words[0]}s" if words[0] else f"{words[1]} is 0", size == 0
        yield f"{name} has a single element", x.numel() == 1
        yield f"{name} has no elements", x.numel() == 0
        yield f"some size of {name} is 1", 1 in x.shape
        yield f"some size of {name} is 0", 0 in x.shape
        yield f"{name} has {x.ndim} dimension{'s' if x.ndim != 1 else ''}", True
        yield f"{name} has more than 1 dimension", x.ndim > 1
        yield f"{name} has more than 2 dimensions", x.ndim > 2
        yield f"{name} is square", x.ndim >= 2 and x.shape[0] == x.shape[1]
        for axis, size in enumerate(x.shape):
            words = dimension(name, axis, x.ndim)
            yield f"{words[1]} is {size}", True
            yield f"{words[1]} is more than 2", size > 2
            yield f"{words[1]} is odd", size % 2 == 1


def dimension(name: str, axis: int, ndim: int) -> tuple[str, str]:
    """What one entry along a dimension is called ("" where it has no name), and its size."""
    if ndim == 1:
        return "element", f"the number of elements of {name}"
    if ndim == 2:
        return ("row", "column")[axis], f"the number of {('rows', 'columns')[axis]} of {name}"
    return "", f"the size of dimension {axis} of {name}"


# --- mini-batches ------------------------------------------------------------------------------------------


def _batches(inputs: Inputs) -> Named:
    """How a batch size divides the rows: n where it is given, else the rows of the first tensor."""
    rows = _rows(inputs)
    for name, size in _whole_numbers(inputs).items():
        if "batch" not in name or size < 1 or rows is None:
            continue
        yield "the last mini-batch is smaller", rows % size != 0
        yield f"{name} is larger than the number of rows", size > rows
        yield "all rows fit into one mini-batch", size >= rows
        yield (
            "there is more than one mini-batch and the last one is smaller",
            rows > size and rows % size != 0,
        )
        yield "the last mini-batch has a single row", rows % size == 1 or size == 1 or rows == 1
        yield (
            "the last of several mini-batches has a single row",
            rows > size and (rows % size == 1 or size == 1),
        )
        yield "there is more than one mini-batch", rows > size


def _rows(inputs: Inputs) -> int | None:
    if isinstance(inputs.get("n"), int):
        return int(inputs["n"])
    sizes = [int(x.shape[0]) for _, x in _tensors(inputs) if x.ndim]
    return sizes[0] if sizes else None


# --- lists and texts ---------------------------------------------------------------------------------------


def _texts_and_lists(inputs: Inputs) -> Named:
    for name, value in inputs.items():
        if isinstance(value, str):
            yield f"{name} has capital letters", value != value.lower()
            yield (
                f"{name} has several spaces in a row, or other white space",
                " ".join(value.split(" ")) != " ".join(value.split()),
            )
            yield f"{name} begins or ends with white space", value != value.strip()
        if isinstance(value, list | tuple):
            yield f"{name} is empty", not value
            yield f"{name} has a single entry", len(value) == 1
            yield f"{name} has more than one entry", len(value) > 1
            yield from _entries(name, list(value))


def _entries(name: str, entries: list[Any]) -> Named:
    if entries and all(isinstance(entry, int | str) for entry in entries):
        yield f"{name} holds something twice", len(set(entries)) < len(entries)
        yield f"{name} is not in ascending order", _is_unordered(entries)
    if entries and all(isinstance(entry, int | float) for entry in entries):
        yield f"{name} holds a negative number", any(entry < 0 for entry in entries)
        yield f"{name} holds a 0", any(entry == 0 for entry in entries)
    if entries and all(isinstance(entry, list | tuple | torch.Tensor) for entry in entries):
        lengths = [len(entry) for entry in entries if not isinstance(entry, torch.Tensor) or entry.ndim]
        yield f"the entries of {name} are unequally long", len(set(lengths)) > 1
        yield f"an entry of {name} is empty", 0 in lengths
        yield f"the first entry of {name} is not the longest", bool(lengths) and lengths[0] < max(lengths)
        yield f"the last entry of {name} is not the longest", bool(lengths) and lengths[-1] < max(lengths)


def _is_unordered(entries: list[Any]) -> bool:
    if len({isinstance(entry, str) for entry in entries}) > 1:
        return False
    return bool(entries != sorted(entries))


# --- what the tensors are like -----------------------------------------------------------------------------


def _kinds(inputs: Inputs) -> Named:
    tensors = _tensors(inputs)
    for name, x in tensors:
        kind = str(x.dtype).removeprefix("torch.")
        yield f"{name} is {kind}", True
        yield (
            f"{name} holds whole numbers only by its dtype",
            not (x.is_floating_point() or x.dtype is torch.bool),
        )
        yield f"{name} is not contiguous", not x.is_contiguous()
        yield f"{name} begins inside other memory", x.storage_offset() > 0
        yield (
            f"{name} is expanded, with one row repeated",
            any(s == 0 < n - 1 for s, n in zip(x.stride(), x.shape, strict=True)),
        )
        yield (
            f"{name} is transposed",
            x.ndim == 2 and x.shape[0] > 1 and x.shape[1] > 1 and x.T.is_contiguous(),
        )
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor):
            yield f"{name} requires grad", value.requires_grad
            yield f"{name} holds a gradient already", value.is_leaf and value.grad is not None
    yield "an input is not contiguous", any(not x.is_contiguous() for _, x in tensors)


def _relations(inputs: Inputs) -> Named:
    for (one, x), (other, y) in itertools.combinations(_tensors(inputs), 2):
        yield f"{one} and {other} have different dtypes", x.dtype != y.dtype
        yield f"{one} and {other} have different shapes", x.shape != y.shape
        yield f"{one} and {other} have different numbers of dimensions", x.ndim != y.ndim
        yield f"{one} and {other} have different numbers of elements", x.numel() != y.numel()
    for (one, a), (other, b) in itertools.permutations(_whole_numbers(inputs).items(), 2):
        yield f"{one} is larger than {other}", a > b
        yield f"{one} is not a multiple of {other}", bool(b) and a % b != 0
    for name, value in inputs.items():
        if isinstance(value, dict):
            yield f"{name} is empty", not value


def _signs(inputs: Inputs) -> Named:
    tests: tuple[tuple[str, Callable[[torch.Tensor], Any]], ...] = (
        ("holds a negative number", lambda x: (x < 0).any()),
        ("holds a positive number", lambda x: (x > 0).any()),
        ("holds a 0", lambda x: (x == 0).any()),
        ("holds a number that is not whole", lambda x: (x != x.double().round()).any()),
        ("holds the same number twice", lambda x: len(x.unique()) < x.numel()),
        ("holds only one number, repeated", lambda x: x.numel() > 1 and len(x.unique()) == 1),
        ("is not in ascending order", lambda x: x.ndim == 1 and bool((x[1:] < x[:-1]).any())),
        ("holds a number beyond ±88", lambda x: (x.double().abs() > 88).any()),
        ("has a negative sum", lambda x: x.double().sum() < 0),
    )
    for name, x in _tensors(inputs):
        if x.dtype is not torch.bool:
            for text, test in tests:
                yield f"{name} {text}", bool(test(x))


def _two_sizes(inputs: Inputs) -> Named:
    """Sizes against whole numbers and against each other; last, since there are many."""
    sizes: dict[str, int] = {}
    for name, x in _tensors(inputs):
        sizes.update({dimension(name, axis, x.ndim)[1]: size for axis, size in enumerate(x.shape)})
    for (one, a), (other, b) in itertools.product(_whole_numbers(inputs).items(), sizes.items()):
        yield f"{one} is larger than {other}", a > b
        yield f"{one} is at least {other}", a >= b
        yield f"{one} is {other}", a == b
        yield f"{one} does not divide {other}", a != 0 and b % a != 0
    for (one, a), (other, b) in itertools.combinations(sizes.items(), 2):
        yield f"{one} is {other}", a == b
        yield f"{one} is larger than {other}", a > b
        yield f"{one} is smaller than {other}", a < b
