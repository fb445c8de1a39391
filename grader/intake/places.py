"""A folder of hand-ins, on disk or inside a zip, seen in the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.intake.archive import export_names, pick_from_export
from grader.intake.folder import file_entry
from grader.intake.model import Unreadable, show
from grader.intake.names import is_clutter


@dataclass(frozen=True)
class Place:
    """One such folder.

    Attributes:
        path: The folder, or the zip.
        tops: The names of what is directly in it; in a zip, each with the members at or under it.
        prefix: Where in the zip the folder is.
        zipped: Whether it is in a zip.
    """

    path: Path
    tops: dict[str, list[str]]
    prefix: str = ""
    zipped: bool = False

    def is_folder(self, top: str) -> bool:
        """Whether it is a folder itself, not a link to one."""
        if self.zipped:
            return self.tops[top] != [self.prefix + top]
        return (self.path / top).is_dir() and not self.is_link(top)

    def is_link(self, top: str) -> bool:
        """Whether it is a symbolic link on disk; in a zip that is seen when it is read."""
        return not self.zipped and (self.path / top).is_symlink()

    def names_in(self, top: str) -> list[str]:
        """What is directly in a folder at the top."""
        return list(self.inner(top).tops)

    def inner(self, top: str) -> Place:
        """The folder at the top as a place of its own."""
        if self.zipped:
            return _in_zip(self.path, self.tops[top], f"{self.prefix}{top}/")
        return _on_disk(self.path / top)

    def read(self, top: str, limit: int) -> bytes:
        """The bytes of a file at the top."""
        if not self.zipped:
            return file_entry(self.path / top).read(limit)
        entries = pick_from_export(self.path, self.tops[top]).entries
        return entries[0].read(limit) if entries else b""

    def member(self, *parts: str) -> str:
        """The path of something in it as a member of `path`."""
        return self.prefix + "/".join(parts)


def place_at(source: Path) -> Place | None:
    """What is in a folder or a zip; None for any other file."""
    if source.is_dir():
        return _on_disk(source)
    if source.suffix.lower() != ".zip":
        return None
    return _in_zip(source, [name for name in export_names(source) if not name.endswith("/")], "")


def _on_disk(folder: Path) -> Place:
    try:
        return Place(folder, {path.name: [] for path in folder.iterdir() if not is_clutter(path.name)})
    except OSError as error:
        raise Unreadable(
            f"{show(str(folder))} can't be opened: {error.strerror}. Check its permissions."
        ) from None


def _in_zip(source: Path, names: Iterable[str], prefix: str) -> Place:
    tops: dict[str, list[str]] = defaultdict(list)
    for name in names:
        parts: Sequence[str] = name.removeprefix(prefix).split("/")
        if all(part and part != ".." and not is_clutter(part) for part in parts):
            tops[parts[0]].append(name)
    return Place(source, dict(tops), prefix, zipped=True)
