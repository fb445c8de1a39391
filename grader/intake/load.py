"""From a path to a `Submission`."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.intake import notebook, text
from grader.intake.archive import list_archive, pick_from_export
from grader.intake.folder import file_entry, list_folder, pick_from_folder
from grader.intake.model import (
    MAX_ARCHIVE_BYTES,
    MAX_CODE_BYTES,
    MAX_NOTEBOOK_BYTES,
    Entry,
    Kind,
    Listing,
    NoSuchSubmission,
    Submission,
    SubmittedFile,
    Unreadable,
    show,
)
from grader.intake.names import (
    Match,
    bare_name,
    code_kind,
    copy_age,
    is_archive,
    is_other_archive,
    match,
    near_miss,
)

MAX_ARCHIVES = 5  # inside one hand-in


def load_submission(
    path: Path,
    expected: Sequence[str],
    *,
    name: str | None = None,
    known: Collection[str] = (),
    members: Sequence[str] = (),
) -> Submission:
    """Read what one student handed in; whatever is wrong with it is said in the answer.

    Args:
        path: A folder, an archive, one .py or one .ipynb. It may be a link to a folder; nothing in it may.
        expected: The stems of the files that are asked for (`adaline` for `adaline.py` or `adaline.ipynb`).
        name: How to call the submission; by default, like the path.
        known: The stems of all assignments. Where one file is handed in and one is expected, it is taken
            whatever its name, unless the name is that of another assignment.
        members: Only these files in the folder or zip at `path`: together they are the hand-in.
    Raises:
        NoSuchSubmission: Nothing is at `path`.
    """
    name = show(default_name(path) if name is None else name)
    try:
        listing = _list(path, members)
    except Unreadable as error:
        return ungradable(name, str(error))
    reading = _Reading(tuple(expected), list(listing.notes))
    entries = _with_archives(listing.entries, reading)
    candidates = _candidates(entries, reading)
    if not candidates and code_kind(members[0] if len(members) == 1 else path.name):
        candidates = _lone_candidate(entries, reading, known)
    for stem in reading.expected:
        if stem in candidates:
            reading.read(stem, candidates[stem])
        else:
            reading.suggest(stem, entries)
    return reading.finish(name, entries)


def ungradable(name: str, problem: str) -> Submission:
    """A submission of which nothing can be read."""
    return Submission(show(name), _digest([]), {}, {}, (), problem)


def default_name(path: Path) -> str:
    """What a hand-in at this path is called: the file's name without its ending, or the folder's."""
    return bare_name(path.name or path.resolve().name or "submission")


def _list(path: Path, members: Sequence[str]) -> Listing:
    try:
        path.lstat()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        raise NoSuchSubmission(path) from None
    if path.is_dir():
        if members and not any(os.path.lexists(path / member) for member in members):
            raise NoSuchSubmission(path / members[0])  # it was there when the class was listed
        return pick_from_folder(path, members) if members else list_folder(path)
    if members:
        return pick_from_export(path, members)
    entry = file_entry(path)
    if code_kind(path.name):
        return Listing((entry,))
    return list_archive(_bytes(entry, MAX_ARCHIVE_BYTES), path.name)


def _with_archives(entries: Sequence[Entry], reading: _Reading) -> tuple[Entry, ...]:
    """The entries and, where no expected file is among them, those of the archives among them."""
    if any(match(entry.name, reading.expected) for entry in entries):
        return tuple(entries)
    inner = list(entries)
    for entry in [entry for entry in entries if is_archive(entry.name)][:MAX_ARCHIVES]:
        try:
            listing = list_archive(_bytes(entry, MAX_ARCHIVE_BYTES), entry.shown, inside=entry.shown)
        except Unreadable as error:
            reading.notes.append(str(error))
            continue
        reading.notes += listing.notes
        inner += listing.entries
    return tuple(inner)


def _candidates(entries: Sequence[Entry], reading: _Reading) -> dict[str, list[tuple[Match, Entry]]]:
    """What stands for each expected file, the best first.

    Only the outermost folders that hold any count: what lies deeper under one is older, or not theirs.
    """
    found = [(matched, entry) for entry in entries if (matched := match(entry.name, reading.expected))]
    folders = {_folder(entry) for _, entry in found}
    by_stem: dict[str, list[tuple[Match, Entry]]] = defaultdict(list)
    for matched, entry in found:
        folder = _folder(entry)
        if not any(folder[:end] in folders for end in range(1, len(folder))):
            by_stem[matched.stem].append((matched, entry))
    return {stem: sorted(all_of_it, key=_rank) for stem, all_of_it in by_stem.items()}


def _folder(entry: Entry) -> tuple[str, ...]:
    return (entry.archive, *entry.parts[:-1])


def _rank(candidate: tuple[Match, Entry]) -> tuple[Match, tuple[int, int], int, bool]:
    matched, entry = candidate
    return matched, copy_age(entry.archive), len(entry.parts), entry.kind != "file"


def _lone_candidate(
    entries: Sequence[Entry], reading: _Reading, known: Collection[str]
) -> dict[str, list[tuple[Match, Entry]]]:
    """One file was handed in and one is expected: that is it, whatever it is called."""
    code = [entry for entry in entries if code_kind(entry.name)]
    if len(code) != 1 or len(reading.expected) != 1 or match(code[0].name, tuple(known)):
        return {}
    stem = reading.expected[0]
    reading.notes.append(f"{code[0].shown} is taken for {stem}.py, the only file that is asked for.")
    return {stem: [(Match(code_kind(code[0].name) == "ipynb", 2, (0, 0), stem), code[0])]}


@dataclass
class _Reading:
    """What has been found out about a submission so far."""

    expected: tuple[str, ...]
    notes: list[str]
    files: dict[str, SubmittedFile] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    contents: list[tuple[str, bytes]] = field(default_factory=list)  # for the digest

    def read(self, stem: str, candidates: Sequence[tuple[Match, Entry]]) -> None:
        """Read the best candidate for an expected file, and say which others were left out."""
        (best, entry), *others = candidates
        rivals = [other[1] for other in others if _rank(other) == _rank(candidates[0])]
        try:
            if rivals:
                raise Unreadable(_ambiguous(stem, [entry, *rivals]))
            self.files[stem] = self._file(entry, best)
        except Unreadable as error:
            self.problems[stem] = str(error)
            self.contents.append((f"{stem}?", str(error).replace(entry.shown, stem).encode()))
        if others and not rivals:
            left_out = ", ".join(other.shown for _, other in others)
            self.notes.append(f"{entry.shown} counts; left out: {left_out}.")

    def _file(self, entry: Entry, best: Match) -> SubmittedFile:
        data = _bytes(entry, MAX_CODE_BYTES if best.kind == "py" else MAX_NOTEBOOK_BYTES)
        self.contents.append((f"{best.stem}.{best.kind}", data))
        kind: Kind = best.kind
        if kind == "py" and notebook.is_notebook(data):
            self.notes.append(f"{entry.shown} is a notebook; rename it to {best.stem}.ipynb.")
            kind = "ipynb"
        cells = (
            notebook.code_cells(data, entry.shown) if kind == "ipynb" else (text.decode(data, entry.shown),)
        )
        if not any(cell.strip() for cell in cells):
            self.notes.append(f"{entry.shown} has no code in it.")
        for number, cell in enumerate(cells, start=1):
            where = f"{entry.shown}, code cell {number}," if kind == "ipynb" else entry.shown
            if remark := text.hidden_turn(cell, where):
                self.notes.append(remark)
        return SubmittedFile(entry.shown, kind, cells)

    def suggest(self, stem: str, entries: Sequence[Entry]) -> None:
        """Ask about a file that is missing and lies elsewhere, or has a namesake, nearly."""
        matches = ((match(entry.name, self.expected), entry) for entry in entries)
        unmatched = [entry for matched, entry in matches if matched is None and _may_be_code(entry)]
        deeper = [entry.shown for entry in entries if match(entry.name, [stem])]
        scored = sorted((-near_miss(entry.name, stem), entry.shown) for entry in unmatched)
        if deeper:
            self.notes.append(
                f"{deeper[0]} is left out; move it beside the other files if it is to be graded."
            )
        elif scored and -scored[0][0] >= 0.75:
            likely = scored[0][1]
            self.notes.append(f"{stem}.py is missing. Did you mean {likely}? Then rename it to {stem}.py.")

    def finish(self, name: str, entries: Sequence[Entry]) -> Submission:
        problem = None if self.files else self._why_nothing(entries)
        return Submission(
            name, _digest(self.contents), self.files, self.problems, tuple(dict.fromkeys(self.notes)), problem
        )

    def _why_nothing(self, entries: Sequence[Entry]) -> str:
        if self.problems:
            return " ".join(self.problems.values())
        if not entries and not self.notes:
            return f"There is nothing in it. Hand in {_alternatives(self.expected)}."
        wanted = f"No expected file is there ({', '.join(f'{stem}.py' for stem in self.expected)})."
        there = _names(entries)
        unpacked = next((e.shown for e in entries if is_other_archive(e.name)), None)
        if unpacked:
            return f"{wanted} {unpacked} can't be opened here. Hand in a .zip, or the files themselves."
        return " ".join([wanted, *([f"Found: {there}."] if there else []), *self.notes])


def _may_be_code(entry: Entry) -> bool:
    return code_kind(entry.name) is not None or entry.name.lower().endswith(".txt")


def _bytes(entry: Entry, limit: int) -> bytes:
    if entry.kind != "file":
        raise Unreadable(f"{entry.shown} is a {entry.kind}, not a file. Hand in the file itself.")
    return entry.read(limit)


def _ambiguous(stem: str, rivals: Sequence[Entry]) -> str:
    places = " and ".join(entry.shown for entry in rivals[:4])
    return f"{stem}.py is there {len(rivals)} times: {places}. Hand in one."


def _alternatives(expected: Sequence[str]) -> str:
    return " or ".join(f"{stem}.py" for stem in expected)


def _names(entries: Sequence[Entry]) -> str:
    files = [entry.shown for entry in entries if entry.kind != "folder"]
    more = f" and {len(files) - 6} others" if len(files) > 6 else ""
    return ", ".join(files[:6]) + more


def _digest(contents: Sequence[tuple[str, bytes]]) -> str:
    whole = hashlib.sha256()
    for name, data in sorted(contents):
        whole.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return f"sha256:{whole.hexdigest()}"
