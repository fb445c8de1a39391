"""`batch`: from what is asked for to every submission's report."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

import msgspec

from grader.batch.coordinator import Coordinator, Item, Tally, choose_run, read_item
from grader.batch.fingerprint import Fingerprints, changed, fingerprints, whole
from grader.batch.folder import BatchFolder, now
from grader.batch.lane import KeysAtHand, Warm
from grader.batch.pool import LanePool, Pool
from grader.batch.progress import BatchProgress
from grader.batch.store import Run, Store
from grader.engine.catalog import Course, assignment_names, did_you_mean, load_course
from grader.engine.isolation import demand_isolation
from grader.engine.key import CacheFolder, KeyStore, Wrong
from grader.engine.offspring import die_with
from grader.engine.session import Options, versions
from grader.errors import GraderError, UsageError
from grader.intake import NoSuchSubmission, find_submissions
from grader.sandbox.start import Started

PoolMaker = Callable[[Warm, Callable[[], None]], Pool]


class NothingToGradeError(GraderError):
    """There is no submission."""

    exit_code = 5


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """What a batch is asked for.

    Attributes:
        options: How each submission is graded; its `submission` is the class's folder.
        jobs: How many lanes.
        regrade: Grade again what changed checks can affect.
        pool: Makes what grades; default the lanes of this machine.
    """

    options: Options
    out: Path
    jobs: int
    regrade: bool = False
    pool: PoolMaker | None = None


def run_batch(request: BatchRequest, started: Started | None) -> Tally:
    """Grade a class.

    Args:
        started: A zygote, of which each lane gets a twin; None where the work is done elsewhere.
    """
    _refuse_own_reports(request.options.submission, request.out)
    with _interruptible(), BatchFolder(request.out) as folder, Store(request.out) as store:
        return _run(request, started, folder, store)


def _refuse_own_reports(source: Path, out: Path) -> None:
    """What lies in the class's folder is a submission, reports too.

    Raises:
        UsageError: The one folder is in the other.
    """
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise UsageError(
            f"--out {out}: it lies in {source}, where everything is taken for a submission. Give one outside."
        )


def _run(request: BatchRequest, started: Started | None, folder: BatchFolder, store: Store) -> Tally:
    options = request.options
    known = assignment_names(options.assignments_folder)
    items = read_class(options, known)
    courses = load_courses(options, known, items)
    digests = fingerprints(courses, options)
    run = _begin(store, request, digests, items)
    warm = Warm(options, courses, KeysAtHand({}))
    coordinator = Coordinator(
        items=items,
        warm=warm,
        store=store,
        folder=folder,
        run=run,
        fingerprint=whole(digests),
        fingerprints=digests,
        wanted=options.assignments,
        known=known,
    )
    todo = coordinator.unfinished()
    folder.log(
        "started", run=run, submissions=len(items), to_grade=len(todo), jobs=request.jobs, versions=versions()
    )
    if todo:
        make_keys(warm)
        _grade(request, started, coordinator, todo, folder)
    tally = coordinator.finish()
    folder.log("finished", run=run, graded=tally.graded, reused=tally.reused, errors=len(tally.errors))
    return tally


def read_class(options: Options, known: Sequence[str]) -> list[Item]:
    """What was handed in by whom, all read once.

    Raises:
        UsageError: An assignment is unknown, or there is nothing at the path.
        NothingToGradeError: Nothing there is a submission.
    """
    for name in options.assignments:
        if name not in known:
            raise UsageError(f"No assignment {name!r}{did_you_mean(name, list(known))}")
    items = []
    for found in find_submissions(options.submission):
        with contextlib.suppress(NoSuchSubmission):  # it vanished between two looks
            items.append(read_item(found, options.assignments, known)[0])
    if not items:
        raise NothingToGradeError(
            f"{options.submission}: no submission is there. Give a folder of folders, archives or files."
        )
    return items


def load_courses(options: Options, known: Sequence[str], items: Sequence[Item]) -> dict[str, Course]:
    """The assignments to grade: those named, else those of which somebody handed in a file."""
    there = {name for item in items for name in item.assignments}
    names = options.assignments or tuple(name for name in known if name in there)
    found = {
        name: load_course(name, folder=options.assignments_folder, reference=options.reference)
        for name in names
    }
    exercises = [e.name for course in found.values() for e in course.assignment.exercises]
    for name in options.only:
        if name not in exercises:
            raise UsageError(f"No exercise {name!r}{did_you_mean(name, exercises)}")
    return found


def make_keys(warm: Warm) -> None:
    """Make the keys, or read them from the cache; freeze what lanes then inherit."""
    options = warm.options
    keys = KeyStore(CacheFolder().path if options.cache else None)
    for name, course in warm.courses.items():
        warm.keys.at_hand[name] = keys.get(
            course, options.seed, options.cases, secret=options.secret, only=options.only
        )
    complete_keys(warm, keys)
    gc.collect()
    gc.freeze()


def complete_keys(warm: Warm, keys: KeyStore) -> None:
    """Add what all misconceptions answer, on all cores: somebody in a class will need it."""
    global _completing
    _completing = (warm, keys)
    wanted = [
        (name, exercise.name)
        for name, course in warm.courses.items()
        for exercise in course.assignment.exercises
        if not warm.options.only or exercise.name in warm.options.only
    ]
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(
        cores, get_context("fork"), initializer=die_with, initargs=(os.getpid(),)
    ) as pool:
        for (name, _), data in zip(wanted, pool.map(_misconceptions_answers, wanted), strict=True):
            for check, wrong in msgspec.msgpack.decode(data, type=Wrong).items():
                warm.keys.at_hand[name].checks[check].misconceptions.update(wrong)


_completing: tuple[Warm, KeyStore] | None = None


def _misconceptions_answers(wanted: tuple[str, str]) -> bytes:
    assert _completing is not None
    (warm, keys), (name, exercise) = _completing, wanted
    course, key = warm.courses[name], warm.keys.at_hand[name]
    keys.complete(course, key, exercise, secret=warm.options.secret)
    checks = [check.id for check in course.assignment.checks if check.exercise == exercise]
    return msgspec.msgpack.encode({check: key.checks[check].misconceptions for check in checks})


def _begin(store: Store, request: BatchRequest, digests: Fingerprints, items: Sequence[Item]) -> int:
    """The number of the run to go on with, or of a new one.

    Raises:
        UsageError: The store was made under other settings or checks, and nobody said --regrade.
    """
    last = store.last_run()
    fingerprint = whole(digests)
    if last is not None and last.fingerprint != fingerprint and not request.regrade:
        raise UsageError(_differs(request.out, last, digests))
    accepted = last.settings.get("isolation", "") if last is not None else ""
    if accepted > settings(request.options)["isolation"]:
        raise UsageError(
            f"{request.out} was graded where isolation {accepted} was enough. Give another --out to grade it again, "
            f"or --require-isolation {accepted} to go on."
        )
    going_on = choose_run(store, fingerprint, items)
    if going_on is not None:
        return going_on.number
    return store.begin_run(digests, fingerprint, settings(request.options), versions(), now())


def settings(options: Options) -> dict[str, str]:
    """How a run was graded, to be read by people and by `export`."""
    return {
        "source": str(options.submission),
        "assignments": " ".join(options.assignments),
        "only": " ".join(options.only),
        "seed": "secret" if options.secret else str(options.seed),
        "cases": str(options.cases),
        "devices": " ".join(options.devices),
        "isolation": options.require_isolation or "C",
    }


def _differs(out: Path, last: Run, digests: Fingerprints) -> str:
    differing = changed(last.fingerprints, digests) or sorted(set(last.fingerprints) - set(digests))
    named = ", ".join(differing[:3]) + (f" and {len(differing) - 3} more" if len(differing) > 3 else "")
    return (
        f"{out} was graded under other checks, settings or versions ({named} may come out differently). "
        "Add --regrade to grade again what the change can affect, or give another --out."
    )


def _grade(
    request: BatchRequest,
    started: Started | None,
    coordinator: Coordinator,
    todo: Sequence[Item],
    folder: BatchFolder,
) -> None:
    warm = coordinator.warm
    jobs = min(request.jobs, len(todo))
    make = request.pool or (lambda warm, close: LanePool(warm, jobs, close, started))
    pool = make(warm, lambda: _close_for_child(folder))
    try:
        _demand(pool, request.options.require_isolation)
        with BatchProgress(len(coordinator.items), len(coordinator.items) - len(todo)) as progress:
            coordinator.grade(todo, pool, progress)
    finally:
        pool.close()


def _close_for_child(folder: BatchFolder) -> None:
    """A lane must not hold the folder's lock: it would outlive a coordinator that was killed."""
    folder.close()


def _demand(pool: Pool, required: str | None) -> None:
    """Wait for the first lane, and refuse to go on if what it says of the isolation is not enough."""
    while pool.isolation is None:
        for _ in pool.answers():
            raise AssertionError("an answer before any job")
    if required is not None:
        demand_isolation(pool.isolation, required)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end a batch in the way in which Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def tell(tally: Tally, out: Path) -> None:
    """Say how it went, the line that matters last."""
    if tally.gone:
        print(f"No longer in the class: {_some(tally.gone)}.", file=sys.stderr)
    if tally.ungradable:
        print(
            f"{len(tally.ungradable)} ungradable; their score is empty, not 0: {_some(tally.ungradable)}.",
            file=sys.stderr,
        )
    for name, error in list(tally.errors.items())[:3]:
        print(f"The grader failed on {name}: {error.strip()}", file=sys.stderr)
    total = tally.graded + tally.reused + len(tally.errors)
    print(
        f"{total} submissions, {tally.graded} graded now, {tally.reused} before; "
        f"reports in {out / 'reports'}.",
        file=sys.stderr,
    )
    if tally.errors:
        print(
            f"The grader failed on {len(tally.errors)} of them (see {out / 'log.jsonl'}); "
            "the same command tries them again.",
            file=sys.stderr,
        )


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
