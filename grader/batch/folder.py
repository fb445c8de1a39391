"""The folder of a batch: its lock, the reports in it, and the log."""

from __future__ import annotations

import datetime
import errno
import fcntl
import json
import os
from pathlib import Path
from typing import Any

from grader.errors import GraderError, UsageError

REPORTS = "reports"
LOG = "log.jsonl"
_FULL = (28, 122)  # no space left, quota exceeded


class FolderBusyError(UsageError):
    """Another batch works there."""


class FolderError(GraderError):
    """Something cannot be written there."""


class BatchFolder:
    """The output folder of one batch, locked while this lives: a second batch on it is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            (path / REPORTS).mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(f"{path}: no folder for a batch can be made there: {error.strerror}.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise FolderBusyError(
                f"{path}: another batch is at work there; wait for it, or give another --out."
            ) from None
        self._sweep()
        self._log = os.open(path / LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        size = os.fstat(self._log).st_size
        if size and os.pread(self._log, 1, size - 1) != b"\n":  # the disk was full in the middle of a line
            os.ftruncate(self._log, (path / LOG).read_bytes().rfind(b"\n") + 1)

    def _sweep(self) -> None:
        """Remove what a batch that was killed left half written."""
        for file in (self.path / REPORTS).glob(".*.part"):
            file.unlink(missing_ok=True)

    def report_file(self, name: str) -> Path:
        """Where the report of a submission is."""
        return self.path / REPORTS / f"{name}.json"

    def write_report(self, name: str, data: bytes) -> None:
        """Write a report so that a reader sees the old one or all of the new one."""
        file = self.report_file(name)
        part = file.with_name(f".{os.getpid()}.part")
        try:
            part.write_bytes(data)
            os.replace(part, file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _trouble(file, error) from None

    def log(self, event: str, **facts: Any) -> None:
        """Add a line to the log."""
        line = (json.dumps({"at": now(), "event": event, **facts}, ensure_ascii=False) + "\n").encode(
            "utf-8", "replace"
        )
        try:
            if os.write(self._log, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise _trouble(self.path / LOG, error) from None

    def close(self) -> None:
        """Let others use it."""
        os.close(self._log)
        os.close(self._lock)

    def __enter__(self) -> BatchFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _trouble(file: Path, error: OSError) -> FolderError:
    if error.errno in _FULL:
        return FolderError(
            f"{file}: the disk is full. What is finished is kept; make room and give the same command again."
        )
    return FolderError(f"{file}: it cannot be written: {error.strerror}.")


def now() -> str:
    """This moment, as reports write it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
