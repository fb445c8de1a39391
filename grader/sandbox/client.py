"""The trusted end of the border: start a zygote, get workers from it, talk to one, and end it.

Whatever a worker does, a call here returns an answer that was checked, or raises `WorkerEndedError` with the reason.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from grader.errors import GraderError
from grader.sandbox import wire
from grader.sandbox.inside import zygote
from grader.sandbox.limits import Limits
from grader.sandbox.scratch import overdrawn, put_data, remove
from grader.sandbox.start import Started
from grader.values import MalformedError

Ending = Literal["timeout", "crashed"]
Answer = TypeVar("Answer", wire.Ready, wire.Loaded, wire.Answers, wire.Probed)

SIGNAL_NAMES = {
    11: "a segmentation fault",
    6: "an abort",
    7: "a bus error",
    8: "an arithmetic fault",
    4: "an illegal instruction",
}


class ZygoteError(GraderError):
    """The sandbox cannot be started, or broke: the grader's fault or the machine's, never the submission's."""


@dataclass
class WorkerEndedError(Exception):
    """A worker is no more; `verdict` and `reason` are for the check that it was at."""

    verdict: Ending
    reason: str

    def __str__(self) -> str:
        return self.reason


class Budget:
    """Time that one or several requests use up together: of the processor and, against hanging, on the clock."""

    def __init__(self, cpu_s: float, limits: Limits) -> None:
        self.whole_cpu_s, self.whole_wall_s = cpu_s, cpu_s * limits.wall_factor
        self.cpu_s, self.wall_s = self.whole_cpu_s, self.whole_wall_s

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left."""
        return self.cpu_s <= 0 or self.wall_s <= 0

    def use_up(self) -> None:
        """Leave nothing."""
        self.cpu_s = self.wall_s = 0.0


class Zygote:
    """A running zygote. The first worker waits until torch is imported there."""

    def __init__(self, started: Started) -> None:
        self._started, self._control = started, started.control
        self._lock = threading.Lock()
        self._greeted = False

    def _ask(self, command: zygote.Command, descriptors: Sequence[int] = ()) -> zygote.Reply:
        with self._lock:
            try:
                if not self._greeted:
                    self._receive()
                    self._greeted = True
                socket.send_fds(self._control, [msgspec.msgpack.encode(command)], list(descriptors))
                return self._receive()
            except OSError:
                raise ZygoteError(self._last_words()) from None

    def _receive(self) -> zygote.Reply:
        message = self._control.recv(2**16)
        if not message:
            raise OSError("closed")
        reply: zygote.Reply = msgspec.msgpack.decode(message, type=zygote.Reply)
        return reply

    def _last_words(self) -> str:
        errors = self._started.end().decode("utf-8", "replace").strip()
        return f"The sandbox's process ended: {errors[-2000:] or 'it said nothing'}"

    def worker(
        self,
        limits: Limits | None = None,
        *,
        files: Sequence[Path] = (),
        devices: Literal["cpu", "cuda"] = "cpu",
        off: frozenset[str] = frozenset(),
    ) -> Worker:
        """Fork a worker.

        Args:
            limits: Its budgets; default `Limits()`.
            files: An assignment's data files, readable in its working folder, and there below their own folder.
            devices: Whether CUDA's device files stay open to it.
            off: Layers of the confinement to leave out; for tests of the layers only.
        Raises:
            ZygoteError: The zygote is gone, or cannot fork.
        """
        limits = limits or Limits()
        scratch = Path(tempfile.mkdtemp(prefix="grader-"))
        command = zygote.Spawn(str(scratch), limits, devices, put_data(scratch, files), off)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        output = os.memfd_create("output")
        with contextlib.ExitStack() as undo:
            undo.callback(remove, scratch)
            undo.callback(ours.close)
            undo.callback(os.close, output)
            with theirs:
                reply = self._ask(command, (theirs.fileno(), output))
            if not isinstance(reply, zygote.Spawned) or not reply.pid:
                raise ZygoteError(
                    "The sandbox cannot start another process; close other programs and try again."
                )
            undo.pop_all()
        return Worker(self, reply.pid, ours, limits, scratch, output)

    def twin(self) -> Started:
        """Another zygote like this one, at once and without importing torch again; it outlives this one.

        Raises:
            ZygoteError: The zygote is gone, or cannot fork.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            reply = self._ask(zygote.Twin(), (theirs.fileno(),))
        if not isinstance(reply, zygote.Spawned) or not reply.pid:
            ours.close()
            raise ZygoteError("The sandbox cannot start another process; close other programs and try again.")
        return Started(None, ours)

    def finish(self, pid: int) -> zygote.Finished:
        """Kill a worker and learn how it ended."""
        reply = self._ask(zygote.Finish(pid))
        assert isinstance(reply, zygote.Finished)
        return reply

    def close(self) -> None:
        """End the zygote; its workers die with it."""
        self._started.end()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Worker:
    """One worker, to be closed always: `with zygote.worker() as worker`."""

    def __init__(
        self,
        origin: Zygote,
        pid: int,
        sock: socket.socket,
        limits: Limits,
        scratch: Path,
        output: int,
    ) -> None:
        self.pid = pid
        self._origin = origin
        self._sock = sock
        self._limits = limits
        self._scratch = scratch
        self._output = output
        self._number = 0
        self._ended: WorkerEndedError | None = None
        self._open = True
        self._unbounded: frozenset[str] = frozenset()
        self._cpu_s = 0.0
        try:
            budget = Budget(self._limits.cpu_s, self._limits)
            self.ready = self._guard(lambda: self._answer(wire.Ready, budget))
        except BaseException:
            self.close()
            raise
        self._unbounded = frozenset({"scratch", "threads"}.difference(self.ready.applied))

    def load(self, request: wire.Load, budget: Budget) -> wire.Loaded:
        """Have it compile and run a file.

        Raises:
            WorkerEndedError: Loading never ends, or ended the process.
        """
        return self._request(request, wire.Loaded, budget)

    def run(self, request: wire.Run, budget: Budget) -> wire.Answers:
        """Have it run one check; as many observations come back as cases were sent.

        Raises:
            WorkerEndedError: It did not answer within its budget, died, or answered nonsense.
        """
        answers = self._request(request, wire.Answers, budget)
        if answers.skipped is None and len(answers.observations) != len(request.inputs):
            raise self._violation("it gave another number of answers than it was asked")
        return answers

    def cpu_s(self) -> float:
        """Seconds of CPU time that it has used, by the kernel's clock of that process; at last, once it is dead."""
        if self._open:
            with contextlib.suppress(OSError):
                self._cpu_s = max(self._cpu_s, time.clock_gettime(~self.pid << 3 | 2))
        return self._cpu_s

    def probe(self, targets: dict[str, str]) -> wire.Probed:
        """Have it try to break out."""
        return self._request(wire.Probe(targets), wire.Probed, Budget(self._limits.cpu_s, self._limits))

    def output_size(self) -> int:
        """How many bytes it has printed so far."""
        return min(os.fstat(self._output).st_size, self._limits.output_kib * 1024)

    def output(self, start: int, limit: int = 4096) -> str:
        """What it printed since `start`."""
        return os.pread(self._output, min(limit, self._limits.output_kib * 1024), start).decode(
            "utf-8", "replace"
        )

    def _request(self, request: wire.Request, kind: type[Answer], budget: Budget) -> Answer:
        if self._ended:
            raise self._ended
        self._number += 1
        used, began = self.cpu_s(), time.monotonic()

        def exchange() -> Answer:
            self._sock.settimeout(max(budget.wall_s, 0.001))
            wire.send(self._sock, self._number, request)
            return self._answer(kind, budget)

        try:
            return self._guard(exchange)
        finally:
            budget.cpu_s -= self.cpu_s() - used
            budget.wall_s -= time.monotonic() - began

    def _answer(self, kind: type[Answer], budget: Budget) -> Answer:
        number, body = wire.receive(self._sock, self._watch(budget))
        if number != self._number:
            raise MalformedError("an answer to no question")
        return wire.decode(body, kind)

    def _watch(self, budget: Budget) -> Callable[[], float]:
        deadline = time.monotonic() + budget.wall_s
        cpu_end = self.cpu_s() + budget.cpu_s

        def watch() -> float:
            left = deadline - time.monotonic()
            if self.cpu_s() > cpu_end:
                raise wire.DeadlineError(f"it used up its {budget.whole_cpu_s:g} s of computing time")
            if left <= 0:
                raise wire.DeadlineError(f"it did not finish within {budget.whole_wall_s:g} s")
            if problem := self._overdrawn():
                raise WorkerEndedError("crashed", problem)
            return min(left, 0.1)

        return watch

    def _overdrawn(self) -> str | None:
        """Which budget is used up that this machine's kernel does not watch itself."""
        if "threads" in self._unbounded and count_threads(self.pid) > self._limits.threads:
            return f"it started more than {self._limits.threads} threads"
        if "scratch" in self._unbounded:
            return overdrawn(self._scratch, self._limits)
        return None

    def _guard(self, exchange: Callable[[], Answer]) -> Answer:
        try:
            return exchange()
        except MalformedError as error:
            raise self._violation(str(error)) from None
        except wire.DeadlineError as error:
            self._ended = WorkerEndedError("timeout", str(error))
        except wire.ClosedError:
            self._ended = self._autopsy()
        except WorkerEndedError as ended:
            self._ended = ended
        raise self._ended

    def _violation(self, what: str) -> WorkerEndedError:
        self._ended = WorkerEndedError("crashed", f"its process answered nonsense: {what}")
        return self._ended

    def _autopsy(self) -> WorkerEndedError:
        finished = self._finish()
        if os.WIFSIGNALED(finished.status):
            number = os.WTERMSIG(finished.status)
            if number == signal.SIGXCPU or (
                number == signal.SIGKILL and finished.cpu_s >= self._limits.cpu_s
            ):
                return WorkerEndedError("timeout", "it used up its computing time")
            return WorkerEndedError(
                "crashed", f"its process was ended by {SIGNAL_NAMES.get(number, f'signal {number}')}"
            )
        return WorkerEndedError(
            "crashed", f"its process ended itself (exit status {os.WEXITSTATUS(finished.status)})"
        )

    def _finish(self) -> zygote.Finished:
        self._open = False
        finished = self._origin.finish(self.pid)
        self._cpu_s = max(self._cpu_s, finished.cpu_s)
        return finished

    def close(self) -> None:
        """Kill it, whatever it is doing, and remove its folder."""
        try:
            if self._open:
                self._finish()
        finally:
            self._sock.close()
            os.close(self._output)
            remove(self._scratch)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def count_threads(pid: int) -> int:
    """How many threads a process has; 0 where this cannot be seen."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return 0
    return int(after_name.split()[17])
