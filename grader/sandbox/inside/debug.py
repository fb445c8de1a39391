"""Run one case on a submission in the open, under pdb: `python -m grader.sandbox.inside.debug CASE`.

This is for `grade --debug` only: a process of its own, without the confinement (a debugger needs the
terminal), that is given the case and nothing else. It knows no expected answer.
"""

from __future__ import annotations

import pdb
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from grader.sandbox.inside.loader import load
from grader.sandbox.inside.run import Implementation, fresh_environment, settle_torch
from grader.sandbox.inside.zygote import load_assignment
from grader.values import _decoder as input_decoder
from grader.values import materialise


class DebugCase(msgspec.Struct, frozen=True):
    """What the process is given.

    Attributes:
        checks: The `checks.py` that holds the program.
        check: The check's id.
        exercise: What is defined where a debugger stops first.
        stem, file, cells: The submission's file: its real path where it is a `.py`, and what it held.
        inputs, seed: The case.
    """

    checks: str
    check: str
    exercise: str
    stem: str
    file: str
    cells: list[str]
    inputs: bytes
    seed: int


def main(case_file: str) -> int:
    """Debug the case in a file; 0 where it ran to its end."""
    case = msgspec.msgpack.decode(Path(case_file).read_bytes(), type=DebugCase)
    program = next(
        check.program for check in load_assignment(Path(case.checks)).checks if check.id == case.check
    )
    settle_torch()
    try:
        loaded = load(case.stem, case.file, case.cells)
        fresh_environment(case.seed)
        values = materialise(input_decoder.decode(case.inputs))
        result = run(case, program, Implementation(loaded.names), values)
    except Exception as error:
        print(
            "".join(
                traceback.format_exception(type(error), error, theirs(error.__traceback__, case.file))
            ).rstrip()
        )
        print("You are where it was raised: `p NAME` prints, `up` goes to the caller, `q` ends.")
        pdb.post_mortem(theirs(error.__traceback__, case.file))
        return 1
    print(f"It ran to its end. The check saw: {result!r}")
    return 0


def run(case: DebugCase, program: Callable[..., Any], impl: Implementation, values: dict[str, Any]) -> Any:
    """Run the program; where the file has no breakpoint of its own, stop where the exercise begins."""
    line = (
        None
        if re.search(r"\bbreakpoint\(|\bset_trace\(", "\n".join(case.cells))
        else first_line(impl, case.exercise)
    )
    if line is None:
        return program(impl, **values)
    print("Your code has no breakpoint(), so this stops where the exercise begins. `n` runs a line, `c` all.")
    debugger = pdb.Pdb(nosigint=True)
    debugger.set_break(*line)
    debugger.rcLines.append("continue")  # past the first stop, which is in the check's own program
    return debugger.runcall(program, impl, **values)


def first_line(impl: Implementation, exercise: str) -> tuple[str, int] | None:
    """File and line of the first statement of a function, or of a class's `forward` or first method."""
    target: Any = getattr(impl, exercise, None)
    if isinstance(target, type):
        methods = [value for value in vars(target).values() if hasattr(value, "__code__")]
        target = vars(target).get("forward", methods[0] if methods else None)
    code = getattr(target, "__code__", None)
    if code is None:
        return None
    lines = sorted(
        {line for _, _, line in code.co_lines() if line is not None and line > code.co_firstlineno}
    )
    return (code.co_filename, lines[0]) if lines else None


def theirs(trace: TracebackType | None, file: str) -> TracebackType | None:
    """The part of a traceback that begins in the submission, or all of it where it has none."""
    part = trace
    while part is not None and not part.tb_frame.f_code.co_filename.startswith(file):
        part = part.tb_next
    return part or trace


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
