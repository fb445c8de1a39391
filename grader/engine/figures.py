"""Figures: what the submission's program gave beside the reference's, as data that any report can draw."""

from __future__ import annotations

from typing import Any

from grader.engine.show import json_number
from grader.exercise import Figure
from grader.values import DictNode, ListNode, MalformedError, Node, decode_node

MAX_POINTS = 500


def figure_json(figure: Figure, observed: bytes, reference: bytes) -> dict[str, Any] | None:
    """The figure in the form that `grader.report.figures` describes; None where the submission's is no figure."""
    try:
        yours, ours = _series(decode_node(observed)), _series(decode_node(reference))
    except MalformedError:
        return None
    lines = {name: one for name, one in yours.items() if one.get("marks") != "points"}
    if not any(one["x"] for one in lines.values()):
        return None
    series = [{"name": name, **one} for name, one in ours.items() if one.get("marks") == "points"]
    for name, one in lines.items():
        series.append({"name": f"yours: {name}", **one})
        if name in ours and ours[name] != one:
            series.append({"name": f"reference: {name}", **ours[name]})
    return {
        "kind": figure.kind,
        "title": figure.title,
        "x_label": figure.x_label,
        "y_label": figure.y_label,
        "series": series,
    }


def _series(node: Node) -> dict[str, dict[str, Any]]:
    """The series that a program returned; whatever is none of ours is left out."""
    if not isinstance(node, DictNode):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for name, value in node.items:
        items = value.items if isinstance(value, DictNode) else []
        parts = {key: part for key, part in items if isinstance(key, str)}
        x, y = _numbers(parts.get("x")), _numbers(parts.get("y"))
        if isinstance(name, str) and x is not None and y is not None and len(x) == len(y):
            found[name[:80]] = {"x": x, "y": y} | (
                {"marks": "points"} if parts.get("marks") == "points" else {}
            )
    return found


def _numbers(node: Node) -> list[Any] | None:
    if not isinstance(node, ListNode) or not all(isinstance(item, int | float) for item in node.items):
        return None
    return [json_number(round(float(item), 7)) for item in node.items[:MAX_POINTS]]  # type: ignore[arg-type]
