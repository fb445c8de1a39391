"""What a further device may cost a submission.

A check that passed on the CPU runs again on its first cases. On the simulated device it fails for four
reasons only: tensors of two devices met, a result is on the CPU where the reference's is not, anything went
wrong after such a meeting that was hidden, or a result is another one since the device's own generator drew
for it. Everything else is the simulation's doubt and leaves the verdict as it was. On a real card other
values and other exceptions count as well, in the cases in which the reference is right there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from grader.compare import Difference, compare
from grader.engine.devices import THERE, renamed, tensors_by_path
from grader.engine.key import CheckKey, judge_case, tolerance_of
from grader.exercise import Check
from grader.model import Verdict
from grader.sandbox import wire
from grader.sandbox.inside.simulated import is_device_error
from grader.values import (
    ArrayNode,
    DictNode,
    ListNode,
    MalformedError,
    Node,
    Raised,
    clean_text,
    decode_node,
    encode_node,
)


@dataclass(frozen=True)
class Elsewhere:
    """What a check came to on a further device.

    Attributes:
        reason: Why it was skipped, or what went wrong, with the line to blame.
        failures: Case, difference and observation of each failing case.
        raised: What the submission raised in the first of them.
        cases: How many were looked at.
    """

    verdict: Verdict
    reason: str | None = None
    failures: tuple[tuple[int, Difference, bytes], ...] = ()
    raised: Raised | None = None
    cases: int = 0


@dataclass(frozen=True)
class _Fault:
    difference: Difference
    reason: str


@dataclass(frozen=True)
class _Doubt:
    reason: str


def judge_elsewhere(
    check: Check, key: CheckKey, expected: Sequence[bytes], answers: wire.Answers, device: str
) -> Elsewhere:
    """The verdict on what a worker claims to have observed on a further device.

    Args:
        expected: What the reference answers there, by case; empty where that case is not looked at.
    Raises:
        MalformedError: An observation is none, or not accounted for.
    """
    if answers.skipped is not None:
        return Elsewhere("skipped", clean_text(answers.skipped, 300))
    if not len(answers.seen) == len(answers.observations) == len(expected):
        raise MalformedError("a case without an account of it")
    faults: list[tuple[int, _Fault, Node]] = []
    doubts: list[_Doubt] = []
    for index, (wanted, data, seen) in enumerate(
        zip(expected, answers.observations, answers.seen, strict=True)
    ):
        if not wanted or (data == wanted and seen.unsupported is None):
            continue
        observed = as_torch_says(renamed(decode_node(data), {device: THERE}))
        right = renamed(decode_node(wanted), {device: THERE})
        found = _judge_case(check, key, index, right, observed, seen, device)
        if isinstance(found, _Fault):
            faults.append((index, found, observed))
        elif found is not None:
            doubts.append(found)
    count = sum(map(bool, expected))
    if faults:
        failures = tuple(
            (index, fault.difference, encode_node(observed)) for index, fault, observed in faults
        )
        _, fault, observed = faults[0]
        raised = observed if isinstance(observed, Raised) else None
        return Elsewhere("failed" if raised is None else "error", fault.reason, failures, raised, count)
    if doubts:
        return Elsewhere("skipped", doubts[0].reason, cases=count)
    return Elsewhere("passed", cases=count)


def _judge_case(
    check: Check, key: CheckKey, index: int, expected: Node, observed: Node, seen: wire.Seen, device: str
) -> _Fault | _Doubt | None:
    if seen.unsupported is not None:
        return _Doubt(clean_text(seen.unsupported, 300))
    stray = _first_stray(expected, observed)
    if stray is not None:
        origin = seen.strays[stray] if stray < len(seen.strays) else None
        return _Fault(Difference("device", _ON_THE_CPU), _made_in(origin))
    difference = _difference(check, key, index, expected, observed, device)
    if difference is None:
        return None
    refused = seen.mismatch or next((r.message for r in _exceptions(observed) if _is_refusal(r)), None)
    if refused is not None and _TO_NUMPY in refused and not _holds_an_array(expected):
        return _Doubt("it goes through numpy, which contracts allow and which knows the CPU only")
    if refused is not None:
        return _Fault(difference, _refusal(refused, seen.origin, observed))
    if seen.drew is not None and not any(_exceptions(observed)):
        return _Fault(difference, _drawn(seen.drew))
    if device == "simulated":
        return _Doubt(
            f"on the simulated device something is different that it may be to blame for: {difference.sentence}"
        )
    return _Fault(difference, f"This is right on the CPU and not on {device}.")


_TO_NUMPY = "device type tensor to numpy"  # how torch refuses `.numpy()` off the CPU


def _holds_an_array(node: Node) -> bool:
    """Whether an answer is itself a numpy array, so that getting there from any device is what is asked."""
    if isinstance(node, ListNode):
        return any(map(_holds_an_array, node.items))
    if isinstance(node, DictNode):
        return any(_holds_an_array(value) for _, value in node.items)
    return isinstance(node, ArrayNode)


def _first_stray(expected: Node, observed: Node) -> int | None:
    """Which of the observation's CPU tensors, counted in their order, is elsewhere in the reference's."""
    wanted = {path for path, node in tensors_by_path(expected) if node.device == THERE}
    found = [path for path, node in tensors_by_path(observed) if node.device == "cpu"]
    return next((place for place, path in enumerate(found) if path in wanted), None)


def _difference(
    check: Check, key: CheckKey, index: int, expected: Node, observed: Node, device: str
) -> Difference | None:
    """How the values differ: on a real card from the key's, else from the reference's there."""
    observed = renamed(observed, {THERE: "cpu"})
    if device == "simulated" and check.judge is None:
        return compare(renamed(expected, {THERE: "cpu"}), observed, tolerance_of(check, key.answers[index]))
    return judge_case(check, key, index, encode_node(observed))


def _exceptions(node: Node) -> Iterator[Raised]:
    if isinstance(node, Raised):
        yield node
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _exceptions(item)
    elif isinstance(node, DictNode):
        for _, value in node.items:
            yield from _exceptions(value)


def _is_refusal(raised: Raised) -> bool:
    return is_device_error(Exception(raised.message))


# --- words --------------------------------------------------------------------------------------------------

_ON_THE_CPU = "Its result is on the CPU, although what it was given is on another device."
_MEET = "It is right on the CPU, but on another device, such as a GPU, tensors of two devices meet."
_NUMPY = "It is right on the CPU, but NumPy cannot read a tensor that is on another device, such as a GPU."
_GENERATOR = (
    "It is right on the CPU, but a generator draws for the device that it was made for, and for no other."
)


_DRAWS = (
    "It is right on the CPU, but another device, such as a GPU, has a generator of its own, which draws other "
    "numbers."
)


def _drawn(origin: wire.Origin) -> str:
    text = clean_text(origin.text, 120)
    return f"{_DRAWS} It draws in {clean_text(origin.file, 80)}, line {origin.line}: `{text}`."


def _refusal(message: str, origin: wire.Origin | None, observed: Node) -> str:
    """Why tensors of two devices met, with the line that made the stray one, else the line that failed."""
    general = _NUMPY if "to numpy" in message else _GENERATOR if "for generator" in message else _MEET
    if origin is not None:
        return f"{general} {_made_in(origin)}"
    if isinstance(observed, Raised) and observed.frames:
        frame = observed.frames[-1]
        return f"{general} It happens in {frame.file}, line {frame.line}: `{clean_text(frame.source, 120)}`."
    return f"{general} One was made on the CPU, before this call or by an operation that moves to it."


def _made_in(origin: wire.Origin | None) -> str:
    if origin is None:
        return "It has to be where its inputs are."
    text = clean_text(origin.text, 120)
    return f"The one on the CPU is made in {clean_text(origin.file, 80)}, line {origin.line}: `{text}`."


def as_torch_says(node: Node) -> Node:
    """An exception as torch itself would raise it: without a class of the grader's own."""
    if isinstance(node, Raised) and node.classes[0].startswith("grader.") and len(node.classes) > 1:
        return msgspec.structs.replace(node, classes=node.classes[1:])
    return node
