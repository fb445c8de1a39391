"""`export`: gradebooks and class pages from a batch, to standard output or into its folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.batch.adjustments import FILE as ADJUSTMENTS
from grader.batch.adjustments import read_adjustments
from grader.batch.gradebook import Gradebook, Row, find_run
from grader.batch.pseudonyms import Pseudonyms
from grader.batch.store import Store
from grader.commands.outputs import write_atomically
from grader.errors import UsageError

FORMATS = ("csv", "canvas", "moodle", "gradescope", "html")


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for; see `export --help`.

    Attributes:
        title: What Canvas calls the assignment; by default the batch's assignments.
        diff: The number of the run with which to compare the last one.
    """

    folder: Path
    formats: tuple[str, ...]
    adjustments: Path | None
    pseudonyms: bool
    title: str | None
    diff: int | None


def run_export(request: ExportRequest) -> int:
    """Write what is asked for, each file's name on standard output."""
    for name in request.formats:
        if name not in FORMATS:
            raise UsageError(f"--format {name}: it is one of {', '.join(FORMATS)}.")
    with Store(request.folder, must_exist=True) as store:
        if request.diff is not None:
            return _diff(request, store)
        gradebook = Gradebook(
            store,
            find_run(store, None, request.folder),
            read_adjustments(request.adjustments or request.folder / ADJUSTMENTS),
            Pseudonyms(request.folder) if request.pseudonyms else None,
        )
        for sentence in gradebook.unused():
            print(f"grader: {sentence}", file=sys.stderr)
        rows = list(gradebook.rows())
        for name in request.formats:
            print(_write(name, request, gradebook, rows))
    return 0


def _write(name: str, request: ExportRequest, gradebook: Gradebook, rows: list[Row]) -> Path:
    if name == "html":
        return _write_pages(request.folder, gradebook)
    from grader.batch import formats

    title = request.title or gradebook.run.settings["assignments"] or "grader"
    make: dict[str, Callable[[], str]] = {
        "csv": lambda: formats.to_csv(rows),
        "canvas": lambda: formats.to_canvas(rows, title),
        "moodle": lambda: formats.to_moodle(rows),
        "gradescope": lambda: formats.to_gradescope(rows),
    }
    file = request.folder / ("gradebook.csv" if name == "csv" else f"{name}.csv")
    # A mark at the beginning makes Excel read UTF-8; a platform might take it for part of the first name.
    write_atomically(file, make[name]().encode("utf-8-sig" if name == "csv" else "utf-8"))
    return file


def _write_pages(folder: Path, gradebook: Gradebook) -> Path:
    from grader.batch.class_page import STUDENTS, class_page, student_pages, summarise

    pages = folder / ("pages-pseudonyms" if gradebook.pseudonyms else "pages")
    try:
        (pages / STUDENTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{pages}: it cannot be made: {error.strerror}.") from None
    for name, page in student_pages(gradebook):
        write_atomically(pages / STUDENTS / f"{name}.html", page.encode("utf-8", "replace"))
    file = pages / "class.html"
    write_atomically(file, class_page(gradebook, summarise(gradebook)).encode("utf-8", "replace"))
    return file


def _diff(request: ExportRequest, store: Store) -> int:
    from grader.batch import diff

    new = find_run(store, None, request.folder)
    old = find_run(store, request.diff, request.folder)
    found = list(diff.changes(store, old, new))
    if request.pseudonyms:
        hidden = Pseudonyms(request.folder)
        found = sorted((diff.hide(change, hidden) for change in found), key=lambda change: change.name)
    if "csv" in request.formats:
        file = request.folder / f"diff-{old.number}-{new.number}.csv"
        write_atomically(file, diff.to_csv(found).encode("utf-8-sig"))
        print(file)
    else:
        sys.stdout.write(diff.to_text(found, old, new))
    return 0
