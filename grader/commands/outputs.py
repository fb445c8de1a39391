"""Where finished reports go: files, the terminal, CI."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import GraderError, UsageError
from grader.model import GradeReport

if TYPE_CHECKING:
    from grader.commands.grade import GradeRequest


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or all of the new one.

    Raises:
        UsageError: It cannot be written.
    """
    name = None
    try:
        if file.exists() and not file.is_file():  # a device or a pipe is written to, never replaced
            file.write_bytes(data)
            return
        descriptor, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise UsageError(f"{file}: it cannot be written: {error.strerror}.") from None


def write_files(report: GradeReport, request: GradeRequest) -> None:
    """Write the pages and files that were asked for."""
    if request.html:
        from grader.report.html import to_html

        write_atomically(request.html, to_html(report, command=_again_with(request.submission)).encode())
    if request.junit:
        from grader.report.junit import junit

        write_atomically(request.junit, junit(report))
    if request.gradescope:
        from grader.report.gradescope import gradescope

        write_atomically(request.gradescope, gradescope(report))
    _tell_ci(report, request.summary)


def _tell_ci(report: GradeReport, summary: Path | None) -> None:
    step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not (summary or step_summary):
        return
    from grader.report.github import to_summary

    text = to_summary(report)
    if summary:
        write_atomically(summary, text.encode())
    if step_summary:
        with open(step_summary, "a", encoding="utf-8") as out:
            out.write(text)


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """Let whoever reads standard output stop early (`| head`): the exit code is the score's all the same.

    Raises:
        GraderError: Standard output cannot be written for another reason.
    """
    try:
        yield
        sys.stdout.flush()
    except (OSError, SystemExit) as error:  # the latter is how rich takes a reader that left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise GraderError(f"Standard output cannot be written: {error.strerror}.") from None


def print_terminal(report: GradeReport, *, color: bool, submission: Path) -> None:
    """Print the report for a person; in GitHub's CI also as annotations."""
    from rich.console import Console

    from grader.report.terminal import print_report

    plain = False if os.environ.get("CI") else None  # a terminal or not, a log keeps the codes
    console = Console(no_color=not color or None, highlight=False, force_terminal=plain)
    print_report(report, console, command=_again_with(submission))
    if os.environ.get("GITHUB_ACTIONS"):
        from grader.report.github import to_annotations

        print(to_annotations(report, folder=_in_repository(submission)), end="")


def _again_with(submission: Path) -> str:
    """How to grade the same again."""
    given = "" if submission == Path("submission") else f" --submission {shlex.quote(str(submission))}"
    return f"./grade.sh{given}"


def _in_repository(submission: Path) -> str:
    """Where a submission's files lie in the repository that a workflow has checked out; "" at its root."""
    folder = (submission if submission.is_dir() else submission.parent).resolve()
    root = Path(os.environ.get("GITHUB_WORKSPACE", ".")).resolve()
    found = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else ""
    return "" if found == "." else found
