"""A lane elsewhere: a process beside a Dask worker, told by data what a forked lane inherits.

`grade_remotely` runs in the Dask worker; it starts a lane for each job at once, and keeps it for the next.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import queue
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from grader.batch.fingerprint import code_digest
from grader.batch.lane import KeysAtHand, Warm, serve
from grader.engine.catalog import PROJECT, load_course
from grader.engine.key import AnswerKey
from grader.engine.session import Options, versions
from grader.errors import GraderError
from grader.model import IsolationInfo
from grader.sandbox.client import Zygote
from grader.sandbox.inside.run import settle_torch
from grader.sandbox.start import start_zygote


class Context(msgspec.Struct, frozen=True):
    """What a lane elsewhere needs: options, keys, and which grader it must be."""

    assignments: tuple[str, ...]
    only: tuple[str, ...]
    seed: int
    secret: bool
    cases: int
    devices: tuple[str, ...]
    courses: tuple[str, ...]
    keys: dict[str, AnswerKey]
    code: str
    versions: dict[str, str]


class Refused(msgspec.Struct, frozen=True):
    """Why a lane elsewhere does not work for this batch."""

    refused: str


class LaneLostError(Exception):
    """The lane that had the job is no more."""


class UnlikeError(GraderError):
    """Another machine has another grader, or other versions."""


def context_of(warm: Warm) -> bytes:
    """What lanes elsewhere are told."""
    options = warm.options
    return msgspec.msgpack.encode(
        Context(
            assignments=options.assignments,
            only=options.only,
            seed=options.seed,
            secret=options.secret,
            cases=options.cases,
            devices=options.devices,
            courses=tuple(warm.courses),
            keys=warm.keys.at_hand,
            code=code_digest(),
            versions=versions(),
        )
    )


def warm_from(context: Context) -> Warm:
    """The same here; the model solutions come from this machine's own copy of the project."""
    options = Options(
        submission=Path("submission"),
        assignments=context.assignments,
        only=context.only,
        seed=context.seed,
        secret=context.secret,
        cases=context.cases,
        devices=context.devices,
    )
    return Warm(options, {name: load_course(name) for name in context.courses}, KeysAtHand(context.keys))


def unlike(context: Context) -> str | None:
    """How the grader here differs from the coordinator's, in one sentence."""
    if context.code != code_digest():
        return (
            f"{socket.gethostname()} has another version of the grader; install the same one on all machines."
        )
    differing = [name for name, version in versions().items() if context.versions.get(name) != version]
    if differing:
        return f"{socket.gethostname()} has another version of {', '.join(differing)}; scores could differ."
    return None


class RemoteLane:
    """A lane's process, as the Dask worker beside it sees it."""

    def __init__(self, context: bytes) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "grader.batch.remote", str(theirs.fileno())]
        environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "OMP_NUM_THREADS": "1",
            "ATEN_CPU_CAPABILITY": "default",
        }
        self._process = subprocess.Popen(
            command, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
        theirs.close()
        self._connection = Connection(ours.detach())
        self.isolation = self._begin(context)

    def _begin(self, context: bytes) -> IsolationInfo:
        first = self.ask(context)
        answer = msgspec.json.decode(first, type=dict[str, object])
        if "refused" in answer:
            raise UnlikeError(str(answer["refused"]))
        return msgspec.convert(answer, IsolationInfo)

    def ask(self, message: bytes) -> bytes:
        """Send a message and wait for the answer."""
        try:
            self._connection.send_bytes(message)
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            self._process.kill()
            raise LaneLostError(f"its lane ended with status {self._process.wait()}") from None

    def end(self) -> None:
        """End it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


@functools.lru_cache(maxsize=2)
def context_name(context: bytes) -> str:
    """What a context is called, without saying what is in it."""
    return hashlib.sha256(context).hexdigest()


# This worker's lanes that wait, by the name of their batch's context; a batch that is over has none.
_idle: dict[str, queue.SimpleQueue[RemoteLane]] = {}


@contextlib.contextmanager
def _lane(context: bytes, name: str) -> Iterator[RemoteLane]:
    """A lane that waits or a new one; afterwards it waits again, unless its batch is over meanwhile."""
    try:
        lane = _idle.setdefault(name, queue.SimpleQueue()).get_nowait()
    except queue.Empty:
        lane = RemoteLane(context)
    try:
        yield lane
    except BaseException:
        lane.end()
        raise
    waiting = _idle.get(name)
    if waiting is None:
        lane.end()
    else:
        waiting.put(lane)


def grade_remotely(context: bytes, job: bytes) -> tuple[bytes, bytes]:
    """Grade a job with a lane of this worker; the answer, and the isolation it was graded under."""
    with _lane(context, context_name(context)) as lane:
        return lane.ask(job), msgspec.json.encode(lane.isolation)


def isolation_here(context: bytes) -> bytes:
    """What isolation this worker's machine gives."""
    with _lane(context, context_name(context)) as lane:
        return msgspec.json.encode(lane.isolation)


def end_lanes(name: str) -> None:
    """End this worker's lanes of a batch that is over: each holds memory, and its keys."""
    context_name.cache_clear()
    waiting = _idle.pop(name, None)
    while waiting is not None:
        try:
            waiting.get_nowait().end()
        except queue.Empty:
            return


def main(arguments: list[str]) -> None:
    """Be a lane on the socket whose number is given."""
    connection = Connection(int(arguments[0]))
    context = msgspec.msgpack.decode(connection.recv_bytes(), type=Context)
    if (why := unlike(context)) is not None:
        connection.send_bytes(msgspec.json.encode(Refused(why)))
        return
    settle_torch()
    warm = warm_from(context)
    warm = replace(warm, options=replace(warm.options, require_isolation=None))
    with Zygote(start_zygote(warm.checks_files())) as zygote, contextlib.suppress(BrokenPipeError):
        serve(connection, warm, zygote)  # until the worker is gone


if __name__ == "__main__":
    main(sys.argv[1:])
