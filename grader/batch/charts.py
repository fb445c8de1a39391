"""The charts of the class page, drawn by pygal as SVG that needs nothing from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from grader.errors import UsageError

COLOUR = "#2f6fb5"


def bars(title: str, labels: Sequence[str], values: Sequence[float], *, what: str) -> Markup:
    """Upright bars, as an image with its description.

    Args:
        what: What the values count, for who cannot see the image.
    """
    chart = _pygal().Bar(**_look(title), **_whole(values), height=300, width=720)
    chart.x_labels = list(labels)
    chart.add(what, list(values))
    return _image(chart, title, labels, values)


def lying_bars(
    title: str, labels: Sequence[str], values: Sequence[float], *, what: str, most: float | None = None
) -> Markup:
    """Lying bars, the first on top."""
    span = {"range": (0, most)} if most else _whole(values)
    chart = _pygal().HorizontalBar(**_look(title), **span, height=90 + 24 * len(labels), width=720)
    chart.x_labels = list(reversed(labels))
    chart.add(what, list(reversed(values)))
    return _image(chart, title, labels, values)


def _whole(values: Sequence[float]) -> dict[str, Any]:
    """An axis from 0 without fractions, for counts."""
    most = int(max(values, default=1)) or 1
    step = max(1, -(-most // 8))
    return {"range": (0, most), "y_labels": list(range(0, most + step, step))}


def _pygal() -> Any:
    try:
        import pygal
    except ImportError:
        raise UsageError("--format html needs pygal for its charts: pip install pygal.") from None
    return pygal


def _look(title: str) -> dict[str, Any]:
    from pygal.style import Style

    style = Style(
        background="white",
        plot_background="white",
        colors=(COLOUR,),
        font_family="system-ui, sans-serif",
        title_font_size=16,
        label_font_size=12,
        value_font_size=12,
        opacity="1",
        value_colors=("white",),
    )
    return {
        "title": title,
        "style": style,
        "js": (),
        "show_legend": False,
        "print_values": True,
        "print_zeroes": False,
        "disable_xml_declaration": True,
        "no_prefix": False,
        "explicit_size": True,
        "pretty_print": False,
        "truncate_label": 60,
    }


def _image(chart: Any, title: str, labels: Sequence[str], values: Sequence[float]) -> Markup:
    """An image rather than part of the page: what is drawn in it can neither run nor load anything."""
    svg = base64.b64encode(chart.render(is_unicode=True).encode()).decode()
    told = ", ".join(f"{label}: {value:g}" for label, value in zip(labels, values, strict=True))
    return Markup('<img src="data:image/svg+xml;base64,{}" alt="{}">').format(svg, f"{title}. {told}")
