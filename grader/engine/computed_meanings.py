"""Sentences about an error that depend on numbers in its message, on the line, or on the tensors in it."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Shapes = Mapping[str, str]


@dataclass(frozen=True)
class Trouble:
    """An exception in the student's code.

    Attributes:
        found: The match of the message.
        source: The failing line.
        shapes: The tensors which that line names, with dtype and shape.
    """

    found: re.Match[str]
    source: str
    shapes: Shapes


Sentence = str | Callable[[Trouble], str]


# --- products ----------------------------------------------------------------------------------------------


def _sizes(shapes: Shapes) -> dict[str, tuple[int, ...]]:
    """The shapes as numbers, by name."""
    found = {name: re.search(r"\(([\d, ]*)\)", text) for name, text in shapes.items()}
    return {name: tuple(map(int, re.findall(r"\d+", match[1]))) for name, match in found.items() if match}


def _product(trouble: Trouble) -> str:
    rows, inner, other, columns = map(int, trouble.found.groups())
    flattened = [
        f"{name}, {_shape(sides)}, counts as {rows}x{inner}: all but its last dimension are taken together."
        for name, sides in _sizes(trouble.shapes).items()
        if len(sides) != 2 and sides and sides[-1] == inner and math.prod(sides[:-1]) == rows
    ]
    if re.search(r"(\bF|functional)\.linear\b", trouble.source):
        first = (
            f"The weight is shown transposed here ({other}x{columns}; it is {columns}x{other}): its last "
            f"size, {other}, must equal the last size of the input, {inner}."
        )
    elif trouble.source and not re.search(r"@|\b(matmul|mm|addmm|einsum)\b", trouble.source):
        first = (
            f"A linear layer from {other} to {columns} numbers got {inner} numbers a row: the last size of "
            f"what goes in must be {other}. (The layer's weight is shown transposed, {other}x{columns}.)"
        )
    else:
        first = (
            f"A product of ({rows}, {inner}) and ({other}, {columns}) pairs the {inner} columns on the left "
            f"with the {other} rows on the right: these must be equally many. Is one of the two the "
            f"wrong way round?"
        )
    return " ".join([first, *flattened])


def _shape(sides: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, sides))}{',' if len(sides) == 1 else ''})"


def _matrix_vector(trouble: Trouble) -> str:
    rows, columns, length = map(int, trouble.found.groups())
    turned = " Its transpose would fit." if rows == length else ""
    needed = f"A matrix ({rows}, {columns}) times a vector needs a vector of length {columns}"
    return f"{needed}; this one has {length}.{turned}"


def _broadcast(trouble: Trouble) -> str:
    one, other, dim = trouble.found.groups()
    named = list(_sizes(trouble.shapes).items())[:3]
    shown = " and ".join(f"{name} {_shape(sides)}" for name, sides in named)
    told = f" Here: {shown}." if shown else ""
    return (
        f"Shapes are compared from the last dimension backwards, and two sizes fit if they are equal or "
        f"one of them is 1; {one} and {other} (dimension {dim} of the result) don't.{told}"
    )


# --- dtypes ------------------------------------------------------------------------------------------------

_DTYPES = {
    "long int": "int64",
    "long": "int64",
    "int": "int32",
    "short": "int16",
    "char": "int8",
    "signed char": "int8",
    "byte": "uint8",
    "unsigned char": "uint8",
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "c10::half": "float16",
}


def _dtype(word: str) -> str:
    """`Long`, `long int` and `double` as torch.dtype calls them."""
    return _DTYPES.get(word.strip().lower(), word.strip().lower())


def _two_dtypes(trouble: Trouble) -> str:
    one, other = (_dtype(word) for word in trouble.found.groups()[:2])
    kind = "whole numbers" if "int" in one + other else "numbers of another precision"
    return (
        f"One operand is {one}, the other {other}: sums and differences convert by themselves, products do "
        f"not. Where do the {kind} come from, and what dtype does the exercise ask for?"
    )


def _dtype_asked(trouble: Trouble) -> str:
    found, expected = (_dtype(word) for word in trouble.found.groups()[:2])
    return f"Both must have one dtype here: {found} was found where {expected} is needed. Which is wrong?"


def _not_for_integers(trouble: Trouble) -> str:
    return (
        f"This is not defined for {_dtype(trouble.found[1])}: it needs decimal numbers (a floating dtype). "
        "Is the tensor made of whole numbers, or of labels?"
    )


# --- Python ------------------------------------------------------------------------------------------------


def _none(trouble: Trouble) -> str:
    text = trouble.found.string
    if "zero_" in text or re.search(r"\.grad\b(?!\s*\()", trouble.source):
        return (
            "A `.grad` is None until a backward pass has filled it, and again after zero_grad(): "
            "nothing is there to use yet."
        )
    return (
        "Something is None where a value is needed. A function without `return` gives None, and so do "
        "methods that change their object in place."
    )


def _no_attribute(trouble: Trouble) -> str:
    kind, name = trouble.found.groups()
    if kind in ("float", "int", "bool") and name in ("backward", "item", "detach", "mean", "sum"):
        return (
            f"This is a plain Python number already, so it has no `{name}`. Did `.item()` or `float()` come "
            f"too early?"
        )
    if kind in ("list", "tuple", "ndarray"):
        return f"This is a {kind}, not a tensor, so it has no `{name}`."
    if kind in ("generator", "map", "zip"):
        return f"This is a {kind}, which gives its values one by one and has no `{name}`."
    return (
        f"This {kind} has no `{name}`: is it spelt as where it is defined, and is it set before it is used?"
    )


_MARKS = {  # what a line begins with that Python can't read, and where it comes from
    "%": "A line that begins with % or ! works in a notebook only: take it out.",
    "!": "A line that begins with % or ! works in a notebook only: take it out.",
    ">>>": "The prompt >>> was copied with the code: take it out.",
    "<<<<<<<": "Git left its marks of a conflict: decide for one of the two versions, and take the marks out.",
    "=======": "Git left its marks of a conflict: decide for one of the two versions, and take the marks out.",
}


def _unreadable(trouble: Trouble) -> str:
    for mark, sentence in _MARKS.items():
        if trouble.source.startswith(mark):
            return sentence
    return (
        f"Python {sys.version_info.major}.{sys.version_info.minor}, which runs your file here, can't read this "
        f"line. Look at the end of the line above, too: what is left open there is noticed here."
    )


COMPUTED: Mapping[str, Callable[[Trouble], str]] = {
    "product": _product,
    "matrix_vector": _matrix_vector,
    "broadcast": _broadcast,
    "two_dtypes": _two_dtypes,
    "dtype_asked": _dtype_asked,
    "not_for_integers": _not_for_integers,
    "none": _none,
    "no_attribute": _no_attribute,
    "unreadable": _unreadable,
}
