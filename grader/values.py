"""The data that crosses between the two sides: inputs of cases, and observations.

A value is encoded to a `Node`, a tree of plain typed records, and a node to msgpack. Inputs keep their memory layout
(storage, strides, offset); observations are made contiguous. Decoding is typed and capped: whatever a worker sends is a
`Node` or a `MalformedError`.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any, Union

import msgspec
import numpy as np
import torch

from grader.sandbox.limits import (
    MAX_CLASSES,
    MAX_DEPTH,
    MAX_DIMS,
    MAX_FRAMES,
    MAX_NODES,
    MAX_TEXT,
    MAX_VALUE_BYTES,
    MAX_VARIABLES,
)

DTYPES: dict[str, int] = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}


class MalformedError(Exception):
    """Bytes that are no value of ours."""


class TensorNode(msgspec.Struct, tag="t", array_like=True, frozen=True):
    """A tensor. `strides` and `offset` (in elements) are given for inputs only; `data` is then the whole storage."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes
    device: str = "cpu"
    requires_grad: bool = False
    strides: tuple[int, ...] | None = None
    offset: int = 0
    grad: Node = None


class ArrayNode(msgspec.Struct, tag="a", array_like=True, frozen=True):
    """A numpy array."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class ListNode(msgspec.Struct, tag="l", array_like=True, frozen=True):
    """A list or a tuple: contracts accept either."""

    items: list[Node]


class DictNode(msgspec.Struct, tag="d", array_like=True, frozen=True):
    """A dict, as pairs in its order."""

    items: list[tuple[Node, Node]]


class DtypeNode(msgspec.Struct, tag="y", array_like=True, frozen=True):
    """A torch.dtype."""

    name: str


class Frame(msgspec.Struct, array_like=True, frozen=True):
    """A line of the submission that an exception passed through; `variables` describes its local tensors."""

    file: str
    line: int
    function: str
    source: str
    variables: dict[str, str]


class Raised(msgspec.Struct, tag="r", array_like=True, frozen=True):
    """An exception: the names of its classes (most derived first), its message, the submission's frames."""

    classes: tuple[str, ...]
    message: str
    frames: tuple[Frame, ...] = ()
    unwritten: bool = False  # NotImplementedError, raised by a raise statement of the submission

    @property
    def name(self) -> str:
        """The exception's class, as Python prints it."""
        return self.classes[0].removeprefix("builtins.")

    @staticmethod
    def of(error: BaseException) -> Raised:
        """Describe an exception that was caught; never raises, whatever its class does."""
        try:
            return _described(error)
        except BaseException:
            return Raised(("builtins.Exception",), "an exception that cannot be described")


class OpaqueNode(msgspec.Struct, tag="o", array_like=True, frozen=True):
    """Anything else: what its type is called, and a short text."""

    kind: str
    text: str


Node = Union[  # noqa: UP007 - the names inside are strings until here
    None, bool, int, float, str, TensorNode, ArrayNode, ListNode, DictNode, DtypeNode, Raised, OpaqueNode
]

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Node] = msgspec.msgpack.Decoder(Node)


# --- texts and frames -------------------------------------------------------------------------------------------


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Text that is safe to show: valid Unicode, no control characters, at most `limit` characters.

    Without addresses and the machine's folders, which differ between machines and runs.
    """
    text = text[: 4 * limit].encode("utf-8", "replace").decode("utf-8")
    text = "".join(
        c if c in "\n\t" or (c.isprintable() and c not in "\u2028\u2029") else "\ufffd" for c in text
    )
    text = _without_paths(_without_addresses(text))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _without_addresses(text: str) -> str:
    text = re.sub(r"\b0x[0-9a-fA-F]{6,16}\b", "0x…", text)
    return re.sub(r"(/(?:tmp|var/tmp|dev/shm)/)[\w.\-/]+", r"\1…", text)


def _without_paths(text: str) -> str:
    """The text without the folders in which this machine keeps Python and its packages."""
    return re.sub(r"(?<![\w.\-])(?:/[\w.+\-]+)*/(?:site-packages|dist-packages|python3\.\d+)(?=/)", "…", text)


class SourceText:
    """The text of a file of a submission, taken apart only once that is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return self.text.splitlines()

    @cached_property
    def raising(self) -> frozenset[int]:
        """The numbers of the lines of its raise statements; none where it can't be parsed."""
        try:
            found = [node for node in ast.walk(ast.parse(self.text)) if isinstance(node, ast.Raise)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset()
        return frozenset(
            n for node in found for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        )


submission_files: dict[str, SourceText] = {}
"""In a worker: the files of the submission, by the name that its tracebacks have."""


def _described(error: BaseException) -> Raised:
    names = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__[:MAX_CLASSES])
    classes = tuple(clean_text(name, 300) for name in names)
    frames, unwritten = _submission_frames(error.__traceback__)
    if isinstance(error, SyntaxError):
        frames = (*frames, *_unreadable_line(error))[-MAX_FRAMES:]
    try:
        message = str.__str__(str(error))
    except BaseException:
        message = ""
    return Raised(classes, clean_text(message), frames, unwritten and isinstance(error, NotImplementedError))


def _submission_frames(trace: TracebackType | None) -> tuple[tuple[Frame, ...], bool]:
    frames: list[Frame] = []
    innermost_is_raise = False
    for frame, line in traceback.walk_tb(trace):
        name = frame.f_code.co_filename
        innermost_is_raise = False
        if name in submission_files:
            innermost_is_raise = line in submission_files[name].raising
            source = _source(name, line)
            variables = dict(list(_named_tensors(source, frame.f_locals))[:MAX_VARIABLES])
            frames.append(
                Frame(name, line, clean_text(frame.f_code.co_name, 200), clean_text(source, 300), variables)
            )
    return tuple(frames[-MAX_FRAMES:]), innermost_is_raise


def _unreadable_line(error: SyntaxError) -> Iterator[Frame]:
    """The line of the submission that can't be compiled, which no traceback passes through."""
    name, line = error.filename, error.lineno
    if isinstance(name, str) and isinstance(line, int) and name in submission_files:
        yield Frame(name, line, "<module>", clean_text(_source(name, line), 300), {})


def _source(name: str, line: int) -> str:
    lines = submission_files[name].lines
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def _named_tensors(source: str, variables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The tensors that a line names, `x` as well as `self.weight`, with dtype and shape."""
    for dotted in dict.fromkeys(re.findall(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)*", source)):
        name, *attributes = dotted.split(".")
        value = variables.get(name)
        for attribute in attributes:
            if isinstance(value, torch.Tensor):
                break
            name, value = f"{name}.{attribute}", _stored(value, attribute)
        if isinstance(value, torch.Tensor):
            with torch._C.DisableTorchFunctionSubclass():
                yield clean_text(name, 80), describe(value.dtype, value.shape)


def _stored(value: Any, attribute: str) -> Any:
    """What an object or module holds under a name, without running any property of its own."""
    held = getattr(value, "__dict__", None)
    if not isinstance(held, dict):
        return None
    groups = (held.get(group) for group in ("_parameters", "_buffers", "_modules"))
    places = [held, *(group for group in groups if isinstance(group, dict))]
    return next((place[attribute] for place in places if attribute in place), None)


def describe(dtype: Any, shape: Any) -> str:
    """`float32 (2, 3)`: how dtype and shape are written everywhere."""
    return (
        f"{str(dtype).removeprefix('torch.')} ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    )


# --- encoding ---------------------------------------------------------------------------------------------------


def encode_observation(value: Any, bring_back: Callable[[torch.Tensor], torch.Tensor] | None = None) -> bytes:
    """The bytes of what a program returned; what is no data becomes opaque. On the CPU it never raises."""
    try:
        return _encoder.encode(observe(value, bring_back))
    except BaseException as error:  # whatever a class of the submission does when it is looked at
        if bring_back is not None and isinstance(
            error, Exception
        ):  # a device's trouble, which its caller tells
            raise
        return _encoder.encode(OpaqueNode("object that cannot be looked at", ""))


def observe(value: Any, bring_back: Callable[[torch.Tensor], torch.Tensor] | None = None) -> Node:
    """What a program returned, as a node: tensors contiguous on the CPU, their device named."""
    return _Observer(bring_back).node(value, 0)


class _Observer:
    def __init__(self, bring_back: Callable[[torch.Tensor], torch.Tensor] | None) -> None:
        self.left = MAX_NODES
        self.bring_back = bring_back

    def node(self, value: Any, depth: int) -> Node:
        self.left -= 1
        if self.left < 0 or depth >= MAX_DEPTH:
            return OpaqueNode("…", "more than can be shown")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, Raised):
            return value
        if isinstance(value, int):
            whole = int.__index__(value)
            return whole if -(2**63) <= whole < 2**63 else OpaqueNode("int", "a number beyond 64 bits")
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, str):
            return clean_unicode(str.__str__(value))
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, np.ndarray):
            return _array(np.asarray(value))
        if isinstance(value, list | tuple):
            entries = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
            items = itertools.islice(entries, self.left + 1)
            return ListNode([self.node(item, depth + 1) for item in items])
        if isinstance(value, dict):
            pairs = itertools.islice(dict.items(value), self.left + 1)
            return DictNode([(self.node(k, depth + 1), self.node(v, depth + 1)) for k, v in pairs])
        if isinstance(value, torch.dtype):
            return DtypeNode(str(value).removeprefix("torch."))
        return _opaque(value)

    def tensor(self, value: torch.Tensor) -> Node:
        with torch._C.DisableTorchFunctionSubclass():
            kind = str(value.dtype).removeprefix("torch.")
            device = value.device.type
            if value.layout is not torch.strided or kind not in DTYPES or device == "meta" or value.is_nested:
                return OpaqueNode("tensor of another kind", f"{value.layout} {kind} on {device}")
            plain = value.detach()
            if self.bring_back is not None:
                plain = self.bring_back(plain)
            plain = plain.to("cpu").resolve_conj().resolve_neg().contiguous()
            if plain.numel() * DTYPES[kind] > MAX_VALUE_BYTES:
                return OpaqueNode("tensor too large to look at", describe(kind, value.shape))
            raw = plain.view(torch.int16) if kind == "bfloat16" else plain
            return TensorNode(kind, tuple(value.shape), raw.numpy().tobytes(), device, value.requires_grad)


def clean_unicode(text: str) -> str:
    """The text with lone surrogates replaced, which msgpack cannot hold, cut where it is absurdly long."""
    return text[: 16 * MAX_TEXT].encode("utf-8", "replace").decode("utf-8")


def _array(value: np.ndarray[Any, Any]) -> Node:
    kind = str(value.dtype)
    if kind not in DTYPES or value.nbytes > MAX_VALUE_BYTES:
        return OpaqueNode("numpy.ndarray", clean_text(f"{kind} array of shape {value.shape}", 200))
    return ArrayNode(kind, value.shape, value.tobytes())


def _opaque(value: Any) -> OpaqueNode:
    cls = type(value)
    try:
        text = repr(value) if cls.__module__ in ("builtins", "numpy", "torch", "collections") else ""
    except BaseException:
        text = ""
    name = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    return OpaqueNode(clean_text(str(name), 200), clean_text(text, 200))


def encode_input(value: Any) -> Node:
    """An input of a case as a node that keeps strides, offset, requires_grad and .grad."""
    if isinstance(value, torch.Tensor):
        return _input_tensor(value)
    if isinstance(value, list | tuple) and type(value) is not list:
        return DictNode([("tuple", ListNode([encode_input(item) for item in value]))])
    if isinstance(value, list):
        return ListNode([encode_input(item) for item in value])
    if isinstance(value, dict):
        return DictNode([("dict", DictNode([(encode_input(k), encode_input(v)) for k, v in value.items()]))])
    return observe(value)


def _input_tensor(value: torch.Tensor) -> TensorNode:
    plain = value.detach()
    kind = str(plain.dtype).removeprefix("torch.")
    storage = torch.empty(0, dtype=plain.dtype).set_(plain.untyped_storage())
    grad = encode_input(value.grad) if value.requires_grad and value.grad is not None else None
    data = storage.numpy().tobytes()
    offset = int(plain.storage_offset())
    return TensorNode(
        kind, tuple(plain.shape), data, "cpu", value.requires_grad, plain.stride(), offset, grad
    )


# --- decoding ---------------------------------------------------------------------------------------------------


def encode_node(node: Node) -> bytes:
    """The bytes of a node."""
    return _encoder.encode(node)


def decode_node(data: bytes) -> Node:
    """The node that `data` holds, checked throughout.

    Raises:
        MalformedError: It holds none, or one beyond the caps on depth, count, dimensions, or of inconsistent size.
    """
    if len(data) > 2 * MAX_VALUE_BYTES:
        raise MalformedError("a value is larger than allowed")
    try:
        node = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedError(f"a value cannot be read: {type(error).__name__}") from None
    _Validator().check(node, 0)
    return node


class _Validator:
    def __init__(self) -> None:
        self.left = 2 * MAX_NODES

    def check(self, node: Node, depth: int) -> None:
        self.left -= 1
        if self.left < 0 or depth > 2 * MAX_DEPTH:
            raise MalformedError("a value has more parts than allowed")
        if isinstance(node, ListNode):
            for item in node.items:
                self.check(item, depth + 1)
        elif isinstance(node, DictNode):
            for key, item in node.items:
                self.check(key, depth + 1)
                self.check(item, depth + 1)
        elif isinstance(node, TensorNode | ArrayNode):
            _check_tensor(node)
        elif isinstance(node, Raised):
            check_raised(node)
        elif isinstance(node, OpaqueNode):
            check_texts(node.kind, node.text)
        elif isinstance(node, DtypeNode):
            if not isinstance(getattr(torch, node.name, None), torch.dtype):
                raise MalformedError("a dtype that torch does not have")
        elif isinstance(node, str) and len(node) > 16 * MAX_TEXT:
            raise MalformedError("a text is longer than allowed")


def check_raised(node: Raised) -> None:
    """Refuse an exception that no worker of ours sends: they are sent cleaned and cut.

    Raises:
        MalformedError: It is too large, or holds what cannot be shown.
    """
    if not 0 < len(node.classes) <= MAX_CLASSES or len(node.frames) > MAX_FRAMES:
        raise MalformedError("an exception of impossible size")
    check_texts(node.message, *node.classes)
    for frame in node.frames:
        if len(frame.variables) > MAX_VARIABLES or not 0 <= frame.line < 10**9:
            raise MalformedError("an exception of impossible size")
        check_texts(frame.file, frame.function, frame.source, *frame.variables, *frame.variables.values())


def check_texts(*texts: str) -> None:
    """Refuse texts that cannot be shown as they are.

    Raises:
        MalformedError: One has control characters, or is longer than any of ours.
    """
    for text in texts:
        if len(text) > MAX_TEXT or not all(c.isprintable() or c in "\n\t" for c in text):
            raise MalformedError("a text that cannot be shown")


def _check_tensor(node: TensorNode | ArrayNode) -> None:
    size = DTYPES.get(node.dtype)
    if size is None or len(node.shape) > MAX_DIMS or any(side < 0 for side in node.shape):
        raise MalformedError("a tensor of impossible shape or dtype")
    if math.prod(side for side in node.shape if side) > MAX_VALUE_BYTES:  # an empty one could be of any shape
        raise MalformedError("a tensor of impossible shape")
    if isinstance(node, TensorNode):
        check_texts(node.device)
    if isinstance(node, TensorNode) and (node.strides is not None or node.grad is not None):
        raise MalformedError("a tensor with a layout where plain data is due")
    if math.prod(node.shape) * size != len(node.data):
        raise MalformedError("a tensor whose bytes don't fit its shape")
    if node.dtype == "bool" and node.data.strip(b"\0\1"):
        raise MalformedError("a bool that is neither 0 nor 1")


def as_array(node: TensorNode | ArrayNode) -> np.ndarray[Any, Any]:
    """The values as a read-only numpy array; bfloat16 as the float32 of the same value."""
    if node.dtype == "bfloat16":
        wide = np.frombuffer(node.data, np.uint16).astype(np.uint32) << 16
        return wide.view(np.float32).reshape(node.shape)
    return np.frombuffer(node.data, np.dtype(node.dtype)).reshape(node.shape)


def materialise(node: Node, place: Callable[[torch.Tensor], torch.Tensor] | None = None) -> Any:
    """The value of an input node, in fresh memory, with its layout; `place` puts tensors on a device."""
    if isinstance(node, TensorNode):
        return _materialise_tensor(node, place)
    if isinstance(node, ArrayNode):
        return as_array(node).copy()
    if isinstance(node, ListNode):
        return [materialise(item, place) for item in node.items]
    if isinstance(node, DictNode):
        return _materialise_pairs(node, place)
    if isinstance(node, DtypeNode):
        return getattr(torch, node.name)
    return node


def _materialise_pairs(node: DictNode, place: Callable[[torch.Tensor], torch.Tensor] | None) -> Any:
    marker, inner = node.items[0] if len(node.items) == 1 else (None, None)
    if marker == "tuple" and isinstance(inner, ListNode):
        return tuple(materialise(item, place) for item in inner.items)
    if marker == "dict" and isinstance(inner, DictNode):
        return {_key(materialise(key, place)): materialise(item, place) for key, item in inner.items}
    return {_key(materialise(key, place)): materialise(item, place) for key, item in node.items}


def _key(value: Any) -> Any:
    """A value as the key of a dict: an observed tuple has become a list on the way."""
    if isinstance(value, list):
        return tuple(map(_key, value))
    return repr(value) if isinstance(value, dict | np.ndarray) else value


def _materialise_tensor(
    node: TensorNode, place: Callable[[torch.Tensor], torch.Tensor] | None
) -> torch.Tensor:
    dtype = getattr(torch, node.dtype)
    flat = torch.frombuffer(bytearray(node.data), dtype=dtype) if node.data else torch.empty(0, dtype=dtype)
    strides = _contiguous(node.shape) if node.strides is None else node.strides
    tensor = _on_memory_of(flat, node.offset, node.shape, strides)
    if place is not None:
        tensor = place(tensor)
        if tensor._is_view():
            tensor = _on_memory_of(tensor, int(tensor.storage_offset()), tensor.shape, tensor.stride())
    if node.requires_grad:
        tensor.requires_grad_()
        if isinstance(node.grad, TensorNode):
            tensor.grad = _materialise_tensor(node.grad, place)
    return tensor


def _contiguous(shape: Sequence[int]) -> list[int]:
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    return strides


def _on_memory_of(
    tensor: torch.Tensor, offset: int, shape: Sequence[int], strides: Sequence[int]
) -> torch.Tensor:
    """A tensor on the same memory that is no view of it: autograd refuses `detach_` for a view."""
    own: torch.Tensor = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
    return own.set_(tensor.untyped_storage(), offset, shape, strides)


def as_double(value: Any) -> Any:
    """The same tree with every floating tensor and array in float64, and the gradients that leaves hold."""
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        double = value.detach().double().requires_grad_(value.requires_grad)
        if value.is_leaf and value.grad is not None:
            double.grad = as_double(value.grad)
        return double
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    if isinstance(value, list | tuple):
        return type(value)(as_double(item) for item in value)
    if isinstance(value, dict):
        return {key: as_double(item) for key, item in value.items()}
    return value


assert sys.byteorder == "little", "tensors cross as little-endian bytes"
