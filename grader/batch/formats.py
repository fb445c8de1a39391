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
        *(person.name, person.author, " ".join(person.ids), " ".join(person.emails)),
        *(str(person.attempt), "late" if person.late else "", row.status),
        *(_text(row.final), _text(row.max_final), _text(row.measured), _text(row.max_measured)),
        *("; ".join(row.adjustments), row.error or row.problem or "", *measured),
    ]


def to_canvas(rows: Sequence[Row], title: str) -> str:
    """Canvas's gradebook: the points possible in a second row, adjustments in the column Notes."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Notes", title]
    most = max((row.max_final for row in rows), default=Decimal(0))
    possible = ["    Points Possible", "", "", "", "", "", _text(most)]
    body = (
        [
            row.person.author,
            _first(row.person.ids),
            "",
            _first(row.person.emails),
            "",
            _remark(row),
            _text(row.final),
        ]
        for row in rows
    )
    return _table(head, [possible, *body])


def to_moodle(rows: Sequence[Row]) -> str:
    """Moodle's grading worksheet: adjustments in the feedback comments."""
    head = ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade", "Feedback comments"]
    body = (
        [
            *(f"Participant {identity}" if (identity := _first(row.person.ids)) else "", row.person.author),
            *(_first(row.person.emails), _text(row.final), _text(row.max_final), _remark(row)),
        ]
        for row in rows
    )
    return _table(head, body)


def to_gradescope(rows: Sequence[Row]) -> str:
    """What Gradescope takes for scores from elsewhere; a row for each author of a group."""
    head = ["First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Comments"]
    body = (
        [*_names(author), sid, email, _text(row.final), _text(row.max_final), _remark(row)]
        for row in rows
        for author, sid, email in _authors(row)
    )
    return _table(head, body)


def _authors(row: Row) -> list[tuple[str, str, str]]:
    person = row.person
    authors = person.author.split(" & ")
    if len(authors) < 2:
        return [(person.author, _first(person.ids), _first(person.emails))]
    count = len(authors)
    ids = person.ids if len(person.ids) == count else ("",) * count
    emails = person.emails if len(person.emails) == count else ("",) * count
    return list(zip(authors, ids, emails, strict=True))


def _names(author: str) -> tuple[str, str]:
    first, _, last = author.rpartition(" ")
    return (first, last) if first else (last, "")


def _first(values: Sequence[str]) -> str:
    return values[0] if values else ""


def _remark(row: Row) -> str:
    """What a reader of the platform's gradebook has to know besides the score."""
    parts = list(row.adjustments)
    if parts and row.measured is not None:
        parts.insert(0, f"measured {_text(row.measured)} of {_text(row.max_measured)}")
    if row.final is None:
        parts.append(row.error or row.problem or "no score")
    return "; ".join(parts)


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
    return f"'{cell}" if cell.startswith(_FORMULAS) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
