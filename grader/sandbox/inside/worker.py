"""A worker: one process, forked from the zygote, that holds one file of one submission.

It confines itself, says so, and only then reads a byte of the submission. It answers requests until its socket closes.
"""

from __future__ import annotations

import io
import os
import socket
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from grader.sandbox import wire
from grader.sandbox.inside import devices, loader
from grader.sandbox.inside.run import Implementation, run_case
from grader.sandbox.inside.simulated import asks_for_cuda
from grader.sandbox.limits import MAX_FRAME, MAX_PROBLEMS
from grader.sandbox.probe import attempt_all
from grader.values import MalformedError, OpaqueNode, encode_node, submission_files
from grader.values import _decoder as input_decoder

Programs = dict[str, Callable[..., Any]]


class BoundedOutput(io.RawIOBase):
    """Writes to a descriptor until a limit is reached and drops the rest, so that printing never fails."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self._descriptor = descriptor
        self._left = limit

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Write what still fits; claim to have written it all."""
        kept = bytes(data)[: self._left]
        self._left -= len(kept)
        if kept:
            os.write(self._descriptor, kept)
        return len(data)


def capture_output(limit: int) -> None:
    """Send prints, which may be endless, to descriptor 1: the first `limit` bytes of them."""
    text: Any = io.TextIOWrapper(BoundedOutput(1, limit), "utf-8", "replace", write_through=True)
    nothing = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for the life of the process
    for name, stream in (("stdout", text), ("stderr", text), ("stdin", nothing)):
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def serve(sock: socket.socket, programs: Programs) -> NoReturn:
    """Answer requests until the other side closes or sends nonsense."""
    names: dict[str, Any] = {}
    while True:
        try:
            number, body = wire.receive(sock)
            request = wire.decode_request(body)
        except (wire.ClosedError, MalformedError):
            os._exit(0)
        if isinstance(request, wire.Load):
            loaded = loader.load(request.stem, request.file_name, request.cells)
            names = loaded.names
            problems = [wire.CellProblem(cell, raised) for cell, raised in loaded.problems[:MAX_PROBLEMS]]
            defined = [name for name in request.names if name in loaded.bound and name in names]
            answer: wire.Answer = wire.Loaded(problems, defined)
        elif isinstance(request, wire.Run):
            answer = _run(programs[request.check], names, request)
        else:
            answer = wire.Probed(attempt_all(request.targets))
        try:
            wire.send(sock, number, answer)
        except wire.ClosedError:
            os._exit(0)


def _run(program: Callable[..., Any], names: dict[str, Any], request: wire.Run) -> wire.Answers:
    implementation = Implementation(names)
    if request.device == "simulated" and (reason := _asks_for_cuda()):
        return wire.Answers([], reason)
    observations: list[bytes] = []
    seen: list[wire.Seen] = []
    size = 0
    for inputs, seed in zip(request.inputs, request.seeds, strict=True):
        node = input_decoder.decode(inputs)
        if request.device == "cpu":
            observation = run_case(program, implementation, node, seed)
        else:
            try:
                observation, facts = devices.run_elsewhere(
                    request.device, program, implementation, node, seed, submission_files.__contains__
                )
            except devices.AbsentDeviceError as error:
                return wire.Answers([], str(error)[:300])
            seen.append(facts)
        size += len(observation)
        if size > MAX_FRAME // 2:
            observation = encode_node(OpaqueNode("…", "more than the grader looks at"))
            size += len(observation) - 2**10
        observations.append(observation)
    return wire.Answers(observations, None, seen)


def _asks_for_cuda() -> str | None:
    """Where the submission asks whether a tensor is on CUDA, which the simulated device cannot answer fairly."""
    texts = (file.text for file in submission_files.values())
    return next((reason for text in texts if (reason := _question_in(text))), None)


@cache
def _question_in(text: str) -> str | None:
    try:
        return asks_for_cuda(text) if "cuda" in text else None
    except (SyntaxError, ValueError, RecursionError):
        return None
