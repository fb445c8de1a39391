"""Reading archives by the names of their members; only what is read is unpacked, and only into memory.

What a hostile archive can cost is bounded by what is looked at: the size of the archive, of its table of
contents, of each member that is read and, for a tar, of all of it unpacked. So no ratio is looked at.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from grader.intake.folder import MAX_DEPTH, kind_of, open_regular
from grader.intake.model import (
    MAX_ARCHIVE_BYTES,
    MAX_MEMBERS,
    MAX_NAME_CHARS,
    MIB,
    Entry,
    Listing,
    Unreadable,
    is_deceptive,
    show,
    show_size,
    too_large,
)
from grader.intake.names import is_clutter

_MAX_CONTENTS_BYTES = 2 * MIB  # a zip's table of contents: about 20,000 names
_MAX_EXPORT_CONTENTS_BYTES = 256 * MIB
# The others unpack without a bound on memory.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# A member before its path has been looked at: its path, what it is, and how to read it.
_Member = tuple[str, str, Callable[[int], bytes]]


def list_archive(data: bytes, name: str, inside: str = "") -> Listing:
    """What is in an archive that one student handed in.

    Args:
        data: All of its bytes. What kind of archive it is they say themselves.
        name: How to call it in sentences.
        inside: Its path, where it is not the hand-in itself but in it: the `archive` of its entries.
    """
    shown = show(name)
    if data.startswith(b"PK"):
        members = _zip_members(*_parse_zip(_Bounded(data), shown))
    else:
        unpacked = _unpacked(data, shown)
        if not _is_tar(unpacked.getbuffer()[:512].tobytes()):
            raise Unreadable(
                f"{shown} is not an archive that can be read. Hand in a .zip, or the files themselves."
            )
        members = _tar_members(unpacked, shown)
    listing = _listing(members, inside)
    if len(listing.entries) > MAX_MEMBERS:
        raise Unreadable(
            f"{shown} has more than {MAX_MEMBERS} files in it. Hand in only the files asked for."
        )
    return listing


def pick_from_export(path: Path, members: Sequence[str]) -> Listing:
    """These members of a class's zip as one hand-in."""
    archive, by_name = _open_export(*_identity(path))
    chosen = [by_name[member] for member in members if member in by_name]
    return _listing(_zip_members(archive, chosen), "")


def export_names(path: Path) -> tuple[str, ...]:
    """The names of all members of a class's zip; folders end in `/`."""
    return tuple(_open_export(*_identity(path))[1])


def _identity(path: Path) -> tuple[Path, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise Unreadable(f"{show(path.name)} can't be opened: {error.strerror}.") from None
    return path, found.st_size, found.st_mtime_ns


@functools.lru_cache(maxsize=2)
def _open_export(path: Path, _size: int, _mtime: int) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """A class's zip, opened once a process: its table of contents may have a hundred thousand names."""
    file = _PositionedFile(open_regular(path))
    archive, infos = _parse_zip(file, show(path.name))
    return archive, {_zip_name(info): info for info in infos}


def _parse_zip(file: _Bounded | _PositionedFile, shown: str) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """The archive and its members; its table of contents is read at once, which `max_read` bounds."""
    try:
        archive = zipfile.ZipFile(cast("BinaryIO", file))
        file.max_read = None
        return archive, archive.infolist()
    except _ContentsTooLarge:
        raise Unreadable(f"{shown} has too many files in it. Hand in only the files asked for.") from None
    except Exception as error:  # over hostile bytes the module raises errors of nearly every kind
        raise _damaged(shown, error) from None


def _zip_members(archive: zipfile.ZipFile, infos: Iterable[zipfile.ZipInfo]) -> list[_Member]:
    return [(_zip_name(info), _zip_kind(info), functools.partial(_read_zip, archive, info)) for info in infos]


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A member's path with `/`; UTF-8 is recognised where the archive doesn't say so (some Macs')."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return name.replace("\\", "/")


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if info.filename.endswith(("/", "\\")):
        return "folder"
    return kind_of(mode) if stat.S_IFMT(mode) else "file"


def _read_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    shown = show(_zip_name(info))
    if info.flag_bits & 1:
        raise Unreadable(f"{shown} is protected by a password in the archive. Hand it in without one.")
    if info.compress_type not in _METHODS:
        raise Unreadable(f"{shown} is packed in an unusual way. Hand in a plain .zip, or the file itself.")
    if info.file_size > limit:
        raise too_large(shown, info.file_size, limit)
    try:
        with archive.open(info) as file:
            data = file.read(limit + 1)
    except Exception as error:  # as above
        raise _damaged(shown, error) from None
    if len(data) > limit:  # the archive lied about it
        raise too_large(shown, None, limit)
    return data


def _unpacked(data: bytes, shown: str) -> io.BytesIO:
    """What gzip or bzip2 packed, as far as it may be large; anything else as it is."""
    packed = io.BytesIO(data)
    stream: gzip.GzipFile | bz2.BZ2File
    if data.startswith(b"\x1f\x8b"):
        stream = gzip.GzipFile(fileobj=packed)
    elif data.startswith(b"BZh"):
        stream = bz2.BZ2File(packed)
    else:
        return packed
    unpacked = io.BytesIO()
    try:
        while (chunk := stream.read(MIB)) and unpacked.tell() <= MAX_ARCHIVE_BYTES:
            unpacked.write(chunk)
    except Exception as error:  # as above
        raise _damaged(shown, error) from None
    if unpacked.tell() > MAX_ARCHIVE_BYTES:
        raise Unreadable(
            f"{shown} is more than {show_size(MAX_ARCHIVE_BYTES)} unpacked. Hand in only the files asked for."
        )
    unpacked.seek(0)
    return unpacked


def _is_tar(header: bytes) -> bool:
    """Whether a first block has a right checksum, or marks an empty tar."""
    if len(header) == 512 and not any(header):
        return True
    try:
        tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _tar_members(unpacked: io.BytesIO, shown: str) -> list[_Member]:
    members: list[_Member] = []
    try:
        archive = tarfile.TarFile(fileobj=unpacked)
        for info in archive:
            members.append((info.name, _tar_kind(info), functools.partial(_read_tar, archive, info)))
            if len(members) > 20 * MAX_MEMBERS:  # a damaged one can even lead in circles
                break
    except Exception as error:  # as above
        if not members:
            raise _damaged(shown, error) from None
    return members


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.isreg():
        return "file"
    if info.isdir():
        return "folder"
    if info.issym() or info.islnk():
        return "symbolic link" if info.issym() else "hard link"
    return "special file"


def _read_tar(archive: tarfile.TarFile, info: tarfile.TarInfo, limit: int) -> bytes:
    shown = show(info.name)
    if info.size > limit:
        raise too_large(shown, info.size, limit)
    try:
        file = archive.extractfile(info)
        data = file.read(limit + 1) if file else b""
    except Exception as error:  # as above
        raise _damaged(shown, error) from None
    if len(data) != info.size:
        raise Unreadable(f"{shown} is cut off in the archive. Pack it and hand it in again.")
    return data


def _listing(members: Iterable[_Member], archive: str) -> Listing:
    """Members by their paths: none outside the archive, none absurd, the last of several with one path."""
    entries: dict[tuple[str, ...], Entry] = {}
    notes: dict[str, None] = {}
    for path, kind, read in members:
        path = path.replace("\\", "/")
        parts = tuple(part for part in path.split("/") if part not in ("", "."))
        if not parts or any(is_clutter(part) for part in parts if part != ".."):
            continue
        if why := _refused(path, parts):
            notes[f"{show(path, 60)} in the archive is left out: {why}."] = None
            continue
        if parts in entries and "folder" not in (kind, entries[parts].kind):
            notes[f"{show(path)} is in the archive more than once; the last one counts."] = None
        entries[parts] = Entry(parts, kind, read, archive)
    shown_notes = list(notes)
    if len(shown_notes) > 10:
        shown_notes = [*shown_notes[:10], f"So are {len(shown_notes) - 10} others."]
    return Listing(tuple(entries.values()), tuple(shown_notes))


def _refused(path: str, parts: tuple[str, ...]) -> str | None:
    if path.startswith("/") or ".." in parts or parts[0].endswith(":"):
        return "its path leads out of the archive"
    if max(map(len, parts)) > MAX_NAME_CHARS or len(parts) > MAX_DEPTH:
        return "its name is too long"
    if is_deceptive(path):
        return "its name has characters that can't be shown"
    return None


def _damaged(shown: str, error: Exception) -> Unreadable:
    reason = show(str(error), 80) or type(error).__name__
    return Unreadable(f"{shown} is damaged ({reason}). Pack it and hand it in again.")


class _ContentsTooLarge(Exception):
    pass


class _Bounded(io.BytesIO):
    """Bytes of a hand-in as a file; at first no more is read at once than a table of contents may have."""

    max_read: int | None = _MAX_CONTENTS_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and self.max_read is not None and size > self.max_read:
            raise _ContentsTooLarge
        return super().read(size)


class _PositionedFile(io.RawIOBase):
    """A file that keeps its position here and not in the kernel, so that forked processes can share it."""

    max_read: int | None = _MAX_EXPORT_CONTENTS_BYTES

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._position = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = (0, self._position, self._size)[whence]
        if start + offset < 0:
            raise OSError("a position before the beginning")
        self._position = start + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(self._size - self._position, 0)
        size = left if size is None or size < 0 else size
        if self.max_read is not None and size > self.max_read:
            raise _ContentsTooLarge
        data = _read_at(self._descriptor, min(size, left), self._position)
        self._position += len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _read_at(descriptor: int, size: int, position: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, position)
    os.lseek(descriptor, position, os.SEEK_SET)  # Windows, which doesn't fork
    return os.read(descriptor, size)
