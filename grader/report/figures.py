"""The figures of a report as geometry: what an SVG needs, and nothing about what they show.

`GradeReport.figures` is a list of such objects:

    {"kind": "lines",                        # or "scatter_lines"
     "title": "Loss of train_manual",
     "x_label": "epoch", "y_label": "loss",
     "series": [{"name": "yours", "x": [0, 1, 2], "y": [1.0, 0.5, "nan"]},
                {"name": "reference", "x": [0, 1, 2], "y": [1.0, 0.5, 0.25]}]}

- `x` and `y` are equally long lists of numbers; what is no finite number (a string in JSON) leaves a gap.
- In "lines" each series is a line. In "scatter_lines" a series with `"marks": "points"` is a cloud of points;
  these decide how far the axes reach; the other series are lines, cut at the edge.
- The y axis is logarithmic for "lines" whose values are positive and differ by a factor above 1000.
- Whatever does not fit this description is left out: the numbers may come from a submission.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.report.text import one_line

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 12, 48
MAX_SERIES = 6
MAX_POINTS = 500
MAX_ROWS = 30

Point = tuple[float, float]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, in pixels, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Drawn:
    """A series ready to be drawn: `paths` for lines, `points` for their markers or a cloud."""

    index: int
    name: str
    cloud: bool
    paths: tuple[str, ...]
    points: tuple[Point, ...]
    rows: tuple[tuple[str, str], ...]
    count: int
    gaps: int


@dataclass(frozen=True)
class Drawing:
    """A figure ready to be drawn."""

    title: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    series: tuple[Drawn, ...]
    description: str


@dataclass(frozen=True)
class _Series:
    name: str
    cloud: bool
    points: tuple[Point | None, ...]

    @property
    def finite(self) -> list[Point]:
        return [point for point in self.points if point is not None]


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies, in pixels."""
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        at = self.begin + (value - low) / (high - low) * (self.end - self.begin)
        return round(max(-1e5, min(1e5, at)), 2)

    def ticks(self) -> tuple[Tick, ...]:
        """About five round values."""
        if self.log:
            powers = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            step = max(1, len(powers) // 5)
            return tuple(Tick(self.place(10.0**p), f"1e{p}") for p in list(powers)[::step])
        raw = (self.high - self.low) / 5
        unit = 10.0 ** math.floor(math.log10(raw))
        step_size = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw * 0.999)
        first, last = math.ceil(self.low / step_size), math.floor(self.high / step_size)
        return tuple(Tick(self.place(k * step_size), f"{k * step_size:.4g}") for k in range(first, last + 1))


def drawings(figures: Sequence[dict[str, Any]]) -> list[Drawing]:
    """Those figures of a report that can be drawn."""
    drawn = (_drawing(figure) for figure in figures)
    return [drawing for drawing in drawn if drawing is not None]


def _drawing(figure: dict[str, Any]) -> Drawing | None:
    series = [
        found for data in _list(figure.get("series"))[:MAX_SERIES] if (found := _read(data)) and found.finite
    ]
    if not series or figure.get("kind") not in ("lines", "scatter_lines"):
        return None
    log = figure["kind"] == "lines" and _wants_log([y for one in series for _, y in one.finite])
    bounds = [one for one in series if one.cloud] or series
    x_axis = _axis([x for one in bounds for x, _ in one.finite], LEFT, WIDTH - RIGHT)
    y_axis = _axis([y for one in bounds for _, y in one.finite], HEIGHT - BOTTOM, TOP, log=log)
    y_label = _text(figure.get("y_label")) + (" (logarithmic)" if log else "")
    drawn = tuple(_draw(index, one, x_axis, y_axis) for index, one in enumerate(series))
    title = _text(figure.get("title")) or "Figure"
    sentence = "; ".join(_sentence(one) for one in series)
    return Drawing(
        title, _text(figure.get("x_label")), y_label, x_axis.ticks(), y_axis.ticks(), drawn, sentence
    )


def _read(data: Any) -> _Series | None:
    if not isinstance(data, dict):
        return None
    xs, ys = _list(data.get("x")), _list(data.get("y"))
    points = tuple(_point(x, y) for x, y in zip(xs, ys, strict=False))
    step = max(1, math.ceil(len(points) / MAX_POINTS))
    return _Series(_text(data.get("name")) or "a series", data.get("marks") == "points", points[::step])


def _point(x: Any, y: Any) -> Point | None:
    return (float(x), float(y)) if _is_finite(x) and _is_finite(y) else None


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100


def _wants_log(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) / min(values) > 1000


def _axis(values: Sequence[float], begin: float, end: float, *, log: bool = False) -> _Axis:
    low, high = min(values), max(values)
    if log:
        return _Axis(low / 1.5, high * 1.5, begin, end, log=True)
    margin = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return _Axis(low - margin, high + margin, begin, end)


def _draw(index: int, series: _Series, x_axis: _Axis, y_axis: _Axis) -> Drawn:
    def place(point: Point) -> Point:
        return x_axis.place(point[0]), y_axis.place(point[1])

    runs = [[place(point) for point in run] for run in _runs(series.points)]
    paths = (
        ()
        if series.cloud
        else tuple("M" + "L".join(f"{x} {y}" for x, y in run) for run in runs if len(run) > 1)
    )
    few = len(series.finite) <= 40
    points = tuple(map(place, series.finite)) if series.cloud or few else ()
    rows = tuple((f"{x:.5g}", f"{y:.5g}") for x, y in series.finite[:MAX_ROWS])
    gaps = len(series.points) - len(series.finite)
    return Drawn(index, series.name, series.cloud, paths, points, rows, len(series.finite), gaps)


def _runs(points: Iterable[Point | None]) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in (*points, None):
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []


def _sentence(series: _Series) -> str:
    """A series in words, for whoever does not see it."""
    points = series.finite
    if series.cloud:
        return f"{series.name}: {len(points)} points"
    (x_first, y_first), (x_last, y_last) = points[0], points[-1]
    text = f"{series.name}: from {y_first:.4g} at {x_first:.4g} to {y_last:.4g} at {x_last:.4g}"
    gaps = len(series.points) - len(points)
    return text + (f", {gaps} without a finite value" if gaps else "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return one_line(value, 120) if isinstance(value, str) else ""
