"""Values as a reader sees them: as JSON for the report, as a call that a student could type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from grader.compare import kind_of
from grader.values import (
    ArrayNode,
    DictNode,
    DtypeNode,
    ListNode,
    Node,
    OpaqueNode,
    Raised,
    TensorNode,
    as_array,
    describe,
)

MAX_ELEMENTS = 64
MAX_TEXT = 2_000


def as_json(node: Node) -> Any:
    """A JSON value for an observed node: tensors as dtype, shape and values, summarised beyond 64 elements."""
    if isinstance(node, TensorNode | ArrayNode):
        return _tensor_json(node)
    if isinstance(node, float):
        return json_number(node)
    if isinstance(node, ListNode):
        return [as_json(item) for item in node.items[:MAX_ELEMENTS]]
    if isinstance(node, DictNode):
        return {k if isinstance(k, str) else text_of(k): as_json(v) for k, v in node.items[:MAX_ELEMENTS]}
    if isinstance(node, Raised):
        return {"raised": node.name, "message": node.message}
    if isinstance(node, DtypeNode):
        return f"torch.{node.name}"
    if isinstance(node, OpaqueNode):
        return {"type": node.kind, "text": node.text}
    if isinstance(node, str):
        return node if len(node) <= MAX_TEXT else node[:MAX_TEXT] + "…"
    return node


def json_number(value: float) -> Any:
    """The number, or its name where JSON has none."""
    if math.isnan(value):
        return "nan"
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def _tensor_json(node: TensorNode | ArrayNode) -> dict[str, Any]:
    values = as_array(node)
    found: dict[str, Any] = {"dtype": node.dtype, "shape": list(node.shape)}
    if isinstance(node, ArrayNode):
        found["type"] = "numpy.ndarray"
    elif node.device != "cpu":
        found["device"] = node.device
    if node.dtype.startswith("complex"):
        return {**found, "summary": "complex numbers"}
    if values.size > MAX_ELEMENTS:
        finite = values[np.isfinite(values)].astype(np.float64)
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)
        return {
            **found,
            "summary": {"min": json_number(low), "max": json_number(high), "elements": int(values.size)},
        }
    return {**found, "values": _nested(values)}


def _nested(values: Any) -> Any:
    if values.ndim:
        return [_nested(item) for item in values]
    if values.dtype.kind == "f":
        return json_number(_short(float(values), str(values.dtype)))
    return values.item()


def _short(value: float, dtype: str) -> float:
    """The shortest decimal that names the same float32 (or float16), so that 0.1 is not 0.10000000149."""
    if dtype in ("float32", "float16") and math.isfinite(value):
        return float(str(np.float32(value) if dtype == "float32" else np.float16(value)))
    return value


def text_of(node: Node, limit: int = 400) -> str:
    """A node as a student would write it: `[[1., 2.], [3., 4.]]`, `tensor(3.)`, `ValueError`."""
    if isinstance(node, TensorNode | ArrayNode):
        return tensor_text(node)
    if isinstance(node, ListNode):
        text = "[" + ", ".join(text_of(item, limit) for item in node.items[:MAX_ELEMENTS]) + "]"
    elif isinstance(node, DictNode):
        text = "{" + ", ".join(f"{text_of(k)}: {text_of(v)}" for k, v in node.items[:MAX_ELEMENTS]) + "}"
    elif isinstance(node, Raised):
        text = f"{node.name}: {node.message}" if node.message else node.name
    elif isinstance(node, DtypeNode):
        text = f"torch.{node.name}"
    elif isinstance(node, OpaqueNode):
        text = node.text or f"<{node.kind}>"
    else:
        text = repr(node)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tensor_text(node: TensorNode | ArrayNode) -> str:
    """The values of a tensor as nested lists, or its dtype and shape where it is large or empty."""
    values = as_array(node)
    if values.size > MAX_ELEMENTS or values.size == 0 or node.dtype.startswith("complex"):
        return f"<{describe(node.dtype, node.shape)}>"
    return _list_text(values, _digits_apart(values))


def _digits_apart(values: Any) -> int:
    """How many digits to show: 7, or more where entries that differ would look the same."""
    if values.dtype != np.float64:
        return 7
    different = np.unique(values[np.isfinite(values)]).tolist()
    return next(
        (digits for digits in (7, 10) if len({f"{v:.{digits}g}" for v in different}) == len(different)), 17
    )


def _list_text(values: Any, digits: int) -> str:
    if values.ndim:
        return "[" + ", ".join(_list_text(item, digits) for item in values) + "]"
    if values.dtype.kind == "f":
        short = _short(float(values), str(values.dtype))
        return f"{short:g}." if short == int_or_nan(short) and abs(short) < 1e6 else f"{short:.{digits}g}"
    return str(values.item())


def int_or_nan(value: float) -> float:
    """The value without its fraction; nan for what has none."""
    return float(int(value)) if math.isfinite(value) else math.nan


def call_text(name: str, inputs: Mapping[str, Any]) -> str:
    """`row_average(x=[[1., 2., 3.]])`, from the inputs' values."""
    return f"{name}({', '.join(f'{key}={value_text(value)}' for key, value in inputs.items())})"


def value_text(value: Any) -> str:
    """An input's value as a student would write it."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return text_of(input_node(value))
    if isinstance(value, tuple):
        return "(" + ", ".join(map(value_text, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{value_text(k)}: {value_text(v)}" for k, v in value.items()) + "}"
    return repr(value)


def input_node(value: Any) -> Node:
    """An input as an observed node, its layout forgotten."""
    from grader.values import observe

    return observe(value)


def size_of(value: Any) -> int:
    """How many numbers a reader has to read."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return int(value.numel() if isinstance(value, torch.Tensor) else value.size)
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    return 1


__all__ = ["as_json", "call_text", "input_node", "json_number", "kind_of", "size_of", "text_of", "value_text"]
