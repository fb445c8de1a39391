"""When two observations agree, and the sentence for when they don't.

Compared in one order, which is the order in which a student can mend things: it ran, type, shape, dtype, device, which
entries are finite, values. Nothing is ever broadcast or cast on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

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

Kind = Literal["raised", "type", "shape", "dtype", "device", "finite", "values"]

EPSILON = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}


@dataclass(frozen=True)
class Difference:
    """The first thing in which an observation differs.

    Attributes:
        kind: At which step of the order.
        sentence: What a student reads.
        path: Where in the observed tree: keys and indices; empty for the answer itself.
    """

    kind: Kind
    sentence: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class Tolerance:
    """How far values may lie from the expected ones; exact by default.

    Attributes:
        absolute, relative: A plain bound, `absolute + relative * |expected|`.
        centre: The reference's answer in float64, the centre of `bound`.
        bound: What rounding explains, shaped like `centre`, in units of the observed dtype's epsilon; of float32's
            where a Python float is observed, which doesn't tell what it was computed in.
    """

    absolute: float = 0.0
    relative: float = 0.0
    centre: Node = None
    bound: Node = None


EXACT = Tolerance()


def compare(expected: Node, observed: Node, tolerance: Tolerance = EXACT) -> Difference | None:
    """The first difference between the reference's observation and another, or None where they agree."""
    return _compare(expected, observed, tolerance, tolerance.centre, tolerance.bound, ())


def _compare(
    expected: Node,
    observed: Node,
    tolerance: Tolerance,
    centre: Node,
    bound: Node,
    path: tuple[str | int, ...],
) -> Difference | None:
    if isinstance(expected, Raised) or isinstance(observed, Raised):
        return _compare_raised(expected, observed, path)
    if isinstance(expected, ListNode) and isinstance(observed, ListNode):
        return _compare_lists(expected, observed, tolerance, centre, bound, path)
    if isinstance(expected, DictNode) and isinstance(observed, DictNode):
        return _compare_dicts(expected, observed, tolerance, centre, bound, path)
    if kind_of(expected) != kind_of(observed):
        return Difference("type", f"{_at(path)}expected {a_kind(expected)}, got {a_kind(observed)}", path)
    if isinstance(expected, TensorNode | ArrayNode) and isinstance(observed, TensorNode | ArrayNode):
        return _compare_tensors(expected, observed, tolerance, centre, bound, path)
    if isinstance(expected, float) and isinstance(observed, float):
        return _compare_floats(expected, observed, tolerance, centre, bound, path)
    if expected != observed:
        sentence = f"{_at(path)}expected {brief(expected)}, got {brief(observed)}"
        return Difference("values", sentence, path)
    return None


def kind_of(node: Node) -> str:
    """What a student would call the type of an observed value."""
    if node is None:
        return "None"
    for cls, name in _KINDS:
        if isinstance(node, cls):
            return name
    assert isinstance(node, OpaqueNode)
    return node.kind


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (str, "str"),
    (TensorNode, "tensor"),
    (ArrayNode, "numpy array"),
    (ListNode, "list"),
    (DictNode, "dict"),
    (DtypeNode, "dtype"),
    (Raised, "exception"),
)


def a_kind(node: Node) -> str:
    """The type with its article: "a tensor", "an int", "None"."""
    name = kind_of(node)
    if name == "None":
        return "None" if node is None else name
    return f"{'an' if name.startswith(tuple('aeiou')) else 'a'} {name}"


def brief(node: Node) -> str:
    """A short text of a plain value."""
    if isinstance(node, DtypeNode):
        return node.name
    if isinstance(node, OpaqueNode):
        return node.text or node.kind
    if isinstance(node, ListNode | DictNode | TensorNode | ArrayNode):
        return a_kind(node)
    text = repr(node)
    return text if len(text) <= 80 else text[:79] + "…"


def _at(path: tuple[str | int, ...]) -> str:
    if not path:
        return ""
    return " ".join(f"entry {part}" if isinstance(part, int) else part for part in path) + ": "


def _compare_raised(expected: Node, observed: Node, path: tuple[str | int, ...]) -> Difference | None:
    if isinstance(expected, Raised) and isinstance(observed, Raised):
        if expected.classes[0] in observed.classes:
            return None
        sentence = f"expected {expected.name}, got {observed.name}: {observed.message}"
    elif isinstance(expected, Raised):
        sentence = f"expected {expected.name} to be raised, got {a_kind(observed)}"
    else:
        assert isinstance(observed, Raised)
        sentence = f"it raised {observed.name}: {observed.message}".rstrip(": ")
    return Difference("raised", _at(path) + sentence, path)


def _parts(node: Node, count: int) -> list[Node]:
    if isinstance(node, ListNode):
        return list(node.items)
    if isinstance(node, DictNode):
        return [value for _, value in node.items]
    return [node] * count


def _compare_lists(
    expected: ListNode,
    observed: ListNode,
    tolerance: Tolerance,
    centre: Node,
    bound: Node,
    path: tuple[str | int, ...],
) -> Difference | None:
    count = len(expected.items)
    if count != len(observed.items):
        return Difference("shape", f"{_at(path)}expected {count} entries, got {len(observed.items)}", path)
    parts = zip(expected.items, observed.items, _parts(centre, count), _parts(bound, count), strict=True)
    found = (_compare(e, o, tolerance, c, b, (*path, i)) for i, (e, o, c, b) in enumerate(parts))
    return _first(found)


def _compare_dicts(
    expected: DictNode,
    observed: DictNode,
    tolerance: Tolerance,
    centre: Node,
    bound: Node,
    path: tuple[str | int, ...],
) -> Difference | None:
    count = len(expected.items)
    theirs = {brief(key): value for key, value in observed.items}
    ours = [brief(key) for key, _ in expected.items]
    if set(theirs) != set(ours) or count != len(observed.items):
        return Difference("values", _at(path) + _key_sentence(ours, list(theirs)), path)
    parts = zip(expected.items, _parts(centre, count), _parts(bound, count), strict=True)
    found = (_compare(e, theirs[brief(k)], tolerance, c, b, (*path, _label(k))) for (k, e), c, b in parts)
    return _first(found)


def _label(key: Node) -> str:
    return key if isinstance(key, str) else brief(key)


def _key_sentence(expected: list[str], observed: list[str]) -> str:
    missing = [key for key in expected if key not in observed]
    extra = [key for key in observed if key not in expected]
    parts = [
        f"{name} {', '.join(keys[:5])}" for name, keys in (("missing", missing), ("too many:", extra)) if keys
    ]
    return "its keys differ: " + "; ".join(parts or ["some twice"])


def _first(found: Any) -> Difference | None:
    """The difference that comes first in the order of kinds, then in the order of the parts."""
    order = list(Kind.__args__)  # type: ignore[attr-defined]
    differences = [difference for difference in found if difference is not None]
    return min(differences, key=lambda difference: order.index(difference.kind), default=None)


def _compare_tensors(
    expected: TensorNode | ArrayNode,
    observed: TensorNode | ArrayNode,
    tolerance: Tolerance,
    centre: Node,
    bound: Node,
    path: tuple[str | int, ...],
) -> Difference | None:
    at = _at(path)
    if expected.shape != observed.shape:
        return Difference("shape", f"{at}expected shape {_shape(expected)}, got {_shape(observed)}", path)
    if expected.dtype != observed.dtype:
        return Difference("dtype", f"{at}expected dtype {expected.dtype}, got {observed.dtype}", path)
    if (
        isinstance(expected, TensorNode)
        and isinstance(observed, TensorNode)
        and expected.device != observed.device
    ):
        return Difference(
            "device", f"{at}expected it on {expected.device}, got it on {observed.device}", path
        )
    if expected.data == observed.data:
        return None
    wanted, got = as_array(expected), as_array(observed)
    if isinstance(centre, TensorNode | ArrayNode) and centre.shape == expected.shape:
        wanted = as_array(centre)
    return _compare_arrays(wanted, got, _allowed(wanted, observed.dtype, tolerance, bound), path)


def _allowed(wanted: Any, dtype: str, tolerance: Tolerance, bound: Node) -> Any:
    with np.errstate(all="ignore"):
        allowed = (
            tolerance.absolute + tolerance.relative * np.abs(wanted)
            if tolerance.relative
            else tolerance.absolute
        )
        if isinstance(bound, TensorNode | ArrayNode) and bound.shape in ((), np.shape(wanted)):
            allowed = allowed + as_array(bound) * EPSILON.get(dtype, 0.0)
    return allowed


def _compare_arrays(wanted: Any, got: Any, allowed: Any, path: tuple[str | int, ...]) -> Difference | None:
    at = _at(path)
    if wanted.dtype.kind not in "fc":
        wrong = wanted != got
        return _values(wanted, got, wrong, path) if wrong.any() else None
    unlike = (np.isnan(wanted) != np.isnan(got)) | (np.isinf(wanted) != np.isinf(got))
    if unlike.any():
        where = tuple(np.argwhere(unlike)[0])
        count = f"{at}{int(unlike.sum())} of {wanted.size} entries"
        sentence = f"{count} are not finite where they should be, or the other way round"
        return Difference(
            "finite",
            f"{sentence}: expected {_entry(wanted[where])} at {_index(where)}, got {_entry(got[where])}",
            path,
        )
    with np.errstate(all="ignore"):
        same = (wanted == got) | (np.isnan(wanted) & np.isnan(got))
        apart = np.abs(wanted.astype(np.complex128 if wanted.dtype.kind == "c" else np.float64) - got)
        wrong = ~same & ~(apart <= allowed)
    return _values(wanted, got, wrong, path) if wrong.any() else None


def _values(wanted: Any, got: Any, wrong: Any, path: tuple[str | int, ...]) -> Difference:
    at = _at(path)
    if wanted.ndim == 0:
        return Difference("values", f"{at}{_told_apart(wanted[()], got[()])}", path)
    with np.errstate(all="ignore"):
        distance = np.where(wrong, np.abs(wanted.astype(np.float64) - got.astype(np.float64)), 0)
    worst = np.unravel_index(int(np.argmax(distance)), wanted.shape)
    count = f"{at}{int(wrong.sum())} of {wanted.size} values differ"
    pair = _told_apart(wanted[worst], got[worst])
    return Difference("values", f"{count}, most at {_index(worst)}: {pair}", path)


def _compare_floats(
    expected: float,
    observed: float,
    tolerance: Tolerance,
    centre: Node,
    bound: Node,
    path: tuple[str | int, ...],
) -> Difference | None:
    wanted = np.float64(centre if isinstance(centre, float) else expected)
    allowed = _allowed(wanted, "float32", tolerance, bound)
    return _compare_arrays(np.asarray(wanted), np.asarray(np.float64(observed)), allowed, path)


def _shape(node: TensorNode | ArrayNode) -> str:
    return describe("", node.shape).strip()


def _index(where: Any) -> str:
    return f"[{', '.join(str(int(part)) for part in where)}]"


def _told_apart(wanted: Any, got: Any) -> str:
    """Both numbers with the digits in which they differ: seven are not enough for float64."""
    for digits in (7, 9, 17):
        texts = _entry(wanted, digits), _entry(got, digits)
        if texts[0] != texts[1]:
            break
    return f"expected {texts[0]}, got {texts[1]}"


def _entry(value: Any, digits: int = 7) -> str:
    if isinstance(value, np.bool_ | np.integer):
        return str(value)
    return f"{value:.{digits}g}"
