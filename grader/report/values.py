"""The JSON values of a report, read for showing: their parts, what differs, how a number is written.

A value may be anything that a submission returned, so a dict that only resembles a tensor is shown as one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.report.text import clean, one_line, shorten

MAX_PARTS = 24
MAX_DEPTH = 6
DIGITS = (5, 7, 9, 17)  # the first with which what differs also looks different


class Absent:
    """The value of a part that is not there."""


ABSENT = Absent()


@dataclass(frozen=True)
class Cells:
    """A rectangular block of entries.

    Attributes:
        shape: Its sizes; `()` for a single entry.
        entries: The values in row-major order.
        floating: Whether they are written as floats (`1.`).
    """

    shape: tuple[int, ...]
    entries: tuple[Any, ...]
    floating: bool


@dataclass(frozen=True)
class Part:
    """One part of an answer beside the same part of the expected one.

    Attributes:
        label: Where it is in the answer (`entry 0`, `first call`); empty for the answer itself.
        expected, observed: JSON values, or `ABSENT`.
        differs: Whether a reader sees a difference.
        wrong: The indices, row by row, of the entries that differ; empty where entries can't be compared.
    """

    label: str
    expected: Any
    observed: Any
    differs: bool
    wrong: frozenset[int] = frozenset()


# --- what a value is ----------------------------------------------------------------------------------------


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor or array as a report writes it, and not just a dict with such keys."""
    if not isinstance(value, dict) or not isinstance(value.get("dtype"), str):
        return False
    shape = value.get("shape")
    if not isinstance(shape, list) or not all(type(side) is int and side >= 0 for side in shape):
        return False
    if "summary" in value:
        return isinstance(value["summary"], dict | str)
    return "values" in value and _has_shape(value["values"], shape)


def _has_shape(values: Any, shape: Sequence[int]) -> bool:
    if not shape:
        return not isinstance(values, list | dict)
    return (
        isinstance(values, list) and len(values) == shape[0] and all(_has_shape(v, shape[1:]) for v in values)
    )


def is_raised(value: Any) -> bool:
    """Whether a value stands for an exception."""
    return (
        isinstance(value, dict) and set(value) == {"raised", "message"} and isinstance(value["raised"], str)
    )


def is_opaque(value: Any) -> bool:
    """Whether a value stands for an object that is no data."""
    return isinstance(value, dict) and set(value) == {"type", "text"} and isinstance(value["type"], str)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def cells(value: Any) -> Cells | None:
    """The entries of a tensor, a list of plain values or a single one; None for what has no such entries."""
    if is_tensor(value):
        if "values" not in value:
            return None
        floating = value["dtype"].startswith(("float", "bfloat"))
        return Cells(tuple(value["shape"]), tuple(_flat(value["values"])), floating)
    if isinstance(value, list) and all(map(_is_scalar, value)):
        return Cells((len(value),), tuple(value), False)
    return Cells((), (value,), False) if _is_scalar(value) else None


def _flat(values: Any) -> Iterator[Any]:
    if isinstance(values, list):
        for item in values:
            yield from _flat(item)
    else:
        yield values


def kind(value: Any) -> str:
    """What a value is, as a student would call it: `float32 (2, 3)`, `list`; empty for plain values."""
    if is_tensor(value):
        shape = value["shape"]
        text = f"{value['dtype']} ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
        if value.get("type") == "numpy.ndarray":
            text = f"numpy {text}"
        device = value.get("device", "cpu")
        return one_line(text if device == "cpu" else f"{text} on {device}")
    return "list" if isinstance(value, list) else ""


def remark(value: Any) -> str:
    """What makes an input more than its numbers: its layout, that it requires a gradient; empty for most."""
    if not is_tensor(value):
        return ""
    facts = []
    if isinstance(value.get("strides"), list):
        facts.append(f"strides ({', '.join(map(str, value['strides']))})")
    if value.get("requires_grad") is True:
        facts.append("requires grad" + (", holds a .grad" if is_tensor(value.get("grad")) else ""))
    return one_line("; ".join(facts))


# --- comparing for the eye ----------------------------------------------------------------------------------


def parts(expected: Any, observed: Any) -> list[Part]:
    """The parts of two answers side by side; one part where they have none, or are built differently."""
    found = list(_parts("", expected, observed, 0))
    return found[:MAX_PARTS]


def _parts(label: str, expected: Any, observed: Any, depth: int) -> Iterator[Part]:
    if (
        depth < MAX_DEPTH
        and _is_branch(expected)
        and _is_branch(observed)
        and type(expected) is type(observed)
    ):
        theirs = dict(_children(observed))
        ours = dict(_children(expected))
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            below = f"{label}, {name}" if label else name
            yield from _parts(below, ours.get(name, ABSENT), theirs.get(name, ABSENT), depth + 1)
    else:
        yield _part(label, expected, observed)


def _is_branch(value: Any) -> bool:
    if isinstance(value, dict):
        return not (is_tensor(value) or is_raised(value) or is_opaque(value))
    return isinstance(value, list) and cells(value) is None


def _children(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(one_line(str(key), 60), item) for key, item in value.items()]
    return [(f"entry {index}", item) for index, item in enumerate(value)]


def _part(label: str, expected: Any, observed: Any) -> Part:
    ours, theirs = cells(expected), cells(observed)
    if ours is not None and theirs is not None and ours.shape == theirs.shape:
        wrong = differing(ours.entries, theirs.entries)
        return Part(label, expected, observed, bool(wrong) or kind(expected) != kind(observed), wrong)
    return Part(label, expected, observed, not _same(expected, observed))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def differing(expected: Sequence[Any], observed: Sequence[Any]) -> frozenset[int]:
    """The indices of entries that differ by more than a float's noise; where none does, of all that differ.

    The verdict was reached by the check's own comparison. This only decides what to point at.
    """
    pairs = list(zip(expected, observed, strict=True))
    visible = frozenset(i for i, (e, o) in enumerate(pairs) if _apart(e, o, 1e-4))
    return visible or frozenset(i for i, (e, o) in enumerate(pairs) if _apart(e, o, 0.0))


def _apart(expected: Any, observed: Any, tolerance: float) -> bool:
    if isinstance(expected, bool) or isinstance(observed, bool):
        return expected is not observed
    if isinstance(expected, int | float) and isinstance(observed, int | float):
        return abs(expected - observed) > tolerance * max(1.0, abs(expected))
    return not _same(expected, observed)


# --- writing ------------------------------------------------------------------------------------------------


def number(value: Any, floating: bool, digits: int = 7) -> str:
    """An entry as text: `1.` for a whole float, `0.3333` with the digits asked for; others as in Python."""
    if value in ("nan", "inf", "-inf"):
        return str(value)
    if isinstance(value, str):
        return shorten(repr(clean(value)), 200)
    if isinstance(value, bool) or value is None or not isinstance(value, int | float):
        return one_line(str(value), 60)
    if not floating and isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}." if floating else f"{value:.1f}"
    return f"{value:.{digits}g}"


def entry_texts(block: Cells, beside: Cells | None = None, wrong: frozenset[int] = frozenset()) -> list[str]:
    """The entries as text, with enough digits to tell apart those in `wrong` from the ones `beside`."""
    for digits in DIGITS:
        texts = [number(value, block.floating, digits) for value in block.entries]
        if beside is None or digits == DIGITS[-1]:
            break
        others = [number(value, beside.floating, digits) for value in beside.entries]
        if all(texts[i] != others[i] for i in wrong):
            break
    return texts


def flat_text(value: Any, limit: int = 400) -> str:
    """Any value in one line."""
    return shorten(_text(value, 0), limit)


def _text(value: Any, depth: int) -> str:
    if isinstance(value, Absent):
        return "nothing"
    block = cells(value)
    if is_tensor(value) and block is None:
        return summary(value)
    if block is not None:
        return nested(entry_texts(block), block.shape)
    if is_raised(value):
        return one_line(f"{value['raised']}: {value['message']}".rstrip(": "))
    if is_opaque(value):
        return one_line(str(value["text"]) or f"<{value['type']}>")
    if depth >= MAX_DEPTH:
        return "…"
    children = [(name, _text(item, depth + 1)) for name, item in _children(value)[:MAX_PARTS]]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {text}" for name, text in children) + "}"
    return "[" + ", ".join(text for _, text in children) + "]"


def summary(value: Any) -> str:
    """What a report says of a tensor that is too large to be written out."""
    facts = value["summary"]
    if not isinstance(facts, dict):
        return one_line(str(facts))
    return one_line(", ".join(f"{name} {number(fact, False, 5)}" for name, fact in facts.items()))


def nested(texts: Sequence[str], shape: Sequence[int]) -> str:
    """Entries as nested lists: `[[1., 2.], [3., 4.]]`."""
    if not shape:
        return texts[0]
    step = math.prod(shape[1:])
    return "[" + ", ".join(nested(texts[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])) + "]"
