"""`grade`: one submission, from the arguments to the exit code."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.sandbox.start import PROJECT, Started, checks_files, start_zygote

if TYPE_CHECKING:
    from grader.engine.session import Options
    from grader.model import GradeReport

FULL, NOT_FULL, NOTHING_TO_GRADE = 0, 1, 5


@dataclass(frozen=True)
class GradeRequest:
    """What the command line asks for; see `grade --help`."""

    assignments: tuple[str, ...]
    submission: Path
    only: tuple[str, ...]
    seed: int
    seed_file: Path | None
    cases: int
    require_isolation: str | None
    device: str | None
    reference: Path | None
    json_file: str | None
    html: Path | None
    junit: Path | None
    gradescope: Path | None
    summary: Path | None
    min_score: str | None
    watch: bool
    debug: str | None
    color: bool


def run_grade(request: GradeRequest) -> int:
    """Grade and tell; the exit code of the command."""
    least = _least_score(request.min_score)
    _check_outputs(request)
    seed, secret = find_seed(request.seed, request.seed_file)
    _make_submission(request)
    started = start_zygote(checks_files(request.assignments))
    options = make_options(request, seed, secret)
    if request.debug:
        from grader.commands.debug import run_debug

        return run_debug(options, started, request.debug)
    if request.watch:
        from grader.commands.watch import run_watch

        return run_watch(request, options, started)
    report = grade_once(options, started)
    write_outputs(report, request)
    return exit_code(report, least)


def make_options(request: GradeRequest, seed: int, secret: bool) -> Options:
    """The request in the engine's terms."""
    from grader.engine.devices import choose_devices
    from grader.engine.session import Options

    return Options(
        submission=request.submission,
        assignments=request.assignments,
        only=request.only,
        seed=seed,
        secret=secret,
        cases=request.cases,
        devices=choose_devices(request.device),
        require_isolation=request.require_isolation,
        reference=request.reference,
        jobs=min(4, len(os.sched_getaffinity(0))),
    )


def grade_once(options: Options, started: Started) -> GradeReport:
    """Grade the submission with a session of its own."""
    from grader.engine.grading import grade
    from grader.engine.isolation import demand_isolation
    from grader.engine.session import Session

    with Session(options, started=started) as session, progress() as session.tell:
        demand_isolation(session.isolation, options.require_isolation or "C")
        return grade(session)


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line on a terminal that says what is going on; nothing elsewhere, and nothing in CI."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda text: None
        return
    from rich.console import Console
    from rich.status import Status

    with Status("starting", console=Console(stderr=True)) as line:
        yield line.update


def find_seed(public: int, file: Path | None) -> tuple[int, bool]:
    """The seed, and whether it is secret."""
    text = os.environ.get("GRADER_SEED", "")
    where = "GRADER_SEED"
    if file is not None:
        where = str(file)
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{file}: cannot be read. Give a file that holds one whole number.") from None
    if not text.strip() and file is None:
        return public, False
    try:
        return int(text.strip()) % 2**63, True
    except ValueError:
        raise UsageError(f"{where} holds no whole number; a seed is one.") from None


def _least_score(text: str | None) -> Decimal | None:
    try:
        least = None if text is None else Decimal(text)
    except InvalidOperation:
        least = Decimal("nan")
    if least is not None and not least.is_finite():
        raise UsageError(f"--min-score {text}: it is a number of points.")
    return least


def _check_outputs(request: GradeRequest) -> None:
    """Say before the work rather than after it that a report cannot be written."""
    json_file = Path(request.json_file) if request.json_file not in (None, "-") else None
    for file in (json_file, request.html, request.junit, request.gradescope, request.summary):
        if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise UsageError(f"{file}: it cannot be written there; give a file in a folder that exists.")


def _make_submission(request: GradeRequest) -> None:
    """Make the default `submission/` from the starters, where there is none yet."""
    misspelt = len(checks_files(request.assignments)) < len(request.assignments)
    if request.submission != Path("submission") or request.submission.exists() or misspelt:
        return
    try:
        request.submission.mkdir()
    except OSError as error:
        raise UsageError(f"submission/ can't be made here: {error.strerror}. Use --submission.") from None
    for checks in checks_files():
        starter = checks.with_name("starter.py")
        if starter.is_file():
            shutil.copyfile(starter, request.submission / f"{checks.parent.name}.py")
    print("Made the folder submission/ from the starters: write your solutions there.", file=sys.stderr)


def exit_code(report: GradeReport, least: Decimal | None) -> int:
    """0 for full marks (or `least`), 1 for less, 5 where there was nothing to grade."""
    if report.score is None:
        return NOTHING_TO_GRADE
    score, most = Decimal(report.score), Decimal(report.max_score)
    return FULL if score >= (most if least is None else min(least, most)) else NOT_FULL


def write_outputs(report: GradeReport, request: GradeRequest) -> None:
    """Write every report that was asked for; standard output gets the JSON, else the terminal's."""
    from grader.commands.outputs import print_terminal, reader_may_leave, write_atomically, write_files
    from grader.model import to_json

    write_files(report, request)
    if request.json_file not in (None, "-"):
        write_atomically(Path(str(request.json_file)), to_json(report))
    with reader_may_leave():
        if request.json_file == "-":
            sys.stdout.write(to_json(report).decode())
        else:
            print_terminal(report, color=request.color, submission=request.submission)


__all__ = ["PROJECT", "GradeRequest", "run_grade"]
