"""`grade --debug EXERCISE`: its counterexample under pdb, in a process that is given that case only."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from grader.errors import UsageError
from grader.sandbox.scratch import put_data
from grader.sandbox.start import Started, clean_environment

if TYPE_CHECKING:
    from grader.engine.grade import CheckOutcome, ExerciseOutcome
    from grader.engine.session import Options, Session
    from grader.sandbox.inside.debug import DebugCase

FAILING = ("failed", "error", "timeout", "crashed")


def run_debug(options: Options, started: Started, exercise: str) -> int:
    """Grade one exercise, then run its first counterexample under pdb; 0 where nothing fails."""
    if not sys.stdin.isatty():
        started.end()
        raise UsageError("--debug needs a terminal to talk to you, and standard input is none.")
    from grader.engine.session import Session

    with Session(dataclasses.replace(options, only=(exercise,)), started=started) as session:
        outcome = find_outcome(session, exercise)
        failing = first_failing(outcome)
        if failing is None:
            print(outcome.problem or nothing_to_debug(outcome))
            return 0 if outcome.right else 1
        case = debug_case(session, outcome, failing)
        print_case(failing)
    debug(case, outcome.course.data_files)
    return 1


def find_outcome(session: Session, exercise: str) -> ExerciseOutcome:
    """The graded exercise, in the first assignment of the submission that has it."""
    if session.submission.problem is not None:
        raise UsageError(session.submission.problem)
    for name, course in session.courses.items():
        if any(one.name == exercise for one in course.assignment.exercises):
            return session.grader.outcome(name, exercise)
    raise UsageError(f"There is no file here that should define {exercise}.")


def first_failing(outcome: ExerciseOutcome) -> CheckOutcome | None:
    """The first check that a student may see and that fails by running."""
    shown = (check for check in outcome.checks if check.check.visibility == "visible")
    return next((check for check in shown if outcome.standing == "run" and check.verdict in FAILING), None)


def nothing_to_debug(outcome: ExerciseOutcome) -> str:
    """Why there is no case to run."""
    if outcome.right:
        return f"All checks of {outcome.exercise.name} pass: there is nothing to debug."
    reasons = [check.reason for check in outcome.checks if check.reason]
    return reasons[0] if reasons else f"{outcome.exercise.name} is not written yet."


def debug_case(session: Session, outcome: ExerciseOutcome, failing: CheckOutcome) -> DebugCase:
    """The counterexample, or the check's first case where its process died, as data for another process."""
    from grader.sandbox.inside.debug import DebugCase

    key = session.key(outcome.course.name).checks[failing.check.id]
    found = failing.smallest
    file = session.submission.files[outcome.course.name]
    path = real_path(session.options.submission, file.name) if file.kind == "py" else None
    return DebugCase(
        checks=str(outcome.course.checks_file),
        check=failing.check.id,
        exercise=outcome.exercise.name,
        stem=outcome.course.name,
        file=str(path or file.name),
        cells=list(file.cells),
        inputs=found.inputs if found else key.inputs[0],
        seed=found.seed if found else key.seeds[0],
    )


def real_path(submission: Path, name: str) -> Path | None:
    """Where the file is that was graded, so that a debugger finds it; None inside an archive."""
    if submission.is_file():
        return submission.resolve() if submission.suffix == ".py" else None
    return next((path.resolve() for path in sorted(submission.rglob("*.py")) if path.name == name), None)


def print_case(failing: CheckOutcome) -> None:
    """The counterexample, as the report has it."""
    from grader.engine.assemble import counterexample
    from grader.engine.show import text_of
    from grader.values import decode_node

    print(f"{failing.check.exercise} · {failing.check.title}")
    if failing.smallest is None:
        print(f"{failing.reason}. This is its first case.")
        return
    print(counterexample(failing, failing.smallest).call)
    print(f"expected  {text_of(decode_node(failing.smallest.expected))}")
    print(f"got       {text_of(decode_node(failing.smallest.observed))}", flush=True)


def debug(case: DebugCase, data_files: tuple[Path, ...]) -> None:
    """Run the case under pdb on this terminal, with an assignment's data in the working folder."""
    environment = {name: value for name, value in os.environ.items() if name != "GRADER_SEED"}
    environment.update((name, value) for name, value in clean_environment().items() if name != "PATH")
    with tempfile.TemporaryDirectory(prefix="grader-debug-") as folder:
        put_data(Path(folder), data_files)
        with tempfile.NamedTemporaryFile(prefix="grader-case-", suffix=".msgpack") as data:
            data.write(msgspec.msgpack.encode(case))
            data.flush()
            command = [sys.executable, "-m", "grader.sandbox.inside.debug", data.name]
            subprocess.run(command, cwd=folder, env=environment, check=False)
