"""The frames between the grader and a worker: typed msgpack behind a header, capped before anything is allocated.

Requests go one way, from the grader; a worker only answers, once a request, with the request's own number.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec

from grader.sandbox.limits import MAX_DEFINED, MAX_FRAME, MAX_OBSERVATIONS, MAX_PROBLEMS
from grader.values import MalformedError, Raised, check_raised, check_texts

MAGIC = b"grd1"
HEADER = struct.Struct("<4sIQ")

Message = TypeVar("Message")


class Load(msgspec.Struct, tag="load", array_like=True, frozen=True):
    """Compile and run the cells of one file; a `.py` is one cell."""

    stem: str
    file_name: str
    cells: list[str]
    names: list[str]


class Run(msgspec.Struct, tag="run", array_like=True, frozen=True):
    """Run one check's program on each case, in order."""

    check: str
    inputs: list[bytes]
    seeds: list[int]
    device: str = "cpu"


class Probe(msgspec.Struct, tag="probe", array_like=True, frozen=True):
    """Try to break out, for a test of the layers: `targets` are what to try it on."""

    targets: dict[str, str]


Request = Load | Run | Probe


class Ready(msgspec.Struct, tag="ready", array_like=True, frozen=True):
    """The worker is confined; said before any byte of the submission is read."""

    applied: list[str]
    missing: dict[str, str]
    level: str


class CellProblem(msgspec.Struct, array_like=True, frozen=True):
    """A cell that could not be compiled or that raised."""

    cell: int
    raised: Raised


ShortText = Annotated[str, msgspec.Meta(max_length=1_000)]


class Loaded(msgspec.Struct, tag="loaded", array_like=True, frozen=True):
    """What became of the file: cells that failed, the first of them, and which of the asked names it defines."""

    problems: Annotated[list[CellProblem], msgspec.Meta(max_length=MAX_PROBLEMS)]
    defined: Annotated[list[ShortText], msgspec.Meta(max_length=MAX_DEFINED)]


MAX_STRAYS = 32


class Origin(msgspec.Struct, array_like=True, frozen=True):
    """A line of the submission that made a tensor on the CPU."""

    file: ShortText
    line: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    text: ShortText


class Seen(msgspec.Struct, array_like=True, frozen=True):
    """What a case on a further device showed besides its observation.

    Attributes:
        unsupported: What the device does not know, so that nothing can be said about this case.
        mismatch: How tensors of two devices were refused, whether or not the program hid it.
        origin: Where the tensor that was refused was made.
        strays: Where each tensor of the observation that is on the CPU was made, in their order.
        drew: Which line of the submission first drew random numbers on the device.
    """

    unsupported: ShortText | None = None
    mismatch: ShortText | None = None
    origin: Origin | None = None
    strays: Annotated[list[Origin | None], msgspec.Meta(max_length=MAX_STRAYS)] = []
    drew: Origin | None = None


class Answers(msgspec.Struct, tag="answers", array_like=True, frozen=True):
    """An encoded observation for each case; `skipped` says why the device could not be used.

    `seen` has an entry for each case on a device other than the CPU.
    """

    observations: Annotated[list[bytes], msgspec.Meta(max_length=MAX_OBSERVATIONS)]
    skipped: ShortText | None = None
    seen: Annotated[list[Seen], msgspec.Meta(max_length=MAX_OBSERVATIONS)] = []


class Probed(msgspec.Struct, tag="probed", array_like=True, frozen=True):
    """Which attempts to break out succeeded."""

    succeeded: list[str]


Answer = Ready | Loaded | Answers | Probed


class ClosedError(Exception):
    """The other side is gone."""


class DeadlineError(Exception):
    """The other side did not answer in time."""


def send(sock: socket.socket, number: int, message: object) -> None:
    """Send one message as a frame.

    Raises:
        ClosedError: The other side is gone.
    """
    body = msgspec.msgpack.encode(message)
    try:
        sock.sendall(HEADER.pack(MAGIC, number, len(body)) + body)
    except TimeoutError:
        raise DeadlineError("it did not listen to what it was asked") from None
    except OSError:
        raise ClosedError from None


def receive(
    sock: socket.socket, watch: Callable[[], float] | None = None, limit: int = MAX_FRAME
) -> tuple[int, bytes]:
    """Receive one frame: its number and its body.

    Args:
        watch: Asked before each wait for how many seconds to wait at most; raises `DeadlineError` to give up. None
            waits for ever.
        limit: The most bytes that a body may have.
    Raises:
        ClosedError, DeadlineError: The other side is gone, or too slow.
        MalformedError: The header is not ours or announces more than `limit` bytes.
    """
    magic, number, length = HEADER.unpack(_read(sock, HEADER.size, watch))
    if magic != MAGIC or length > limit:
        raise MalformedError("a frame that is none of ours, or too large")
    return number, _read(sock, length, watch)


def _read(sock: socket.socket, count: int, watch: Callable[[], float] | None) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        sock.settimeout(None if watch is None else watch())
        try:
            part = sock.recv(min(count - len(parts), 2**20))
        except TimeoutError:
            continue
        except OSError:
            raise ClosedError from None
        if not part:
            raise ClosedError
        parts += part
    return bytes(parts)


def decode(body: bytes, kind: type[Message]) -> Message:
    """The message of type `kind` in a body.

    Raises:
        MalformedError: It is none.
    """
    try:
        message = msgspec.msgpack.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedError(f"a message cannot be read: {type(error).__name__}") from None
    _check(message)
    return message


def _check(message: object) -> None:
    """What types do not say: that texts can be shown and exceptions are of a possible size."""
    if isinstance(message, Loaded):
        for problem in message.problems:
            check_raised(problem.raised)
    elif isinstance(message, Answers):
        check_texts(message.skipped or "")
        for seen in message.seen:
            check_texts(seen.unsupported or "", seen.mismatch or "")
            for origin in filter(None, (seen.origin, *seen.strays)):
                check_texts(origin.file, origin.text)


def decode_request(body: bytes) -> Request:
    """The request in a body, on the worker's side.

    Raises:
        MalformedError: It is none.
    """
    return decode(body, Request)  # type: ignore[arg-type]
