"""Gradebooks as CSV: our own, and what Canvas, Moodle and Gradescope import.

Each shows the final score and, beside it, what was measured and what staff adjusted; the platforms' files in
the column that the platform keeps for remarks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from grader.batch.gradebook import Row
from grader.engine.assemble import decimal_text

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_INNER_FORMULA = re.compile(r"([;|\t\n]\s*)(?=[=+\-@])")  # where a spreadsheet takes `;` for the separator


def to_csv(rows: Sequence[Row]) -> str:
    """Everything: a row a submission, a column an exercise, what was measured and what adjusted."""
    exercises = list(dict.fromkeys(name for row in rows for name in row.exercises))
    head = ["submission", "author", "ids", "emails", "attempt", "late", "status", "score", "max_score"]
    head += ["measured_score", "measured_max_score", "adjustments", "problem", *exercises]
    return _table(head, (_everything(row, exercises) for row in rows))


def _everything(row: Row, exercises: Sequence[str]) -> list[str]:
    person = row.person
    measured = [_text(row.exercises[name][0]) if name in row.exercises else "" for name in exercises]
    return [
        *(person.name, person.author, _joined(person.ids), _joined(person.emails)),
        *(str(person.attempt), "late" if person.late else "", row.status),
        *(_text(row.final), _text(row.max_final), _text(row.measured), _text(row.max_measured)),
        *("; ".join(row.adjustments), row.error or row.problem or "", *measured),
    ]


def to_canvas(rows: Sequence[Row], title: str) -> str:
    """Canvas's gradebook: the points possible in a second row, adjustments in the column Notes.

    The import overwrites what a teacher noted there, so the column is there only where there is a remark. `ID` is
    Canvas's own number for somebody; the number of another platform could be somebody else's there.
    Source: `lib/gradebook_importer.rb` of Canvas.
    """
    noted = any(_remark(row) for row in rows)
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(["Notes"] if noted else []), title]
    most = max((row.max_final for row in rows), default=Decimal(0))
    possible = ["    Points Possible", *[""] * (len(head) - 2), _text(most)]
    body = (
        [
            author,
            _number_on("canvas", row, number),
            _number_on("gradescope", row, number),
            email,
            "",
            *([_remark(row)] if noted else []),
            _text(row.final),
        ]
        for row in rows
        for author, number, email in _authors(row)
    )
    return _table(head, [possible, *body])


def to_moodle(rows: Sequence[Row]) -> str:
    """Moodle's grading worksheet: adjustments in the feedback comments; a row for each author of a group.

    The import takes no file without the last column. "-" there is never: a grade that was changed in Moodle meanwhile
    stays, unless whoever imports it ticks that it may be replaced. `ID number` is for the import of the gradebook.
    Source: `mod/assign/feedback/offline/importgradeslib.php` of Moodle.
    """
    head = ["Identifier", "Full name", "ID number", "Email address", "Grade", "Maximum grade"]
    body = (
        [
            f"Participant {identity}" if (identity := _number_on("moodle", row, number)) else "",
            *(author, _number_on("gradescope", row, number), email),
            *(_text(row.final), _text(row.max_final), "-", _remark(row)),
        ]
        for row in rows
        for author, number, email in _authors(row)
    )
    return _table([*head, "Last modified (grade)", "Feedback comments"], body)


def to_gradescope(rows: Sequence[Row]) -> str:
    """The columns in which Gradescope itself exports scores; a row for each author of a group."""
    head = ["First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Comments"]
    body = (
        [
            *_names(author),
            *(_number_on("gradescope", row, number), email),
            *(_text(row.final), _text(row.max_final), _remark(row)),
        ]
        for row in rows
        for author, number, email in _authors(row)
    )
    return _table(head, body)


def _number_on(platform: str, row: Row, number: str) -> str:
    """Somebody's number there; empty where the class came from elsewhere."""
    return number if row.person.platform == platform else ""


def _authors(row: Row) -> list[tuple[str, str, str]]:
    """Name, number and address of each author; those of a group only where it is known whose they are."""
    person = row.person
    authors = person.author.split(" & ") if len(person.ids) > 1 or len(person.emails) > 1 else [person.author]
    count = len(authors)
    ids = person.ids if len(person.ids) == count else ("",) * count
    emails = person.emails if len(person.emails) == count else ("",) * count
    return list(zip(authors, ids, emails, strict=True))


def _names(author: str) -> tuple[str, str]:
    first, _, last = author.rpartition(" ")
    return (first, last) if first else (last, "")


def _remark(row: Row) -> str:
    """What a reader of the platform's gradebook has to know besides the score."""
    parts = list(row.adjustments)
    if parts and row.measured is not None:
        parts.insert(0, f"measured {_text(row.measured)} of {_text(row.max_measured)}")
    if row.final is None:
        parts.append(row.error or row.problem or "no score")
    return "; ".join(parts)


def _joined(values: Iterable[str]) -> str:
    return " ".join(filter(None, values))


def _text(value: Decimal | None) -> str:
    return "" if value is None else decimal_text(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula: names come from students. Numbers stay numbers."""
    cell = _INNER_FORMULA.sub(r"\1'", cell)
    safe = not cell.startswith(_FORMULAS) or cell == "-" or _is_number(cell)
    return cell if safe else f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
