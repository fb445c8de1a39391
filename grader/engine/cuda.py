"""Everything of one submission that runs on CUDA: one worker with one context, for all files and exercises.

A context takes seconds to make and nothing may fork once there is one, so the checks of all exercises share a
worker that was forked before. What ends it, or leaves its context unusable, costs the exercise at hand; the
next one starts afresh. A second worker holds the model solutions: what they answer on this card says which
cases can be judged on it.

None of this was ever run on a real card; see docs/cuda.md.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from grader.engine.catalog import Course
from grader.engine.devices import cases_elsewhere, renamed, takes_part, usable
from grader.engine.elsewhere import Elsewhere, judge_elsewhere
from grader.engine.key import CheckKey, decode_inputs, judge_case
from grader.exercise import Check
from grader.intake import Submission
from grader.sandbox import wire
from grader.sandbox.client import Budget, Worker, WorkerEndedError, Zygote
from grader.sandbox.limits import Limits
from grader.values import MalformedError, Raised, decode_node, encode_node

START_CPU_S = 30.0  # the context, and loading the libraries of kernels
LIFE_CPU_S = 600.0
BROKEN = ("torch.AcceleratorError", "torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError")


@dataclass
class CudaRun:
    """The workers of one submission that hold a CUDA context; see the module.

    Several threads may ask; the card answers one at a time. `judging` is held for what this side computes.
    """

    zygote: Zygote
    submission: Submission
    courses: Mapping[str, Course]
    limits: Limits
    off: frozenset[str] = frozenset()
    device: str = "cuda"
    judging: AbstractContextManager[object] = field(default_factory=nullcontext)
    _card: threading.Lock = field(default_factory=threading.Lock)
    _theirs: _Holder | None = None
    _ours: _Holder | None = None
    _expected: dict[str, list[bytes]] = field(default_factory=dict)
    _given_up: dict[str, str] = field(default_factory=dict)

    def check(self, check: Check, key: CheckKey, cpu_s: float) -> Elsewhere:
        """What one check comes to on the card; `cpu_s` bounds what it may take.

        A check that ended the worker ends what its exercise has to say there: its others are skipped.
        """
        with self._card:
            return self._check(check, key, cpu_s)

    def _check(self, check: Check, key: CheckKey, cpu_s: float) -> Elsewhere:
        exercise = f"{check.assignment}/{check.exercise}"
        if exercise in self._given_up:
            return Elsewhere("skipped", self._given_up[exercise])
        count = min(cases_elsewhere(check), len(key.inputs))
        if not takes_part(check, [decode_inputs(data) for data in key.inputs[:count]]):
            return Elsewhere("skipped")
        expected = self._reference(check, key, count)
        if not any(expected):
            return Elsewhere("skipped", "the model solution itself cannot be judged there")
        file = self.submission.files[check.assignment]
        load = wire.Load(check.assignment, file.name, list(file.cells), [])
        self._theirs = self._theirs or self._holder()
        try:
            answers = self._theirs.run(load, check, key, count, cpu_s, self.device)
            with self.judging:
                found = judge_elsewhere(check, key, expected, answers, self.device)
        except (WorkerEndedError, MalformedError) as error:
            self._theirs.close()
            timeout = isinstance(error, WorkerEndedError) and error.verdict == "timeout"
            self._given_up[exercise] = f"an earlier check of this exercise ended the run there ({error})"
            return Elsewhere("timeout" if timeout else "crashed", f"On {self.device}: {error}")
        if any(_breaks_the_context(data) for data in answers.observations):
            self._theirs.close()
        return found

    def _reference(self, check: Check, key: CheckKey, count: int) -> list[bytes]:
        """What the model solution answers there; empty where it differs from its own answer on the CPU."""
        if check.id not in self._expected:
            self._expected[check.id] = self._ask_reference(check, key, count)
        return self._expected[check.id]

    def _ask_reference(self, check: Check, key: CheckKey, count: int) -> list[bytes]:
        source = self.courses[check.assignment].reference_file
        if source is None:
            return [b""] * count
        load = wire.Load(check.assignment, source.name, [source.read_text("utf-8")], [])
        self._ours = self._ours or self._holder()
        try:
            answers = self._ours.run(load, check, key, count, LIFE_CPU_S, self.device)
        except WorkerEndedError:
            self._ours.close()
            return [b""] * count
        if answers.skipped is not None:
            return [b""] * count
        with self.judging:
            return [self._expected_case(check, key, i, data) for i, data in enumerate(answers.observations)]

    def _expected_case(self, check: Check, key: CheckKey, index: int, observed: bytes) -> bytes:
        found = usable(observed, key.answers[index].observation)
        if not found:
            return b""
        on_cpu = encode_node(renamed(decode_node(found), {self.device: "cpu"}))
        return found if judge_case(check, key, index, on_cpu) is None else b""

    def _holder(self) -> _Holder:
        limits = replace(self.limits, cpu_s=math.ceil(LIFE_CPU_S))
        return _Holder(self.zygote, limits, tuple(self.courses.values()), self.off)

    def close(self) -> None:
        """End both workers."""
        for holder in (self._theirs, self._ours):
            if holder is not None:
                holder.close()


@dataclass
class _Holder:
    """A worker that loads one file after another, and another worker once it has ended."""

    zygote: Zygote
    limits: Limits
    courses: tuple[Course, ...]
    off: frozenset[str]
    _worker: Worker | None = None
    _loaded: str | None = None

    def run(
        self, load: wire.Load, check: Check, key: CheckKey, count: int, cpu_s: float, device: str
    ) -> wire.Answers:
        """The answers to the first cases of a check, the file loaded before where it is another one.

        Raises:
            WorkerEndedError: The worker is no more.
        """
        seconds = cpu_s
        if self._worker is None:
            files = [file for course in self.courses for file in course.data_files]
            self._worker = self.zygote.worker(self.limits, files=files, devices="cuda", off=self.off)
            seconds += START_CPU_S
        if self._loaded != load.stem:
            self._worker.load(load, Budget(seconds, self.limits))
            self._loaded = load.stem
        request = wire.Run(check.id, key.inputs[:count], key.seeds[:count], device)
        return self._worker.run(request, Budget(seconds, self.limits))

    def close(self) -> None:
        """End the worker; the next run starts another."""
        if self._worker is not None:
            self._worker.close()
        self._worker = self._loaded = None


def _breaks_the_context(observation: bytes) -> bool:
    """Whether an exception means that nothing more can be expected of this context."""
    node = decode_node(observation)
    return isinstance(node, Raised) and (
        "CUDA error" in node.message or not set(BROKEN).isdisjoint(node.classes)
    )
