"""Further devices: which ones a run uses, which checks take part, and what the reference answers there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from grader.errors import UsageError
from grader.exercise import Check
from grader.sandbox.inside.devices import missing, run_elsewhere
from grader.sandbox.inside.run import Implementation
from grader.values import DictNode, ListNode, Node, Raised, TensorNode, decode_node

KNOWN = ("cpu", "simulated", "cuda")
THERE = "device"  # what any further device is called where it does not matter which


def choose_devices(asked: str | None = None, *, here: bool = True) -> tuple[str, ...]:
    """The devices to grade on: those asked for, else those that are here; the CPU always comes first.

    Args:
        here: Whether this machine grades; where others do, what is asked for needs not be here.
    Raises:
        UsageError: One is unknown, or asked for and not here.
    """
    if asked is None:
        further = "cuda" if missing("cuda") is None else "simulated"
        return ("cpu",) if missing(further) else ("cpu", further)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for name in names:
        if name not in KNOWN:
            raise UsageError(f"--device {name}: it is one of {', '.join(KNOWN)}.")
        if here and name != "cpu" and (reason := missing(name)):
            raise UsageError(f"--device {name}: {reason}.")
    return ("cpu", *(name for name in KNOWN if name in names and name != "cpu"))


def cases_elsewhere(check: Check) -> int:
    """How many of its first cases, the telling ones, a check runs on a further device.

    Where tensors are does not depend on their numbers: the essential check finds nearly all of it.
    """
    return 8 if check.essential else 3


def takes_part(check: Check, inputs: Sequence[Node]) -> bool:
    """Whether a check runs on further devices: its contract says so, and there is a tensor to be placed."""
    return check.on_devices and any(has_tensor(node) for node in inputs)


def has_tensor(node: Node) -> bool:
    """Whether a tree holds a tensor."""
    if isinstance(node, ListNode):
        return any(has_tensor(item) for item in node.items)
    if isinstance(node, DictNode):
        return any(has_tensor(key) or has_tensor(value) for key, value in node.items)
    return isinstance(node, TensorNode)


def reference_on_simulated(
    check: Check, reference: Implementation, inputs: Node, seed: int, on_cpu: bytes
) -> bytes:
    """What the reference answers on the simulated device, for a key; empty where that tells nothing."""
    observation, seen = run_elsewhere("simulated", check.program, reference, inputs, seed)
    return b"" if seen.unsupported or seen.mismatch else usable(observation, on_cpu)


def usable(observation: bytes, on_cpu: bytes) -> bytes:
    """The reference's observation on a device, for a key; empty where it raises as it does not on the CPU."""
    alike = isinstance(decode_node(observation), Raised) == isinstance(decode_node(on_cpu), Raised)
    return observation if alike else b""


def renamed(node: Node, names: dict[str, str]) -> Node:
    """A tree whose tensors are said to be on other devices."""
    if isinstance(node, TensorNode):
        return msgspec.structs.replace(node, device=names.get(node.device, node.device))
    if isinstance(node, ListNode):
        return ListNode([renamed(item, names) for item in node.items])
    if isinstance(node, DictNode):
        return DictNode([(renamed(key, names), renamed(value, names)) for key, value in node.items])
    return node


def tensors_by_path(
    node: Node, path: tuple[object, ...] = ()
) -> Iterator[tuple[tuple[object, ...], TensorNode]]:
    """The tensors of a tree, in the order in which it is observed, each with its place in the tree."""
    if isinstance(node, TensorNode):
        yield path, node
    elif isinstance(node, ListNode):
        for place, item in enumerate(node.items):
            yield from tensors_by_path(item, (*path, place))
    elif isinstance(node, DictNode):
        for place, (key, value) in enumerate(node.items):
            yield from tensors_by_path(key, (*path, place, "key"))
            yield from tensors_by_path(value, (*path, key if isinstance(key, str | int) else place))
