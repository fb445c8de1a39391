from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.report.figures import HEIGHT, LEFT, MAX_SERIES, TOP, WIDTH, drawings

NUMBERS = st.lists(
    st.floats() | st.integers() | st.sampled_from(["nan", "inf", None, True, "text"]), max_size=30
)
SERIES = st.fixed_dictionaries(
    {"name": st.text(max_size=5), "x": NUMBERS, "y": NUMBERS},
    optional={"marks": st.sampled_from(["points", "line"])},
)


@settings(deadline=None)
@given(st.sampled_from(["lines", "scatter_lines"]), st.lists(SERIES, max_size=8))
def test_any_numbers_can_be_drawn(kind: str, series: list[dict[str, object]]):
    for drawing in drawings([{"kind": kind, "title": "t", "series": series}]):
        assert len(drawing.series) <= MAX_SERIES
        for tick in (*drawing.x_ticks, *drawing.y_ticks):
            assert -1 <= tick.at <= max(WIDTH, HEIGHT) + 1
        for one in drawing.series:
            assert all(math.isfinite(at) for point in one.points for at in point)
            assert not any(word in path for path in one.paths for word in ("nan", "inf"))


@pytest.mark.parametrize(
    "figure", [{}, {"kind": "pie"}, {"kind": "lines", "series": "x"}, {"kind": "lines", "series": [{}]}]
)
def test_what_is_no_figure_is_left_out(figure: dict[str, object]):
    assert drawings([figure]) == []


def test_value_that_is_not_finite_leaves_a_gap():
    series = {"name": "loss", "x": [0, 1, 2, 3, 4], "y": [5, 4, "nan", 2, 1]}
    (drawing,) = drawings([{"kind": "lines", "series": [series]}])
    assert len(drawing.series[0].paths) == 2
    assert drawing.series[0].gaps == 1


def test_larger_values_are_higher_and_further_right():
    (drawing,) = drawings([{"kind": "lines", "series": [{"name": "a", "x": [0, 1], "y": [0, 1]}]}])
    (x0, y0), (x1, y1) = drawing.series[0].points
    assert LEFT < x0 < x1 < WIDTH
    assert TOP < y1 < y0 < HEIGHT


def test_loss_over_many_decades_gets_a_logarithmic_axis():
    (drawing,) = drawings(
        [{"kind": "lines", "y_label": "loss", "series": [{"name": "a", "x": [0, 1], "y": [1, 1e6]}]}]
    )
    assert drawing.y_label == "loss (logarithmic)"
    assert "1e3" in [tick.label for tick in drawing.y_ticks]


def test_points_decide_how_far_the_axes_of_a_scatter_reach():
    cloud = {"name": "c", "marks": "points", "x": [0, 1], "y": [0, 1]}
    line = {"name": "l", "x": [-1000, 1000], "y": [-1000, 1000]}
    (with_line,) = drawings([{"kind": "scatter_lines", "series": [cloud, line]}])
    (without,) = drawings([{"kind": "scatter_lines", "series": [cloud]}])
    assert with_line.x_ticks == without.x_ticks
