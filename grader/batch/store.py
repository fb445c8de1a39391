"""The store of a batch: one SQLite file that survives `kill -9` at any moment.

A *result* is a finished grade report, kept under what was handed in and everything else that its verdicts
depend on. A *run* is one grading of a class; an *outcome* says which result a submission had in a run. Only
the coordinator writes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from grader.batch.fingerprint import Fingerprints
from grader.errors import GraderError, UsageError

FILE = "batch.sqlite"
FORMAT = 2

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, fingerprints TEXT NOT NULL, settings TEXT NOT NULL,
    versions TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT);
CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY, content TEXT NOT NULL, fingerprint TEXT NOT NULL, report BLOB NOT NULL,
    score TEXT, max_score TEXT NOT NULL, status TEXT NOT NULL, graded_at TEXT NOT NULL, wall_s REAL NOT NULL,
    UNIQUE (content, fingerprint));
CREATE TABLE IF NOT EXISTS outcomes (
    run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, content TEXT NOT NULL, author TEXT NOT NULL,
    late INTEGER NOT NULL, attempt INTEGER NOT NULL, ids TEXT NOT NULL, emails TEXT NOT NULL,
    result INTEGER REFERENCES results, error TEXT, written INTEGER NOT NULL DEFAULT 0,
    platform TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, name)) WITHOUT ROWID;
"""


class StoreError(GraderError):
    """The store cannot be read or written."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who handed in a submission, as the export says; see `intake.Found`."""

    name: str
    author: str
    late: bool = False
    attempt: int = 1
    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One grading of the class."""

    number: int
    fingerprint: str
    fingerprints: Fingerprints
    settings: dict[str, str]
    versions: dict[str, str]
    started_at: str
    finished_at: str | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A submission in a run: its result, or why the grader failed on it, or neither yet."""

    person: Person
    content: str
    result: int | None
    error: str | None
    written: bool


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished report, as JSON, and the digest of what its verdicts depended on besides its content."""

    content: str
    fingerprint: str
    report: bytes
    score: str | None
    max_score: str
    status: str
    graded_at: str
    wall_s: float


class Store:
    """The store in a batch's folder. Close it, or use it in `with`."""

    def __init__(self, folder: Path, *, must_exist: bool = False) -> None:
        self.file = folder / FILE
        if must_exist and not self.file.is_file():
            raise UsageError(f"{folder}: no batch was graded there ({FILE} is missing).")
        with self._troubles():
            self._database = sqlite3.connect(self.file, isolation_level=None)
            os.chmod(self.file, 0o600)  # it holds the class's marks
            self._prepare()

    def _prepare(self) -> None:
        execute = self._database.execute
        execute("PRAGMA journal_mode = WAL")
        execute(
            "PRAGMA synchronous = NORMAL"
        )  # loses nothing when the process dies; a power cut the last seconds
        execute("PRAGMA foreign_keys = ON")
        (version,) = execute("PRAGMA user_version").fetchone()
        if version not in (0, 1, FORMAT):
            raise UsageError(f"{self.file}: written by another version of the grader; give another folder.")
        with self._transaction():
            if version == 1:
                execute("ALTER TABLE outcomes ADD COLUMN platform TEXT NOT NULL DEFAULT ''")
            for statement in _TABLES.split(";\n"):
                execute(statement)
            execute(f"PRAGMA user_version = {FORMAT}")

    @contextlib.contextmanager
    def _troubles(self) -> Iterator[None]:
        """Say in one sentence what keeps SQLite from working."""
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreError(_sentence(self.file, error)) from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._troubles(), self._transaction():
            yield self._database

    # --- runs ------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """All runs, the oldest first."""
        with self._troubles():
            rows = self._database.execute(
                "SELECT id, fingerprint, fingerprints, settings, versions, started_at, finished_at"
                " FROM runs ORDER BY id"
            ).fetchall()
        return [
            Run(
                number=number,
                fingerprint=fingerprint,
                fingerprints=json.loads(fingerprints),
                settings=json.loads(settings),
                versions=json.loads(versions),
                started_at=started,
                finished_at=finished,
            )
            for number, fingerprint, fingerprints, settings, versions, started, finished in rows
        ]

    def last_run(self) -> Run | None:
        """The newest run."""
        runs = self.runs()
        return runs[-1] if runs else None

    def begin_run(
        self,
        fingerprints: Fingerprints,
        fingerprint: str,
        settings: dict[str, str],
        versions: dict[str, str],
        at: str,
    ) -> int:
        """Start a run that begins with what the one before came to; its number."""
        row = (fingerprint, json.dumps(fingerprints), json.dumps(settings), json.dumps(versions), at)
        with self._writing() as database:
            number = database.execute(
                "INSERT INTO runs (fingerprint, fingerprints, settings, versions, started_at)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            ).lastrowid
            database.execute(
                "INSERT INTO outcomes"
                " SELECT ?, name, content, author, late, attempt, ids, emails, result, error, written, platform"
                " FROM outcomes WHERE run = (SELECT MAX(id) FROM runs WHERE id < ?)",
                (number, number),
            )
        assert number is not None
        return number

    def finish_run(self, run: int, names: set[str], at: str) -> list[str]:
        """Mark a run finished; forget, in it, submissions that are no longer in the class, and name them."""
        gone = sorted(set(self.outcomes(run)) - names)
        with self._writing() as database:
            database.executemany(
                "DELETE FROM outcomes WHERE run = ? AND name = ?", [(run, name) for name in gone]
            )
            database.execute("UPDATE runs SET finished_at = ? WHERE id = ?", (at, run))
        return gone

    # --- results and outcomes --------------------------------------------------

    def outcomes(self, run: int) -> dict[str, Outcome]:
        """What every submission came to in a run, by name, in order."""
        with self._troubles():
            rows = self._database.execute(
                "SELECT name, author, late, attempt, ids, emails, platform, content, result, error, written"
                " FROM outcomes WHERE run = ? ORDER BY name",
                (run,),
            ).fetchall()
        return {row[0]: _outcome(row) for row in rows}

    def find(self, content: str, fingerprint: str) -> int | None:
        """The number of the finished result of this content, if there is one."""
        with self._troubles():
            row = self._database.execute(
                "SELECT id FROM results WHERE content = ? AND fingerprint = ?", (content, fingerprint)
            ).fetchone()
        return row[0] if row else None

    def newest(self, content: str) -> Result | None:
        """The last result of this content, whatever it depended on."""
        with self._troubles():
            row = self._database.execute(
                "SELECT id FROM results WHERE content = ? ORDER BY id DESC LIMIT 1", (content,)
            ).fetchone()
        return self.result(row[0]) if row else None

    def scores(self, run: int) -> dict[str, str | None]:
        """The measured score of every submission of a run that has a result, by name, in order."""
        with self._troubles():
            rows = self._database.execute(
                "SELECT name, score FROM outcomes JOIN results ON results.id = result WHERE run = ? ORDER BY name",
                (run,),
            ).fetchall()
        return dict(rows)

    def result(self, number: int) -> Result:
        """A finished result."""
        with self._troubles():
            row = self._database.execute(
                "SELECT content, fingerprint, report, score, max_score, status, graded_at, wall_s"
                " FROM results WHERE id = ?",
                (number,),
            ).fetchone()
        content, fingerprint, report, score, max_score, status, graded_at, wall_s = row
        return Result(
            content=content,
            fingerprint=fingerprint,
            report=zlib.decompress(report),
            score=score,
            max_score=max_score,
            status=status,
            graded_at=graded_at,
            wall_s=wall_s,
        )

    def add(self, result: Result) -> int:
        """Keep a result and return its number; one of the same content and fingerprint is kept once."""
        row = (
            result.content,
            result.fingerprint,
            zlib.compress(result.report, 6),
            result.score,
            result.max_score,
            result.status,
            result.graded_at,
            result.wall_s,
        )
        with self._writing() as database:
            database.execute(f"INSERT OR IGNORE INTO results VALUES (NULL{', ?' * 8})", row)
        number = self.find(result.content, result.fingerprint)
        assert number is not None
        return number

    def settle(
        self, run: int, person: Person, content: str, *, result: int | None = None, error: str | None = None
    ) -> None:
        """Say what a submission came to in a run; its report is still to be written."""
        about = (
            person.author,
            int(person.late),
            person.attempt,
            json.dumps(person.ids),
            json.dumps(person.emails),
        )
        with self._writing() as database:
            database.execute(
                f"INSERT OR REPLACE INTO outcomes VALUES (?{', ?' * 9}, 0, ?)",
                (run, person.name, content, *about, result, error, person.platform),
            )

    def mark_written(self, run: int, name: str) -> None:
        """Note that the file of a report holds what the store does."""
        with self._writing() as database:
            database.execute("UPDATE outcomes SET written = 1 WHERE run = ? AND name = ?", (run, name))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _outcome(row: tuple[str, str, int, int, str, str, str, str, int | None, str | None, int]) -> Outcome:
    name, author, late, attempt, ids, emails, platform, content, result, error, written = row
    person = Person(
        name=name,
        author=author,
        late=bool(late),
        attempt=attempt,
        ids=tuple(json.loads(ids)),
        emails=tuple(json.loads(emails)),
        platform=platform,
    )
    return Outcome(person=person, content=content, result=result, error=error, written=bool(written))


def _sentence(file: Path, error: Exception) -> str:
    text = str(error)
    if "full" in text or getattr(error, "errno", None) in (28, 122):
        return (
            f"{file}: the disk is full. What is finished is kept; make room and give the same command again."
        )
    if "locked" in text:
        return f"{file}: another program has it open for writing; close that and give the same command again."
    return f"{file}: the store cannot be used: {text}."
