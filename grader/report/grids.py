"""Values as tables of small cells: expected, got, and the difference, slice by slice."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.report import values
from grader.report.values import Cells, Part

SHADES = 5


@dataclass(frozen=True)
class Cell:
    """An entry: what it says, how dark it is (0 to 4; None for what has no size), and whether it differs."""

    text: str
    shade: int | None
    wrong: bool


@dataclass(frozen=True)
class Table:
    """A slice of at most two dimensions; the rows have labels, their indices, where there are two."""

    label: str
    columns: tuple[str, ...]
    row_labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A value as tables, or as text where it has no entries."""

    role: str
    kind: str
    tables: tuple[Table, ...]
    text: str


def grids(part: Part) -> list[Grid]:
    """What was expected and what came, and the difference where both have the same shape."""
    expected, observed = values.cells(part.expected), values.cells(part.observed)
    if expected is None or observed is None or expected.shape != observed.shape:
        scale = _Scale([entry for block in (expected, observed) if block for entry in block.entries])
        return [_alone("expected", part.expected, scale), _alone("got", part.observed, scale)]
    scale = _Scale([*expected.entries, *observed.entries])
    ours = values.entry_texts(expected, observed, part.wrong)
    theirs = values.entry_texts(observed, expected, part.wrong)
    found = [
        _grid("expected", part.expected, expected, ours, scale, frozenset()),
        _grid("got", part.observed, observed, theirs, scale, part.wrong),
    ]
    if part.wrong and expected.shape:
        apart = [
            _apart(e, o, expected.floating) for e, o in zip(expected.entries, observed.entries, strict=True)
        ]
        found.append(_grid("difference", None, expected, apart, _Scale([]), part.wrong))
    return found


def _alone(role: str, value: Any, scale: _Scale) -> Grid:
    block = values.cells(value)
    if block is None or values.is_raised(value):
        raised = values.is_raised(value) and role == "expected"
        text = f"{value['raised']} is raised" if raised else values.flat_text(value)
        return Grid(role, values.kind(value), (), text)
    return _grid(role, value, block, values.entry_texts(block), scale, frozenset())


def _apart(expected: Any, observed: Any, floating: bool) -> str:
    if _size(expected) is None or _size(observed) is None:
        return "same" if expected == observed and type(expected) is type(observed) else "differs"
    difference = observed - expected
    text = values.number(difference, floating, 3)
    return f"+{text}" if difference > 0 else "0" if difference == 0 else text


def _size(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


class _Scale:
    """From an entry to its shade: equal steps between the smallest and the largest of all entries."""

    def __init__(self, entries: Sequence[Any]) -> None:
        sizes = [size for entry in entries if (size := _size(entry)) is not None]
        self.low, self.high = min(sizes, default=0.0), max(sizes, default=0.0)

    def shade(self, entry: Any) -> int | None:
        size = _size(entry)
        if size is None:
            return None
        if self.high - self.low <= 0 or not math.isfinite(self.high - self.low):
            return 0
        return min(SHADES - 1, int((size - self.low) / (self.high - self.low) * SHADES))


def _grid(
    role: str, value: Any, block: Cells, texts: Sequence[str], scale: _Scale, wrong: frozenset[int]
) -> Grid:
    kind = values.kind(value) if role != "difference" else "got minus expected"
    if not block.shape or not texts:
        return Grid(role, kind, (), texts[0] if texts else "no entries")
    shades = scale.shade if role != "difference" else (lambda entry: None)
    cells = [
        Cell(text, shades(entry), index in wrong)
        for index, (text, entry) in enumerate(zip(texts, block.entries, strict=True))
    ]
    return Grid(role, kind, tuple(_tables(cells, block.shape)), "")


def _tables(cells: Sequence[Cell], shape: Sequence[int]) -> Iterator[Table]:
    *leading, rows, columns = (1, *shape) if len(shape) == 1 else shape
    labels = tuple(map(str, range(rows))) if len(shape) > 1 else ()
    for number, index in enumerate(itertools.product(*map(range, leading))):
        first = number * rows * columns
        lines = [tuple(cells[first + r * columns : first + (r + 1) * columns]) for r in range(rows)]
        label = f"[{', '.join(map(str, index))}, :, :]" if leading else ""
        yield Table(label, tuple(map(str, range(columns))), labels, tuple(lines))
