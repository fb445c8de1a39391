"""What a hand-in is once it has been read, and how its names are shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.errors import UsageError

Kind = Literal["py", "ipynb"]

KIB = 1024
MIB = 1024 * KIB
MAX_CODE_BYTES = MIB  # of a .py, and of all code cells of a notebook together
MAX_NOTEBOOK_BYTES = 16 * MIB  # plots inside make notebooks big
MAX_ARCHIVE_BYTES = 64 * MIB  # as handed in, and again unpacked
MAX_MEMBERS = 1000  # of an archive that one student hands in
MAX_NAME_CHARS = 255  # a longer one fits no file system


class NoSuchSubmission(UsageError):
    """There is nothing at the path that was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{show(str(path))}: no such file or folder. Give the path of the submission.")
        self.path = path


class Unreadable(UsageError):
    """One file, or one archive, that is there and can't be read; the sentence begins with its name."""


@dataclass(frozen=True)
class SubmittedFile:
    """One file of a submission, as text.

    Attributes:
        name: As it was handed in, made safe to print.
        kind: By its contents: a notebook that was renamed to `.py` is an "ipynb".
        cells: What is to be run, in order, with newlines `\\n`. A .py is one cell. Cell `i` of a notebook is
            its code cell number `i + 1`; what is left out (magics) is blank, so that numbers of cells and
            lines stay right. Compile it as `str`: an encoding named in it has been dealt with already.
    """

    name: str
    kind: Kind
    cells: tuple[str, ...]

    @property
    def source(self) -> str:
        """All of its code as one text."""
        return "\n".join(self.cells)


@dataclass(frozen=True)
class Submission:
    """What one student handed in, once.

    Attributes:
        name: Of the submission, safe to print.
        digest: Of the expected files: their stems, kinds and bytes, and what was wrong with those in
            `problems`. Names as handed in and other files don't matter to it.
        files: The expected files that could be read, by stem.
        problems: Those that are there and couldn't, by stem: one sentence each.
        notes: Sentences about what was chosen, left out or perhaps misnamed.
        problem: Why it is ungradable, notes included; None when at least one expected file could be read.
    """

    name: str
    digest: str
    files: Mapping[str, SubmittedFile]
    problems: Mapping[str, str]
    notes: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Entry:
    """One thing inside a hand-in.

    Attributes:
        parts: Its path inside the hand-in, folders first.
        kind: "file", or what it is instead: "folder", "symbolic link", "named pipe" …
        read: Its bytes; raises `Unreadable` where they are more than the limit given.
        archive: The archive inside the hand-in that it comes from, else "".
    """

    parts: tuple[str, ...]
    kind: str
    read: Callable[[int], bytes]
    archive: str = ""

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def shown(self) -> str:
        """Its path as the student knows it."""
        return show("/".join((*filter(None, [self.archive]), *self.parts)))


@dataclass(frozen=True)
class Listing:
    """Everything inside a hand-in, and what was left out of the list."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


JOINERS = "\u200c\u200d"  # parts of words in some scripts, and of emoji
_TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_deceptive(name: str) -> bool:
    """Whether a name has control characters or turns the direction of writing; no computer's user types those."""
    return any(char in _TURNS or unicodedata.category(char) in ("Cc", "Cs") for char in name)


def show(name: str, limit: int = 120) -> str:
    """A name from outside, safe to print: no control characters, no broken Unicode, not too long."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = unicodedata.normalize("NFC", text)
    text = "".join(_shown(char) for char in text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _shown(char: str) -> str:
    if char.isprintable() or char in JOINERS:
        return char
    return " " if unicodedata.category(char) == "Zs" else f"\\x{ord(char):02x}"


def show_size(size: int) -> str:
    """`1.5 MiB`."""
    if size < KIB:
        return f"{size} bytes"
    return f"{size / KIB:.1f} KiB" if size < MIB else f"{size / MIB:.1f} MiB"


def too_large(shown: str, size: int | None, limit: int) -> Unreadable:
    """The error for a file beyond its limit; `size` is None where only that much is known."""
    found = f"is {show_size(size)}" if size is not None else "is larger than that"
    return Unreadable(
        f"{shown} {found}; at most {show_size(limit)} is read. Take out what doesn't belong to the code "
        "(data, outputs) and hand it in again."
    )
