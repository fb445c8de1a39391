"""The lanes of this machine: hand out jobs, gather answers, replace lanes that die."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from typing import Protocol

import msgspec

from grader.batch.job import Done, Job
from grader.batch.lane import Lane, Warm, budget_s
from grader.errors import GraderError
from grader.model import IsolationInfo
from grader.sandbox.client import Zygote, ZygoteError
from grader.sandbox.start import Started, start_zygote


class Died(msgspec.Struct, frozen=True):
    """What ended the lane, or the machine, that had a job."""

    why: str


class Pool(Protocol):
    """Whatever grades jobs, here or elsewhere."""

    isolation: IsolationInfo | None

    def has_room(self) -> bool:
        """Whether another job can be given."""
        ...

    def give(self, job: Job) -> None:
        """Have a job graded."""
        ...

    def answers(self) -> Iterator[tuple[Job, Done | Died]]:
        """What has come back since the last call; waits until something has, for a second at most."""
        ...

    def close(self) -> None:
        """End everything."""
        ...


class LanesFailError(GraderError):
    """No lane can be started."""


class LanePool:
    """Lanes on this machine."""

    def __init__(
        self, warm: Warm, jobs: int, close_in_child: Callable[[], None], started: Started | None = None
    ) -> None:
        """Start the lanes.

        Args:
            started: A zygote, of which every lane gets a twin, also those that replace dead ones.
        """
        self.isolation: IsolationInfo | None = None
        self._warm = warm
        self._close_in_child = close_in_child
        self._budget_s = budget_s(list(warm.courses.values()), warm.options)
        self._stillborn = 0
        self._lanes: list[Lane] = []
        self._started = started or start_zygote(warm.checks_files())
        self._zygote = Zygote(self._started)
        for _ in range(jobs):
            self._lanes.append(self._start())

    def _start(self) -> Lane:
        def close() -> None:
            self._started.control.close()
            for lane in self._lanes:
                lane.connection.close()
            self._close_in_child()

        return Lane(self._warm, self._twin(), close)

    def _twin(self) -> Started:
        """A zygote for a lane, ready at once; should the one that it is forked from be gone, of a new one."""
        try:
            return self._zygote.twin()
        except ZygoteError:
            self._zygote.close()
            self._started = start_zygote(self._warm.checks_files())
            self._zygote = Zygote(self._started)
            return self._zygote.twin()

    def has_room(self) -> bool:
        """Whether a lane waits."""
        return any(lane.ready and lane.job is None for lane in self._lanes)

    def give(self, job: Job) -> None:
        """Give a job to a lane that waits."""
        lane = next(lane for lane in self._lanes if lane.ready and lane.job is None)
        with contextlib.suppress(OSError):  # it is dead, which the next wait finds out
            lane.give(job)

    def answers(self) -> Iterator[tuple[Job, Done | Died]]:
        """Answers of lanes, and the jobs of those that died."""
        by_connection = {lane.connection: lane for lane in self._lanes}
        for connection in wait(list(by_connection), timeout=1.0):
            lane = by_connection[connection]  # type: ignore[index]
            try:
                message = lane.connection.recv_bytes()
            except (EOFError, OSError):
                yield from self._replace(lane)
                continue
            if not lane.ready:
                self.isolation = msgspec.json.decode(message, type=IsolationInfo)
                lane.ready, self._stillborn = True, 0
                continue
            job, lane.job = lane.job, None
            assert job is not None
            yield job, msgspec.msgpack.decode(message, type=Done)
        for lane in [
            lane for lane in self._lanes if lane.job and time.monotonic() - lane.given_at > self._budget_s
        ]:
            yield from self._replace(lane)

    def _replace(self, lane: Lane) -> Iterator[tuple[Job, Died]]:
        silent = lane.job is not None and time.monotonic() - lane.given_at > self._budget_s
        status = lane.end()
        self._lanes.remove(lane)
        if not lane.ready:
            self._stillborn += 1
            if self._stillborn > 2:
                raise LanesFailError(
                    f"Lanes end before they are ready ({ending(status)}); `grader doctor` may say why."
                )
        self._lanes.append(self._start())
        if lane.job is not None:
            yield lane.job, Died(f"it was silent for {self._budget_s:.0f} s" if silent else ending(status))

    def process_ids(self) -> list[int]:
        """The lanes' process numbers, for logs and tests."""
        return [lane.pid for lane in self._lanes]

    def close(self) -> None:
        """End all lanes."""
        for lane in self._lanes:
            lane.end()
        self._lanes = []
        self._zygote.close()


def ending(status: int) -> str:
    """How a process ended, from what `os.waitpid` says."""
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)} ended it"
    return f"it ended with status {os.WEXITSTATUS(status)}"
