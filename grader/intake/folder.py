"""Reading a folder or a single file: regular files only, and no symbolic link followed inside."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.intake.model import Entry, Listing, Unreadable, show, too_large
from grader.intake.names import is_clutter

MAX_DEPTH = 40  # as in an archive; how much is looked at is bounded by the number of entries
MAX_ENTRIES = 10_000

# Windows has neither; there a link is only recognised before the file is opened.
_BENEATH = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FILE = (
    os.O_RDONLY
    | _NO_LINK
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not keep us waiting
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


def kind_of(mode: int) -> str:
    """What a file mode says that it is, in words."""
    return _KINDS.get(stat.S_IFMT(mode), "special file")


def list_folder(root: Path) -> Listing:
    """What is in a folder, breadth first, without what no student wrote (`.git`, caches, environments).

    The folder itself may be a link: it is what the user named.
    """
    entries = tuple(itertools.islice(_walk(root), MAX_ENTRIES + 1))
    if len(entries) <= MAX_ENTRIES:
        return Listing(entries)
    return Listing(
        entries[:MAX_ENTRIES], (f"Only the first {MAX_ENTRIES} files of the folder were looked at.",)
    )


def pick_from_folder(root: Path, members: Sequence[str]) -> Listing:
    """These files (`a/b.py`) of a folder as one hand-in."""
    return Listing(tuple(_entry(root, tuple(path.split("/")), _kind(root / path)) for path in members))


def file_entry(path: Path) -> Entry:
    """A single file as the only entry of a hand-in."""
    return _entry(path.parent, (path.name,), _kind(path))


def _walk(root: Path) -> Iterator[Entry]:
    level: list[tuple[str, ...]] = [()]
    for _ in range(MAX_DEPTH):
        deeper = []
        for folder in level:
            for parts, kind in _children(root, folder):
                yield _entry(root, parts, kind)
                if kind == "folder":
                    deeper.append(parts)
        level = deeper


def _children(root: Path, folder: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    try:
        names = sorted(os.listdir(root.joinpath(*folder)))
    except OSError as error:
        if folder:  # one closed folder inside doesn't spoil the rest
            return []
        raise Unreadable(
            f"{show(root.name)} can't be opened: {error.strerror}. Check its permissions."
        ) from None
    return [((*folder, name), _kind(root.joinpath(*folder, name))) for name in names if not is_clutter(name)]


def _kind(path: Path) -> str:
    try:
        return kind_of(path.lstat().st_mode)
    except OSError:
        return "file"  # whoever reads it is told why that can't be


def _entry(root: Path, parts: tuple[str, ...], kind: str) -> Entry:
    return Entry(parts, kind, lambda limit: _read(root, parts, limit))


def _read(root: Path, parts: tuple[str, ...], limit: int) -> bytes:
    shown = show("/".join(parts))
    try:
        descriptor = _open_beneath(root, parts)
    except OSError as error:
        raise Unreadable(f"{shown} can't be opened: {error.strerror}. Hand it in as a plain file.") from None
    try:
        return _read_regular(descriptor, shown, limit)
    except OSError as error:
        raise Unreadable(f"{shown} can't be read: {error.strerror}. Hand it in again.") from None
    finally:
        os.close(descriptor)


def _read_regular(descriptor: int, shown: str, limit: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(f"{shown} is a {kind_of(found.st_mode)}, not a file. Hand in a plain file.")
    if found.st_nlink > 1:
        # It may be a second name for a file that its author may not read, the model solution above all.
        raise Unreadable(
            f"{shown} is a hard link: the file has another name elsewhere. Hand in a plain copy."
        )
    if found.st_size > limit:
        raise too_large(shown, found.st_size, limit)
    with open(descriptor, "rb", closefd=False) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise too_large(shown, None, limit)
    return data


def open_regular(path: Path) -> int:
    """A descriptor of a regular file, its last component not a link; the caller closes it."""
    try:
        descriptor = _open_beneath(path.parent, (path.name,))
    except OSError as error:
        raise Unreadable(f"{show(path.name)} can't be opened: {error.strerror}.") from None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise Unreadable(f"{show(path.name)} is not a regular file. Hand in a plain file.")


def _open_beneath(root: Path, parts: tuple[str, ...]) -> int:
    if not _BENEATH:
        if any(root.joinpath(*parts[:end]).is_symlink() for end in range(1, len(parts) + 1)):
            raise OSError(0, "it is a symbolic link")
        return os.open(root.joinpath(*parts), _FILE)
    folder = os.open(root, _FOLDER)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, _FOLDER | _NO_LINK, dir_fd=folder)
            os.close(folder)
            folder = deeper
        return os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)
