"""Labelled lines of plain text, of which all feedback consists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.report.text import wrap

LABEL_WIDTH = 10


@dataclass(frozen=True)
class Fact:
    """Some lines under a label; the call stands without one."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """How much of everything is told.

    Attributes:
        width: Of a line, its label included.
        parts: How many differing parts of an answer.
        trace, printed: How many lines of a traceback, and of what was printed.
    """

    width: int = 78
    parts: int = 3
    trace: int = 12
    printed: int = 5


def room_of(limits: Limits) -> int:
    """The width that is left beside a label."""
    return max(20, limits.width - LABEL_WIDTH)


def wrapped(label: str, text: str, limits: Limits) -> Fact:
    """A fact of flowing text."""
    return Fact(label, tuple(wrap(text, room_of(limits))))


def lines_of(told: Sequence[Fact]) -> list[str]:
    """Facts as plain lines, each label in a column of its own."""
    lines: list[str] = []
    for fact in told:
        if not fact.label:
            lines += fact.lines
            continue
        for index, line in enumerate(fact.lines):
            lines.append(f"{fact.label if index == 0 else '':{LABEL_WIDTH}}{line}")
    return lines
