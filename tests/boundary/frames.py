"""Malformed frames, made from right ones and from nothing; what the grader does with each, to the report."""

import io
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from grader.engine.assemble import check_report
from grader.engine.grade import judge
from grader.engine.key import AnswerKey
from grader.engine.show import as_json, text_of
from grader.engine.shrink import _from_key
from grader.exercise import Check
from grader.sandbox import wire
from grader.values import MalformedError, decode_node

PROTOCOLS_OWN = (MalformedError, wire.ClosedError, wire.DeadlineError)
EDGES = (0, 1, -1, 2, 127, 255, 2**31, 2**32 - 1, 2**63 - 1, -(2**63), 2**64 - 1)
TAGS = ("t", "a", "l", "d", "y", "r", "o", "answers", "loaded", "ready", "x", "")
DTYPES = ("float32", "bool", "int64", "bfloat16", "complex64", "object", "uint8", "float16", "")


def swallow(frame: bytes, check: Check, key: AnswerKey) -> bool:
    """Take a frame all the way: received, decoded, judged, shown. Whether it was accepted as an answer.

    Raises:
        Exception: Anything that is none of the protocol's own: a fault of the grader.
    """
    try:
        _, body = wire.receive(Channel(frame), lambda: 1.0)
        answers = wire.decode(body, wire.Answers)
        if answers.skipped is None and len(answers.observations) != len(key.checks[check.id].inputs):
            return False
        outcome = judge(check, key.checks[check.id], answers)
    except PROTOCOLS_OWN:
        return False
    for observed in answers.observations:
        as_json(decode_node(observed))
        text_of(decode_node(observed))
    smallest = None
    if outcome.failures:
        first = outcome.failures[0]
        smallest = _from_key(key.checks[check.id], first.case, first.observed, first.difference)
    report = msgspec.json.encode(check_report(replace(outcome, smallest=smallest)))
    assert len(report) < 2**20, "a report that a worker can make as long as it likes"
    return True


class Channel(io.BytesIO):
    """A socket whose other end sent this and closed."""

    def settimeout(self, seconds: float) -> None:
        """Nothing here ever waits."""

    recv = io.BytesIO.read


def frame(dice: random.Random, right: list[bytes]) -> bytes:
    """A frame that is wrong somewhere, or nowhere."""
    return dice.choice(_WAYS)(dice, right)


def _garbage(dice: random.Random, right: list[bytes]) -> bytes:
    return dice.randbytes(dice.randrange(200))


def _headed(dice: random.Random, right: list[bytes]) -> bytes:
    body = dice.randbytes(dice.randrange(200))
    length = dice.choice([len(body), 0, len(body) + 1, 2**63, 2**64 - 1])
    return (
        struct.pack("<4sIQ", dice.choice([b"grd1", b"\0\0\0\0"]), dice.choice([0, 1, 2**32 - 1]), length)
        + body
    )


def _bent(dice: random.Random, right: list[bytes]) -> bytes:
    """Right answers, some bytes of a node or of the whole changed."""
    nodes = list(right)
    place = dice.randrange(len(nodes))
    nodes[place] = _change(dice, nodes[place])
    body = msgspec.msgpack.encode(["answers", nodes, None])
    return _whole(body if dice.random() < 0.7 else _change(dice, body))


def _change(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) + 1)
        way = dice.randrange(4)
        if way == 0 and at < len(changed):
            changed[at] = dice.randrange(256)
        elif way == 1:
            changed[at:at] = dice.randbytes(dice.randint(1, 5))
        elif way == 2:
            del changed[at : at + dice.randint(1, 8)]
        elif changed:
            changed[at:at] = changed[: dice.randint(1, len(changed))]
    return bytes(changed)


def _grown(dice: random.Random, right: list[bytes]) -> bytes:
    """Answers whose nodes are trees of plausible parts in implausible places."""
    nodes = [msgspec.msgpack.encode(_tree(dice, 4)) for _ in right]
    answers: Any = nodes if dice.random() < 0.9 else _tree(dice, 2)
    return _whole(msgspec.msgpack.encode(["answers", answers, *([None] if dice.random() < 0.9 else [])]))


def _other(dice: random.Random, right: list[bytes]) -> bytes:
    return _whole(
        msgspec.msgpack.encode([dice.choice(TAGS), *[_tree(dice, 3) for _ in range(dice.randrange(4))]])
    )


def _whole(body: bytes) -> bytes:
    return wire.HEADER.pack(wire.MAGIC, 1, len(body)) + body


def _tree(dice: random.Random, depth: int) -> Any:
    parts: list[Callable[[], Any]] = [
        lambda: None,
        lambda: dice.random() < 0.5,
        lambda: dice.choice(EDGES),
        lambda: dice.choice([0.0, -1.5, float("nan"), float("inf"), 1e308]),
        lambda: dice.choice(["", "x", "\x1b[2J", "\u202e", "\0", "x" * 5000, "builtins.ValueError"]),
        lambda: dice.randbytes(dice.choice([0, 1, 4, 8, 16])),
        lambda: _tensor(dice),
        lambda: ["r", _words(dice), _tree(dice, 0), _frames(dice), dice.random() < 0.5],
        lambda: ["y", dice.choice(DTYPES)],
        lambda: ["o", _text(dice), _text(dice)],
    ]
    if depth > 0:
        parts += [
            lambda: [dice.choice(TAGS), *[_tree(dice, depth - 1) for _ in range(dice.randrange(4))]],
            lambda: ["l", [_tree(dice, depth - 1) for _ in range(dice.randrange(4))]],
            lambda: [
                "d",
                [[_tree(dice, depth - 1), _tree(dice, depth - 1)] for _ in range(dice.randrange(3))],
            ],
            lambda: {str(_tree(dice, 0)): _tree(dice, depth - 1)},
        ]
    return dice.choice(parts)()


def _tensor(dice: random.Random) -> list[Any]:
    """Often one that is right but for its shape against its bytes."""
    shape = [dice.choice([0, 1, 2, 3]) for _ in range(dice.randrange(4))]
    if dice.random() < 0.2:
        shape.append(dice.choice(EDGES))
    size = {"float32": 4, "int64": 8, "complex64": 8, "float16": 2, "bfloat16": 2}
    dtype = dice.choice(DTYPES)
    count = 1
    for side in shape:
        count *= side
    count = count if 0 <= count < 100 else 1
    data = dice.randbytes(count * size.get(dtype, 1) + (dice.random() < 0.1))
    if dtype == "bool" and dice.random() < 0.8:
        data = bytes(byte & 1 for byte in data)
    further = [_text(dice), dice.random() < 0.5, None, 0, None][: dice.randrange(6)]
    return [dice.choice("ta"), dtype, shape, data, *further]


def _words(dice: random.Random) -> list[str]:
    return [_text(dice) for _ in range(dice.choice([0, 1, 2, 40]))]


def _text(dice: random.Random) -> str:
    return dice.choice(["", "cpu", "builtins.ValueError", "\x1b]0;x\x07", "y" * 5000])


def _frames(dice: random.Random) -> list[Any]:
    return [
        [_text(dice), dice.choice(EDGES), _text(dice), _text(dice), {_text(dice): _text(dice)}]
        for _ in range(dice.choice([0, 1, 20]))
    ]


_WAYS = (_garbage, _headed, _bent, _bent, _grown, _grown, _grown, _other)
