"""A lane: a warm process that grades one submission after another, with a zygote of its own.

It is forked from the coordinator, which has imported torch and holds the answer keys. Nothing that a student
wrote runs in it; so it runs pytest again for each submission rather than forking once more (measured: 0.07 s
of computing time against 0.09 s with a fork, and memory stays level). Whatever goes wrong with one submission
is answered as an error; should the lane itself die, the coordinator notices and starts another.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import NoReturn

import msgspec

from grader.batch.job import Done, Job
from grader.engine.catalog import Course
from grader.engine.grading import grade
from grader.engine.key import AnswerKey, KeyStore
from grader.engine.offspring import die_with
from grader.engine.session import Options, Session
from grader.errors import GraderError
from grader.model import IsolationInfo, to_json
from grader.sandbox.client import Zygote
from grader.sandbox.start import Started


class KeysAtHand(KeyStore):
    """The keys of a batch, by assignment: no digest is computed for each exercise."""

    def __init__(self, keys: dict[str, AnswerKey]) -> None:
        super().__init__(None)
        self.at_hand = keys

    def get(
        self, course: Course, seed: int, cases: int, *, secret: bool = False, only: Sequence[str] = ()
    ) -> AnswerKey:
        """The key of an assignment."""
        return self.at_hand[course.name]

    def complete(self, course: Course, key: AnswerKey, name: str, *, secret: bool = False) -> None:
        """Nothing: these keys are complete."""


@dataclass(frozen=True)
class Warm:
    """What a lane needs, the same for all of them."""

    options: Options
    courses: dict[str, Course]
    keys: KeysAtHand

    def checks_files(self) -> list[Path]:
        """The programs that the zygote has to know."""
        return [course.checks_file for course in self.courses.values()]


def grade_job(job: Job, warm: Warm, zygote: Zygote) -> Done:
    """Grade one submission; the grader's own trouble with it is part of the answer."""
    began = time.monotonic()
    options = replace(warm.options, submission=Path(job.name), only=job.only or warm.options.only)
    submission = job.handed.submission(job.name)
    try:
        session = Session(
            options, zygote=zygote, store=warm.keys, courses=warm.courses, submission=submission
        )
        report, error = to_json(grade(session)), None
    except GraderError as trouble:
        report, error = b"", str(trouble)
    except Exception:
        report, error = b"", traceback.format_exc()
    return Done(report, error, time.monotonic() - began)


def isolation(warm: Warm, zygote: Zygote) -> IsolationInfo:
    """What keeps submissions away from this machine."""
    return Session(warm.options, zygote=zygote, courses=warm.courses).isolation


def serve(connection: Connection, warm: Warm, zygote: Zygote) -> None:
    """Say what isolation there is, then answer jobs until the other end closes."""
    connection.send_bytes(msgspec.json.encode(isolation(warm, zygote)))
    while True:
        try:
            job = msgspec.msgpack.decode(connection.recv_bytes(), type=Job)
        except EOFError:
            return
        connection.send_bytes(msgspec.msgpack.encode(grade_job(job, warm, zygote)))


class Lane:
    """A lane as the coordinator sees it."""

    def __init__(self, warm: Warm, started: Started, close_in_child: Callable[[], None]) -> None:
        """Fork it.

        Args:
            started: A zygote that is to be its own.
            close_in_child: Gives up what only the coordinator may hold, such as the lock of the folder.
        """
        ours, theirs = Pipe()
        coordinator = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _be_lane(theirs, ours, warm, started, close_in_child, coordinator)
        theirs.close()
        started.control.close()
        self.connection: Connection = ours
        self.job: Job | None = None
        self.given_at = time.monotonic()
        self.ready = False

    def give(self, job: Job) -> None:
        """Have it grade a submission.

        Raises:
            OSError: It is dead.
        """
        self.job, self.given_at = job, time.monotonic()
        self.connection.send_bytes(msgspec.msgpack.encode(job))

    def end(self) -> int:
        """Kill it, whatever it is doing; how it ended, as `os.waitpid` says."""
        self.connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1]


def _be_lane(
    connection: Connection,
    other_end: Connection,
    warm: Warm,
    started: Started,
    close_in_child: Callable[[], None],
    coordinator: int,
) -> NoReturn:
    try:
        other_end.close()
        close_in_child()
        die_with(coordinator)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.enable()
        gc.set_threshold(700, 10, 10)  # whatever the coordinator has: a lane lives long
        with Zygote(started) as zygote:
            serve(connection, warm, zygote)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def budget_s(courses: Sequence[Course], options: Options) -> float:
    """Seconds after which a silent lane cannot be at work any more: all budgets used up, and again half."""
    exercises = [exercise for course in courses for exercise in course.assignment.exercises]
    return 60 + 1.5 * options.limits.wall_factor * sum(45 + exercise.cpu_s for exercise in exercises)
