"""A worker's scratch folder from the trusted side: is it too full, and its removal, whatever lies there."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from grader.sandbox.limits import MIB, Limits


def overdrawn(folder: Path, limits: Limits) -> str | None:
    """Which budget the folder's content exceeds, as a sentence; `None` where it exceeds none.

    For machines on which the folder is no bounded file system of its own. It looks at no more files than are
    allowed, however many there are; what vanishes meanwhile does not count.
    """
    files, size = -1, 0  # the folder itself does not count
    try:
        for about in _walk(folder):
            files, size = files + 1, size + 512 * about.st_blocks
            if files > limits.scratch_files:
                return f"it made more than {limits.scratch_files} files"
            if size > limits.scratch_mib * MIB:
                return f"it wrote more than {limits.scratch_mib} MiB"
    except OSError:  # longer than a path may be, or closed to its own user
        return "it nested folders too deep in its working folder"
    return None


def _walk(folder: Path) -> Iterator[os.stat_result]:
    pending = [str(folder)]
    while pending:
        with contextlib.suppress(FileNotFoundError):
            about = os.lstat(path := pending.pop())
            yield about
            if stat.S_ISDIR(about.st_mode):
                with os.scandir(path) as entries:
                    pending.extend(entry.path for entry in entries)


def remove(folder: Path) -> None:
    """Remove the folder of a worker that is dead, however deep its folders and whatever their modes.

    Folders within folders are moved up to the top first, so that no path grows long and no recursion deep.
    """
    names, prefix = count(), secrets.token_hex(8)
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, stat.S_IRWXU)
            for inner in list(os.scandir(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, stat.S_IRWXU)  # moving a folder writes to it
                    os.rename(inner.path, folder / f"{prefix}{next(names)}")
                else:
                    os.unlink(inner.path)
            os.rmdir(entry.path)
    folder.rmdir()
