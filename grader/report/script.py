"""A counterexample as a script of plain torch lines, to be run beside the student's file."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Sequence
from typing import Any

from grader.model import CheckReport, Counterexample
from grader.report import values
from grader.report.text import one_line

_DEFAULT_DTYPES = ("float32", "int64", "bool")
_IMPORT = re.compile(r"(import|from) ")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_DTYPE = re.compile(r"torch\.(u?int\d+|b?float\d+|bool|complex\d+)")
_GAPS = {"bool": False, "int64": 0}  # what fills the storage between the entries
_MAX_COMMENT = 300


def script(check: CheckReport) -> str | None:
    """The script that repeats a check's counterexample; None where there is none, or none can be written.

    It builds each input with its dtype, layout and gradient, seeds what the case was seeded with, runs the
    check's program, and prints the result; what was expected stands below as a comment.
    """
    found = check.counterexample
    assignment = check.id.partition("/")[0]
    if found is None or found.program is None:
        return None
    program, call = _program_and_call(found.program, list(found.inputs))
    if call is None or not all(map(_IDENTIFIER.fullmatch, (assignment, *found.inputs))):
        return None
    body = [line for name, value in found.inputs.items() for line in input_lines(name, value)]
    seeding = _seeding(found.case_seed)
    defining = "\n".join(line for line in program.split("\n") if not _IMPORT.match(line)).strip("\n")
    imports = {"import torch", *filter(_IMPORT.match, program.split("\n")), *_modules_of([*seeding, *body])}
    lines = [
        f"# Repeats {one_line(check.id)} without the grader.",
        f"# Save it in the folder of your {assignment}.py (there under exactly this name), and run it there.",
        "from __future__ import annotations",
        "",
        *sorted(imports),
        "",
        f"import {assignment} as impl  # your file",
        "",
        *([defining, ""] if defining else []),
        *body,
        "",
        *seeding,
        f"print({call})",
        "",
        *_outcome(found),
    ]
    return "\n".join(lines) + "\n"


def _modules_of(lines: Sequence[str]) -> list[str]:
    return [f"import {name}" for name in ("numpy", "random") if any(f"{name}." in line for line in lines)]


def _program_and_call(source: str, inputs: Sequence[str]) -> tuple[str, str | None]:
    """What defines the program and how it is called; a program that is one plain call needs no definition."""
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    if not functions:
        return "", None
    program = functions[-1]
    statements = [node for node in program.body if not _is_docstring(node)]
    used = {node.id for node in ast.walk(program) if isinstance(node, ast.Name)}
    if len(statements) == 1 and isinstance(statements[0], ast.Return) and used <= {"impl", *inputs}:
        returned = statements[0].value
        return "", ast.unparse(returned) if returned else None
    arguments = ", ".join(["impl", *(f"{name}={name}" for name in inputs)])
    return source, f"{program.name}({arguments})"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _seeding(seed: int | None) -> list[str]:
    if seed is None:
        return []
    return [f"torch.manual_seed({seed})", f"numpy.random.seed({seed % 2**32})", f"random.seed({seed})"]


def _outcome(found: Counterexample) -> list[str]:
    lines = []
    for part in itertools.islice((p for p in values.parts(found.expected, found.observed) if p.differs), 6):
        label = f" {part.label}" if part.label else ""
        raised = values.is_raised(part.expected)
        expected = f"{one_line(part.expected['raised'])} is raised" if raised else _told(part.expected)
        lines.append(f"# expected{label}: {expected}")
        lines.append(f"# yours{label}: {_told(part.observed)}")
    if found.difference:
        lines.append(f"# {one_line(found.difference, _MAX_COMMENT)}")
    return lines


def _told(value: Any) -> str:
    return one_line(f"{values.kind(value)} {values.flat_text(value)}", _MAX_COMMENT)


# --- inputs -----------------------------------------------------------------------------------------------


def input_lines(name: str, value: Any) -> list[str]:
    """The lines that make one input."""
    lines = [f"{name} = {expression(value)}"]
    if not values.is_tensor(value):
        return lines
    if value.get("requires_grad") is True:
        lines[0] += ".requires_grad_()"
    if values.is_tensor(value.get("grad")):
        lines.append(f"{name}.grad = {expression(value['grad'])}")
    return lines


def expression(value: Any) -> str:
    """A Python expression for a JSON value of a report."""
    if values.is_tensor(value):
        return _array(value) if value.get("type") == "numpy.ndarray" else _tensor(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(expression, value)) + "]"
    if values.is_opaque(value) or values.is_raised(value):
        return f"...  # {one_line(values.flat_text(value), _MAX_COMMENT)}: no plain value"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {expression(item)}" for key, item in value.items()) + "}"
    if value in ("nan", "inf", "-inf"):
        return f'float("{value}")'
    if isinstance(value, str) and _DTYPE.fullmatch(value):
        return value
    return repr(value)


def _tensor(value: dict[str, Any]) -> str:
    dtype = "" if value["dtype"] in _DEFAULT_DTYPES else f", dtype=torch.{value['dtype']}"
    shape = value["shape"]
    if "values" not in value:
        return (
            f"torch.zeros({shape}{dtype})  # the values are too many for this report: {values.summary(value)}"
        )
    if 0 in shape:
        named = f", dtype=torch.{value['dtype']}" if value["dtype"] != "float32" else ""
        return f"torch.empty({shape}{named})"
    strides = value.get("strides")
    if isinstance(strides, list) and _are_strides(strides, shape):
        return _laid_out(value, strides, dtype)
    return f"torch.tensor({_literal(value['values'])}{dtype})"


def _are_strides(strides: Any, shape: Sequence[int]) -> bool:
    return (
        isinstance(strides, list)
        and len(strides) == len(shape)
        and all(type(s) is int and s >= 0 for s in strides)
    )


def _laid_out(value: dict[str, Any], strides: Sequence[int], dtype: str) -> str:
    """A tensor that is not contiguous: transposed, expanded, or a view of a storage with gaps."""
    shape, rows = value["shape"], value["values"]
    offset = value.get("offset") or 0
    if len(shape) == 2 and not offset and list(strides) == [1, shape[0]]:
        columns = [list(column) for column in zip(*rows, strict=True)]
        return f"torch.tensor({_literal(columns)}{dtype}).T"
    if len(shape) == 2 and not offset and list(strides) == [0, 1]:
        return f"torch.tensor({_literal(rows[0])}{dtype}).expand({shape[0]}, {shape[1]})"
    size = offset + 1 + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    storage: list[Any] = [_GAPS.get(value["dtype"], 0.0)] * size
    entries = iter((values.cells(value) or values.Cells((), (), False)).entries)
    for index in itertools.product(*map(range, shape)):
        storage[offset + sum(i * stride for i, stride in zip(index, strides, strict=True))] = next(entries)
    return f"torch.tensor({_literal(storage)}{dtype}).as_strided({shape}, {list(strides)}, {offset})"


def _array(value: dict[str, Any]) -> str:
    if "values" not in value or 0 in value["shape"]:
        return f"numpy.zeros({value['shape']}, dtype={value['dtype']!r})"
    return f"numpy.array({_literal(value['values']).replace('torch.', 'numpy.')}, dtype={value['dtype']!r})"


def _literal(entries: Any) -> str:
    if isinstance(entries, list):
        return "[" + ", ".join(map(_literal, entries)) + "]"
    if entries in ("nan", "inf", "-inf"):
        return f"-torch.{entries[1:]}" if entries[0] == "-" else f"torch.{entries}"
    return repr(entries)
