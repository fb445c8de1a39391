"""What can go wrong on the simulated device, and whose fault it is."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The line that made a tensor on the CPU; `text` is empty where the source isn't at hand."""

    file: str
    line: int
    text: str
    by_student: bool

    def __str__(self) -> str:
        return f"line {self.line}: `{self.text}`" if self.text else f"line {self.line}"


class DeviceMismatch(RuntimeError):
    """Tensors of two devices met, in the words that CUDA has for it."""

    def __init__(self, message: str, origin: Origin | None = None) -> None:
        self.origin = origin
        super().__init__(f"{message} (The one on the cpu was made in {origin})" if origin else message)


class Unsupported(Exception):
    """Something that the simulation doesn't know: the check is skipped, whatever becomes of the error."""


# What torch itself says, rightly, where a program mixes devices. Any other message that names this device or
# its backend comes from a corner of torch which has no idea of it.
_RIGHTLY_REFUSED = (
    "device type tensor to numpy",
    "Expected all tensors to be on the same device",
    "indices should be either on",
    "assigned grad has data located on a different device",
    "attempting to assign a gradient with device type",
    "returned an invalid gradient",
    " - expected device ",  # "invalid gradient at index 0": what `backward` was given
    "are not at the same device",
    "Device, but got tensor with",
    "device type for generator",
    "Expected object of device type",
)
_FOREIGN = (
    "simulated",
    "privateuse",
    "poisoned by swap_tensors",
    "couldn't swap",
    "use_count of",
    "incompatible tensor type",
    "dispatchstub",
    "not resizable",
    "internal assert",
)


def is_device_error(error: BaseException) -> bool:
    """Is this what CUDA, too, would say to a program that mixes devices?"""
    return isinstance(error, DeviceMismatch) or any(words in str(error) for words in _RIGHTLY_REFUSED)


def unsupported_reason(error: BaseException) -> str | None:
    """Why an exception that left a program on the device is ours, or None where it is the program's."""
    if isinstance(error, Unsupported):
        return str(error)
    if is_device_error(error):
        return None
    text = str(error)
    if any(word in text.lower() for word in _FOREIGN):
        return f"torch can't do this on the simulated device: {text.splitlines()[0][:200]}"
    return None


def asks_for_cuda(source: str) -> str | None:
    """Where code asks whether a tensor is on CUDA, which has no fair answer here; None where it doesn't.

    `"cuda" if x.is_cuda else "cpu"` is right on both real devices and wrong on any other, so a failure of
    such code says nothing. `torch.cuda.is_available()` is not such a question: it isn't about the tensors
    that were given.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "is_cuda":
            return f"line {node.lineno} asks for `.is_cuda`"
        if isinstance(node, ast.Compare) and any(
            _names_cuda(side) for side in [node.left, *node.comparators]
        ):
            return f"line {node.lineno} compares with the name of a CUDA device"
    return None


def _names_cuda(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.split(":")[0] == "cuda"
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_names_cuda(item) for item in node.elts)
    return isinstance(node, ast.Call) and any(_names_cuda(argument) for argument in node.args)
