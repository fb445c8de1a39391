"""A worker's scratch folder from the trusted side: its data, is it too full, and its removal, whatever lies there."""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.sandbox.limits import MIB, Limits


def put_data(folder: Path, files: Sequence[Path]) -> tuple[str, ...]:
    """Link an assignment's data files into a working folder, both as `iris.csv` and as `data/iris.csv`.

    Returns:
        What has to be readable for it.
    """
    homes = {file.parent.name: file.parent for file in files}
    links = {**homes, **{file.name: file for file in files}}
    for name, target in links.items():
        (folder / name).symlink_to(target, target_is_directory=name in homes)
    return tuple(map(str, links.values()))


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

    Goes down and up by descriptors, one open at a time: no path grows long, no recursion deep.
    """
    here, way = os.open(folder, _FOLDER), list[str]()
    while True:
        inner = _clear(here)
        if inner is None and not way:
            break
        beyond = os.open(inner or "..", _FOLDER, dir_fd=here)
        os.close(here)
        here = beyond
        if inner is None:
            os.rmdir(way.pop(), dir_fd=here)
        else:
            way.append(inner)
    os.close(here)
    folder.rmdir()


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def _clear(folder: int) -> str | None:
    """Remove what an open folder holds, up to the first folder that is not empty: its name, to go into."""
    for entry in os.scandir(folder):
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.name, dir_fd=folder)
            continue
        try:
            os.rmdir(entry.name, dir_fd=folder)
        except OSError:
            os.chmod(entry.name, stat.S_IRWXU, dir_fd=folder)
            return entry.name
    return None
